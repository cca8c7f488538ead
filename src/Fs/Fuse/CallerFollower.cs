using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// The device thread of a <see cref="SerialPhase"/>: runs on the caller's processor, with the policy SCHED_IDLE. That
/// policy is what keeps the two together: a processor with nothing but such threads counts as idle, so the caller is woken
/// where it slept and not moved to another, and takes over at once; and when it sleeps again its next request is already
/// there. Pinning alone gained nothing, since the caller was then moved away with every answer.
/// <para>
/// The full tree (586,800 READDIRPLUS) on two cores: find took 26 s with two device threads, 12.6 s with find and device
/// thread bound to one processor by hand.
/// </para>
/// </summary>
internal sealed class CallerFollower(IFuseChannel channel, FuseDispatcher dispatcher, ReplySender sender, SerialPhase phase)
{
    // Callers are moved now and then by the kernel's balancing. Reading /proc costs as much as some requests.
    private const int RequestsBetweenLooks = 256;

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
