using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Fuse.Wire;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Fuse;

public sealed class SerialPhaseTests
{
    private const int Enough = 1000;
    private readonly FuseCounters _counters = new();
    private readonly SerialPhase _phase;

    public SerialPhaseTests() => _phase = new SerialPhase(_counters);

    private static FuseInHeader From(uint caller, FuseOpcode opcode = FuseOpcode.ReadDirectoryPlus) => new() { ProcessId = caller, Opcode = opcode };

    private void ObserveMany(int count, Func<int, FuseInHeader> request)
    {
        for (var i = 0; i < count; i++)
        {
            _phase.Observe(request(i));
        }
    }

    [Fact]
    public void Observe_ManyQuestionsOfOneCaller_StartsOnce()
    {
        ObserveMany(Enough, _ => From(7));
        Assert.True(_phase.IsOn);
        Assert.Equal((7U, 1L), (_phase.Caller, _counters.SerialPhases));
    }

    [Fact]
    public void Observe_ForgetsInBetween_DoNotCount()
    {
        ObserveMany(Enough, i => i % 2 == 0 ? From(7) : From(0, FuseOpcode.Forget));
        Assert.True(_phase.IsOn);
    }

    [Fact]
    public void Observe_TwoCallers_NeverStarts()
    {
        ObserveMany(Enough, i => From((uint)(7 + (i % 2))));
        Assert.False(_phase.IsOn);
    }

    [Theory]
    [InlineData(15)] // READ
    [InlineData(14)] // OPEN
    public void Observe_FilesAreReadInBetween_NeverStarts(uint other)
    {
        ObserveMany(Enough, i => From(7, i % 100 == 0 ? (FuseOpcode)other : FuseOpcode.Lookup));
        Assert.False(_phase.IsOn);
    }

    [Fact]
    public void Observe_CallerCannotBeNamed_NeverStarts()
    {
        ObserveMany(Enough, _ => From(0));
        Assert.False(_phase.IsOn);
    }

    [Theory]
    [InlineData(7, 1, true)] // LOOKUP
    [InlineData(0, 2, true)] // FORGET
    [InlineData(8, 1, false)]
    [InlineData(7, 15, false)] // READ
    public void Goes_ByCallerAndKind_IsOnUntilSomethingElseComes(uint caller, uint opcode, bool expected)
    {
        ObserveMany(Enough, _ => From(7));
        Assert.Equal(expected, _phase.Goes(From(caller, (FuseOpcode)opcode)));
        Assert.Equal(expected, _phase.IsOn);
    }

    [Fact]
    public void WaitUntilOff_NothingIsServed_EndsThePhase()
    {
        ObserveMany(Enough, _ => From(7));
        _phase.WaitUntilOff(new RecordingChannel());
        Assert.False(_phase.IsOn);
    }

    [Fact]
    public void WaitUntilOff_ARequestWasLeftWaiting_TheNextPhaseNeedsMore()
    {
        var channel = new RecordingChannel();
        channel.Enqueue([1]);
        ObserveMany(256, _ => From(7));
        ObserveMany(1, _ => From(7));
        Assert.True(_phase.IsOn);
        _phase.WaitUntilOff(channel);
        ObserveMany(300, _ => From(7));
        Assert.False(_phase.IsOn);
        ObserveMany(300, _ => From(7));
        Assert.True(_phase.IsOn);
    }

    [Fact]
    public void End_WhileOn_LetsAllGoAndStartsNoMore()
    {
        ObserveMany(Enough, _ => From(7));
        _phase.End();
        _phase.WaitUntilOff(new RecordingChannel());
        Assert.False(_phase.WaitUntilOn());
        ObserveMany(Enough, _ => From(7));
        Assert.False(_phase.IsOn);
    }

    [Theory]
    [InlineData("12 (cat) S 1 1 1 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 9 9 9 9 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0 0", 3)]
    [InlineData("12 (a ) b) S 1 1 1 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 9 9 9 9 1 1 0 0 0 0 0 0 0 0 0 0 17 61 0 0 0", 61)]
    [InlineData("12 (cat) S 1 1", -1)]
    [InlineData("", -1)]
    public void TryParse_StatOfAThread_IsItsProcessor(string stat, int expected)
    {
        Assert.Equal(expected >= 0, CallerProcessor.TryParse(System.Text.Encoding.ASCII.GetBytes(stat), out var processor));
        Assert.Equal(expected, processor);
    }
}
