using MimicCxr.Fs.Fuse;

namespace MimicCxr.Fs.Tests.Fuse;

public sealed class CallerSignalsTests
{
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Child = 17;
    private const int TerminalStop = 20;
    private const int RealTime = 34;

    [Theory]
    [InlineData(Kill, 0, 0, true)]
    [InlineData(Interrupt, 0, 0, true)]
    [InlineData(Interrupt, Interrupt, 0, true)] // a handled Ctrl-C is one all the same
    [InlineData(Child, Child, 0, false)]
    [InlineData(RealTime, RealTime, 0, false)]
    [InlineData(RealTime, 0, 0, true)] // it would kill
    [InlineData(TerminalStop, 0, 0, false)]
    [InlineData(Interrupt, 0, Interrupt, false)] // blocked
    [InlineData(0, 0, 0, false)] // another thread took it
    public void EndWait_OneSignalPending_IsTrueWhereItMeansTheCall(int pending, int caught, int blocked, bool expected)
    {
        Assert.Equal(expected, CallerSignals.EndWait(Status(pending, 0, caught, blocked)));
        Assert.Equal(expected, CallerSignals.EndWait(Status(0, pending, caught, blocked)));
    }

    [Fact]
    public void EndWait_ThreadThatIsNotToBeSeen_IsTrue()
    {
        Assert.True(CallerSignals.EndWait(0U));
        Assert.True(CallerSignals.EndWait(uint.MaxValue));
    }

    [Fact]
    public void EndWait_OwnThread_IsFalse() => Assert.False(CallerSignals.EndWait((uint)Environment.ProcessId));

    private static string Status(int ofThread, int ofProcess, int caught, int blocked) =>
        $"Name:\tany\nSigQ:\t1/2\nSigPnd:\t{Mask(ofThread)}\nShdPnd:\t{Mask(ofProcess)}\nSigBlk:\t{Mask(blocked)}\nSigIgn:\t{Mask(0)}\nSigCgt:\t{Mask(caught)}\nCapInh:\t0\n";

    private static string Mask(int signal) => (signal == 0 ? 0UL : 1UL << (signal - 1)).ToString("x16");
}
