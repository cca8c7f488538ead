using System.IO.Pipelines;

namespace MimicCxr.Rpc.Client;

/// <summary>How request bodies are buffered.</summary>
internal static class RequestPipe
{
    /// <summary>Buffers of the size of an HTTP/2 frame; HttpClient closes the stream itself.</summary>
    public static readonly StreamPipeWriterOptions Options = new(minimumBufferSize: 16 * 1024, leaveOpen: true);
}
