namespace MimicCxr.Cli.Tests.Fakes;

/// <summary>A pipe whose reader leaves after some writes: EPIPE, as .NET reports it.</summary>
internal sealed class ClosingStream(int writes) : MemoryStream
{
    private const int BrokenPipe = 32;
    private int _left = writes;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_left-- <= 0)
        {
            throw new IOException("Broken pipe", BrokenPipe);
        }

        base.Write(buffer);
    }
}
