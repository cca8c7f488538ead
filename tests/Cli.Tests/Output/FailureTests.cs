using Grpc.Core;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Tests.Output;

public sealed class FailureTests
{
    [Theory]
    [InlineData(StatusCode.OK, 0)]
    [InlineData(StatusCode.InvalidArgument, 2)]
    [InlineData(StatusCode.Unauthenticated, 3)]
    [InlineData(StatusCode.PermissionDenied, 4)]
    [InlineData(StatusCode.Unavailable, 5)]
    [InlineData(StatusCode.DataLoss, 1)]
    [InlineData(StatusCode.FailedPrecondition, 1)]
    [InlineData(StatusCode.ResourceExhausted, 1)]
    [InlineData(StatusCode.Internal, 1)]
    public void FromStatus_Code_IsTheOneOfTheInterface(StatusCode status, int expected) =>
        Assert.Equal(expected, (int)Failure.FromStatus(status));

    [Fact]
    public void Describe_MessageOfManyLines_IsOneLine()
    {
        var (exitCode, message) = Failure.Describe(new InvalidOperationException("one\n two\r\n"), isInterrupted: false);

        Assert.Equal((ExitCode.Failed, "unexpected InvalidOperationException: one two"), (exitCode, message));
    }

    [Fact]
    public void Describe_CallWithoutDetail_NamesTheStatus() => Assert.Equal(
        (ExitCode.Failed, "the daemon answered Internal"),
        Failure.Describe(new RpcException(new Status(StatusCode.Internal, "")), isInterrupted: false));

    [Fact]
    public void Describe_Interrupted_SaysNothing()
    {
        Assert.Equal((ExitCode.Interrupted, null), Failure.Describe(new OperationCanceledException(), isInterrupted: true));
        Assert.Equal(
            (ExitCode.Interrupted, null),
            Failure.Describe(new RpcException(new Status(StatusCode.Cancelled, "cancelled")), isInterrupted: true));
    }

    [Fact]
    public void Describe_OutputClosed_IsNoFailure() => Assert.Equal(
        (ExitCode.Done, null), Failure.Describe(new OutputClosedException(new IOException()), isInterrupted: false));
}
