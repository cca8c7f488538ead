namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>How the body of an answer is sent: whole, unless faults hit it.</summary>
internal sealed class BodyPlan
{
    /// <summary>One byte in so many is wrong.</summary>
    private const int WrongEvery = 4_096;

    /// <summary>Bytes after which the body ends early; null for never.</summary>
    public long? EndAfter { get; private set; }

    /// <summary>Whether the early end is a reset.</summary>
    public bool Reset { get; private set; }

    /// <summary>Bytes after which nothing comes for a while; null for never.</summary>
    public long? StallAfter { get; private set; }

    /// <summary>How long that lasts at most.</summary>
    public TimeSpan StallTime { get; private set; }

    /// <summary>Ends it earlier.</summary>
    public Task Released { get; private set; } = Task.CompletedTask;

    /// <summary>The limit of the connection; null for none.</summary>
    public long? BytesPerSecond { get; private set; }

    /// <summary>Whether the body is delayed or ends early.</summary>
    public bool IsDisturbed => EndAfter is not null || StallAfter is not null || BytesPerSecond is not null;

    private byte WrongBits { get; set; }

    /// <summary>Makes the plan of one answer.</summary>
    /// <param name="hits">The faults that hit it.</param>
    /// <param name="length">Length of the body.</param>
    /// <param name="bytesPerSecond">The limit that the server has anyway.</param>
    public static BodyPlan Create(List<FaultHit> hits, long length, long? bytesPerSecond)
    {
        var plan = new BodyPlan { BytesPerSecond = bytesPerSecond };
        foreach (var (fault, request, released) in hits)
        {
            var after = Math.Min(fault.AfterBytes ?? length / 2, length);
            switch (fault.Kind)
            {
                case FaultKind.Reset or FaultKind.ShortBody:
                    (plan.EndAfter, plan.Reset) = (after, fault.Kind == FaultKind.Reset);
                    break;
                case FaultKind.Stall:
                    var time = fault.Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan;
                    (plan.StallAfter, plan.StallTime, plan.Released) = (after, time, released);
                    break;
                case FaultKind.WrongBytes:
                    plan.WrongBits = 0x5A;
                    break;
                case FaultKind.VaryingBytes:
                    plan.WrongBits = (byte)(1 + (request % 255));
                    break;
                case FaultKind.Rate:
                    plan.BytesPerSecond = fault.BytesPerSecond;
                    break;
            }
        }

        return plan;
    }

    /// <summary>Damages a part of a file, if it is to be: the same places whatever part of the file is asked for.</summary>
    /// <param name="bytes">The part.</param>
    /// <param name="offset">Its place in the file.</param>
    /// <param name="size">Size of the file; the byte in its middle is always one of the damaged.</param>
    public void Damage(Span<byte> bytes, long offset, long size)
    {
        if (WrongBits == 0)
        {
            return;
        }

        var phase = size / 2 % WrongEvery;
        var first = ((phase - (offset % WrongEvery)) + WrongEvery) % WrongEvery;
        for (var i = first; i < bytes.Length; i += WrongEvery)
        {
            bytes[(int)i] ^= WrongBits;
        }
    }
}
