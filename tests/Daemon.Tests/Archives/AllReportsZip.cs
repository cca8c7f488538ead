namespace MimicCxr.Daemon.Tests.Archives;

/// <summary>A zip with as many members as mimic-cxr has reports, made once for all tests: 140 MB.</summary>
public sealed class AllReportsZip
{
    private readonly Lazy<byte[]> _bytes = new(() => ZipImage.Reports().ToArray());

    public byte[] Bytes => _bytes.Value;
}
