using System.Buffers;
using System.IO.Compression;

namespace MimicCxr.Daemon.Cache;

/// <summary>What a <c>.gz</c> holds, as it is.</summary>
internal sealed class GzipUnpacking : IUnpacking
{
    /// <summary>The one there is.</summary>
    public static readonly GzipUnpacking Instance = new();

    private const int PieceSize = 128 * 1024;

    private GzipUnpacking()
    {
    }

    /// <inheritdoc/>
    public string Form => "unpacked";

    /// <inheritdoc/>
    public void Unpack(Stream packed, UnpackedBytes to)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            using var content = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
            for (int count; (count = content.Read(piece)) > 0;)
            {
                to.Write(piece.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
