namespace MimicCxr.Daemon.Cache;

/// <summary>How what a packed file holds is made from it.</summary>
internal interface IUnpacking
{
    /// <summary>
    /// Names what is made, in spool and index, beside the packed file that it is made from: another one for all that makes other bytes.
    /// </summary>
    string Form { get; }

    /// <summary>Makes it, the same bytes each time. In bounded memory, whatever the file holds.</summary>
    /// <param name="packed">The packed file.</param>
    /// <param name="to">Takes what is made.</param>
    /// <exception cref="InvalidDataException">It is no whole gzip file.</exception>
    /// <exception cref="CacheException">It holds something else than it should.</exception>
    void Unpack(Stream packed, UnpackedBytes to);
}
