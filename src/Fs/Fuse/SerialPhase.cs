using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// Notices when one program asks one thing after the other (find, ls -lR, du, os.walk), and has its requests served by the
/// <see cref="CallerFollower"/> alone for as long as that lasts. Then most of the time goes into waking the other side
/// on another processor, and sharing one is several times cheaper. Safe from any thread.
/// </summary>
internal sealed class SerialPhase(FuseCounters counters)
{
    // Long enough that a program which reads files between its questions never gets here.
    private const int FirstThreshold = 256;
    private const int LastThreshold = 1 << 20;

    // How often a device thread looks whether the phase pays. It is also the longest that a request can be held up by a
    // follower which gets no processor.
    private const int TickMilliseconds = 10;

    // 500 us a request: others keep the follower from its processor.
    private const int StarvedPerMillisecond = 2;

    // 50 us a request: with two processors and nothing else to do it is as fast without. Over some ticks: one is slow when the caller
    // was moved and the follower not yet, or the kernel had to find memory.
    private const int LeastPerMillisecond = 20;
    private const int TicksOfALook = 10;
    private const int LongPhase = 4096;

    private readonly object _gate = new();
    private volatile bool _isOn;
    private bool _isEnded; // guarded by _gate
    private uint _caller; // of the phase or of the requests counted; races only cost a phase
    private int _count;
    private int _threshold = FirstThreshold;
    private long _served; // by the follower, in this phase

    /// <summary>Whether the follower serves alone.</summary>
    public bool IsOn => _isOn;

    /// <summary>The thread whose requests make the phase.</summary>
    public uint Caller => _caller;

    /// <summary>A device thread has read a request: starts the phase when enough came from one caller.</summary>
    public void Observe(in FuseInHeader request)
    {
        switch (Kind(request.Opcode))
        {
            case RequestKind.Question when request.ProcessId != 0 && request.ProcessId == _caller:
                if (++_count >= _threshold && !_isOn)
                {
                    Start();
                }

                break;
            case RequestKind.Aside:
                break;
            default:
                _caller = request.ProcessId;
                _count = 0;
                break;
        }
    }

    /// <summary>The follower has read a request.</summary>
    /// <returns>False when it does not belong to the phase, which is over then.</returns>
    public bool Goes(in FuseInHeader request)
    {
        Interlocked.Increment(ref _served);
        var kind = Kind(request.Opcode);
        if (kind == RequestKind.Aside || (kind == RequestKind.Question && request.ProcessId == _caller))
        {
            return true;
        }

        Stop();
        return false;
    }

    /// <summary>Ends the phase; the device threads go on.</summary>
    public void Stop() => Stop(isStarved: false);

    /// <summary>A device thread waits here while the follower serves, and watches that it does.</summary>
    /// <param name="channel">Tells whether a request was left waiting.</param>
    public void WaitUntilOff(IFuseChannel channel)
    {
        var (tick, look) = (new Pace(this), new Pace(this));
        for (var ticks = 1; _isOn; ticks++)
        {
            lock (_gate)
            {
                if (_isOn && Monitor.Wait(_gate, TickMilliseconds))
                {
                    continue;
                }
            }

            var isStarved = tick.IsBelow(StarvedPerMillisecond);
            if (isStarved || (ticks % TicksOfALook == 0 && look.IsBelow(LeastPerMillisecond)))
            {
                // With no request left waiting it is the caller that takes its time. Else: try again less soon.
                Stop(isStarved && channel.WaitReadable(milliseconds: 0));
            }
        }
    }

    /// <summary>The follower waits here for a phase.</summary>
    /// <returns>False when the session is over.</returns>
    public bool WaitUntilOn()
    {
        lock (_gate)
        {
            while (!_isOn && !_isEnded)
            {
                Monitor.Wait(_gate);
            }

            return !_isEnded;
        }
    }

    /// <summary>The session is over: lets every thread go.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isOn = false;
            _isEnded = true;
            Monitor.PulseAll(_gate);
        }
    }

    private static RequestKind Kind(FuseOpcode opcode) => opcode switch
    {
        FuseOpcode.Lookup or FuseOpcode.GetAttributes or FuseOpcode.ReadLink or FuseOpcode.OpenDirectory
            or FuseOpcode.ReadDirectory or FuseOpcode.ReadDirectoryPlus or FuseOpcode.GetXattr or FuseOpcode.ListXattr => RequestKind.Question,

        // These come from the kernel itself, in between.
        FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.ReleaseDirectory or FuseOpcode.Interrupt => RequestKind.Aside,
        _ => RequestKind.Other,
    };

    private void Start()
    {
        lock (_gate)
        {
            if (_isOn || _isEnded)
            {
                return;
            }

            _served = 0;
            _isOn = true;
            counters.CountSerialPhase();
            Monitor.PulseAll(_gate);
        }
    }

    private void Stop(bool isStarved)
    {
        lock (_gate)
        {
            if (!_isOn)
            {
                return;
            }

            _isOn = false;
            _count = 0;
            if (isStarved)
            {
                _threshold = Math.Min(_threshold * 2, LastThreshold);
            }
            else if (_served >= LongPhase)
            {
                _threshold = FirstThreshold;
            }

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>How many requests a millisecond the follower serves, from one look to the next.</summary>
    private struct Pace(SerialPhase phase)
    {
        private long _served;
        private long _since = Environment.TickCount64;

        public bool IsBelow(int perMillisecond)
        {
            var (served, now) = (Interlocked.Read(ref phase._served), Environment.TickCount64);
            var isBelow = served - _served < (now - _since) * perMillisecond;
            (_served, _since) = (served, now);
            return isBelow;
        }
    }

    private enum RequestKind
    {
        /// <summary>About names and attributes, answered from memory, with somebody waiting.</summary>
        Question,

        /// <summary>Says nothing about what the program does.</summary>
        Aside,

        /// <summary>Reading, opening: not to be served by one thread.</summary>
        Other,
    }
}
