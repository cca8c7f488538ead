using System.Buffers.Binary;
using System.IO.Compression;
using MimicCxr.Daemon.Cache;

namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>
/// Writes a zip in order (APPNOTE.TXT, 4.3), with its directory as bytes in memory: for all reports of mimic-cxr 21 MB, where the library's writer has an
/// object for each member.
/// </summary>
/// <param name="to">Takes the zip.</param>
internal sealed class ZipWriter(UnpackedBytes to) : IDisposable
{
    private const int End64Size = 56;
    private const int LocatorSize = 20;
    private const int EndSize = 22;

    /// <summary>The first day that a zip can name, as it names days.</summary>
    private const ushort FirstDay = (1 << 5) | 1;

    private readonly MemoryStream _directory = new();
    private readonly MemoryStream _packed = new();

    /// <summary>Members so far.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a member.</summary>
    /// <returns>False where a zip takes no more.</returns>
    public bool TryAdd(ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes)
    {
        if (_directory.Length + CentralHeader.FixedSize + name.Length > ZipEnd.LongestDirectory || to.Length > uint.MaxValue)
        {
            return false;
        }

        var packed = Pack(bytes);
        var method = packed.Length < bytes.Length ? ZipMethod.Deflated : ZipMethod.Stored;
        packed = method == ZipMethod.Deflated ? packed : bytes;

        Span<byte> entry = stackalloc byte[CentralHeader.FixedSize];
        entry.Clear();
        CentralHeader.Beginning.CopyTo(entry);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[4..], 20); // made by, and needed: 2.0
        // From here to the lengths of name and extra fields, both headers are the same.
        var common = entry[6..32];
        BinaryPrimitives.WriteUInt16LittleEndian(common, 20);
        BinaryPrimitives.WriteUInt16LittleEndian(common[4..], (ushort)method);
        BinaryPrimitives.WriteUInt16LittleEndian(common[8..], FirstDay);
        BinaryPrimitives.WriteUInt32LittleEndian(common[10..], Crc32.Of(bytes));
        BinaryPrimitives.WriteInt32LittleEndian(common[14..], packed.Length);
        BinaryPrimitives.WriteInt32LittleEndian(common[18..], bytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(common[22..], (ushort)name.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[42..], (uint)to.Length);
        _directory.Write(entry);
        _directory.Write(name);

        Span<byte> header = stackalloc byte[LocalHeader.FixedSize];
        "PK\u0003\u0004"u8.CopyTo(header);
        common.CopyTo(header[4..]);
        to.Write(header);
        to.Write(name);
        to.Write(packed);
        Count++;
        return true;
    }

    /// <summary>Writes the directory, and the end of the zip: with zip64's, since there are more than 65,535 reports.</summary>
    public void End()
    {
        var offset = to.Length;
        to.Write(_directory.GetBuffer().AsSpan(0, (int)_directory.Length));
        var end64 = to.Length;
        Span<byte> end = stackalloc byte[End64Size + LocatorSize + EndSize];
        end.Clear();
        "PK\u0006\u0006"u8.CopyTo(end);
        BinaryPrimitives.WriteInt64LittleEndian(end[4..], End64Size - 12); // what follows
        BinaryPrimitives.WriteUInt16LittleEndian(end[12..], 45);
        BinaryPrimitives.WriteUInt16LittleEndian(end[14..], 45);
        BinaryPrimitives.WriteInt64LittleEndian(end[24..], Count);
        BinaryPrimitives.WriteInt64LittleEndian(end[32..], Count);
        BinaryPrimitives.WriteInt64LittleEndian(end[40..], _directory.Length);
        BinaryPrimitives.WriteInt64LittleEndian(end[48..], offset);
        var locator = end[End64Size..];
        "PK\u0006\u0007"u8.CopyTo(locator);
        BinaryPrimitives.WriteInt64LittleEndian(locator[8..], end64);
        BinaryPrimitives.WriteInt32LittleEndian(locator[16..], 1);
        var last = locator[LocatorSize..];
        "PK\u0005\u0006"u8.CopyTo(last);
        last[8..20].Fill(0xff); // see zip64's
        to.Write(end);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _directory.Dispose();
        _packed.Dispose();
    }

    private ReadOnlySpan<byte> Pack(ReadOnlySpan<byte> bytes)
    {
        _packed.SetLength(0);
        using (var deflate = new DeflateStream(_packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(bytes);
        }

        return _packed.GetBuffer().AsSpan(0, (int)_packed.Length);
    }
}
