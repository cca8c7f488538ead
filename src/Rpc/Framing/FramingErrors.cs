using Grpc.Core;

namespace MimicCxr.Rpc.Framing;

/// <summary>What can be wrong with the bytes between two sides.</summary>
internal static class FramingErrors
{
    public static RpcException Truncated() =>
        Error(StatusCode.Internal, "The stream ended inside a message.");

    public static RpcException UnknownFlag(byte flag) =>
        Error(StatusCode.Internal, $"A message begins with the flag {flag}; only 0 (plain) and 1 (compressed) are known.");

    public static RpcException TooLarge(long length, int limit) =>
        Error(StatusCode.ResourceExhausted, $"A message of {length} bytes came; the limit is {limit} bytes.");

    public static RpcException TooLargeUnpacked(int limit) =>
        Error(StatusCode.ResourceExhausted, $"A compressed message unpacks to more than the limit of {limit} bytes.");

    public static RpcException CompressedWithoutEncoding() =>
        Error(StatusCode.Internal, $"A compressed message came, but the header {GrpcHeaders.Encoding} names no compression.");

    public static RpcException BadGzip(Exception cause) =>
        Error(StatusCode.Internal, "A message said to be gzip cannot be unpacked.", cause);

    public static RpcException Unparsable(Exception cause) =>
        Error(StatusCode.Internal, "A message cannot be parsed.", cause);

    public static RpcException NoMessage() =>
        Error(StatusCode.Internal, "The stream ended before the one message that it should hold.");

    public static RpcException SecondMessage() =>
        Error(StatusCode.Internal, "A second message came where one was expected.");

    public static RpcException UnknownEncoding(string encoding) =>
        Error(StatusCode.Unimplemented, $"The compression '{encoding}' is not supported; {GrpcHeaders.AcceptedEncodings} are.");

    private static RpcException Error(StatusCode code, string detail, Exception? cause = null) =>
        new(new Status(code, detail, cause));
}
