namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>How a member is packed (APPNOTE.TXT, 4.4.5); of the many, those that are read.</summary>
internal enum ZipMethod : ushort
{
    /// <summary>Not at all.</summary>
    Stored = 0,

    /// <summary>RFC 1951.</summary>
    Deflated = 8,
}
