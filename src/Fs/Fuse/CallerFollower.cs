using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// The device thread of a <see cref="SerialPhase"/>: runs on the caller's processor, with the policy SCHED_IDLE. That
/// policy is what keeps the two together: a processor with nothing but such threads counts as idle, so the caller is woken
/// where it slept and not moved to another, and takes over at once; and when it sleeps again its next request is already
/// there.
/// Pinning alone does not do it, since the caller is then moved away from this thread again and again.
/// <para>
/// The full tree (586,800 READDIRPLUS) on two cores. Quiet machine, one run each: find took 26.7 s with two device threads,
/// 12.6 s with find and device thread bound to one processor by hand, 22 to 34 s with pinning alone, 16.8 s with a device
/// thread that spun for 100 us (and kept its processor busy all the time). Busy machine (load 7 to 8), three alternating
/// rounds: 18.6, 20.6, 22.5 s without this class, 12.2, 14.3, 14.2 s with it. Looking every 256 requests instead of every 32, and
/// giving up after one slow tick: 18.3 s for 14.4. Readers of 20 KB and 1.5 MB files, 1, 2 and 8
/// of them, in all modes: no difference beyond the noise.
/// </para>
/// </summary>
internal sealed class CallerFollower(IFuseChannel channel, FuseDispatcher dispatcher, ReplySender sender, SerialPhase phase)
{
    // Callers are moved some 40 times a second by the kernel's balancing. Reading /proc costs as much as a request.
    private const int RequestsBetweenLooks = 32;

    /// <summary>Serves phases until the session is over. Where it cannot follow, phases end as they begin.</summary>
    public void Run()
    {
        var request = GC.AllocateUninitializedArray<byte>(FuseProtocol.RequestBufferBytes, pinned: true);
        var reply = new ReplyBuffer();
        var home = Libc.GetAffinity();
        var canFollow = home is not null && Libc.YieldToOthers();
        while (phase.WaitUntilOn())
        {
            var thread = phase.Caller;
            using (var caller = canFollow ? CallerProcessor.TryOpen(thread) : null)
            {
                ServePhase(thread, caller, request, reply);
            }

            phase.Stop();
            if (canFollow)
            {
                Libc.SetAffinity(home);
            }
        }
    }

    private void ServePhase(uint thread, CallerProcessor? caller, byte[] request, ReplyBuffer reply)
    {
        for (var served = 0; phase.IsOn && phase.Caller == thread; served++)
        {
            if (served % RequestsBetweenLooks == 0 && (caller is null || !caller.TryFollow()))
            {
                return;
            }

            // Only a request that is here is read: blocking in read, this thread would get the next one whatever it is.
            if (!channel.WaitReadable(Timeout.Infinite) || !phase.IsOn)
            {
                return;
            }

            var read = channel.Read(request);
            if (read <= 0)
            {
                if ((Errno)(-read) is Errno.NoEntry or Errno.Interrupted or Errno.TryAgain)
                {
                    continue;
                }

                return; // the device threads find out why
            }

            if (!RequestReader.TryParse(request.AsSpan(0, read), out var parsed) || !phase.Goes(parsed.Header))
            {
                phase.Stop();
            }

            var message = dispatcher.Dispatch(request.AsSpan(0, read), reply);
            if (!message.IsEmpty && !sender.Send(message))
            {
                dispatcher.Undelivered(request.AsSpan(0, read), message);
            }
        }
    }
}
