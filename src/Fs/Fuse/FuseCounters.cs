namespace MimicCxr.Fs.Fuse;

/// <summary>What a mount has done since it was made. Safe from any thread; numbers only grow but for those that end in Now.</summary>
public sealed class FuseCounters
{
    private long _requests;
    private long _reads;
    private long _bytesRead;
    private long _parked;
    private long _parkedNow;
    private long _parkedTimedOut;
    private long _interrupts;
    private long _errors;
    private long _notifications;
    private long _serialPhases;
    private long _backingFiles;
    private long _backingFilesNow;
    private long _backingRefused;

    /// <summary>Requests of the kernel, of every kind.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>READ requests answered with bytes.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>Bytes those answers held.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Requests that had to wait for the tree.</summary>
    public long Parked => Interlocked.Read(ref _parked);

    /// <summary>Requests that wait at this moment.</summary>
    public long ParkedNow => Interlocked.Read(ref _parkedNow);

    /// <summary>Requests that waited to the limit and got EIO.</summary>
    public long ParkedTimedOut => Interlocked.Read(ref _parkedTimedOut);

    /// <summary>INTERRUPT requests, whether or not something was left to interrupt.</summary>
    public long Interrupts => Interlocked.Read(ref _interrupts);

    /// <summary>Requests that failed with EIO.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>Invalidations sent to the kernel.</summary>
    public long Notifications => Interlocked.Read(ref _notifications);

    /// <summary>Times that one program's questions were served on its own processor.</summary>
    public long SerialPhases => Interlocked.Read(ref _serialPhases);

    /// <summary>Backing files that the kernel was given, one for as long as a file is open.</summary>
    public long BackingFiles => Interlocked.Read(ref _backingFiles);

    /// <summary>Backing files that it holds at this moment, and leases of the tree.</summary>
    public long BackingFilesNow => Interlocked.Read(ref _backingFilesNow);

    /// <summary>Backing files that it did not take; the files were opened without.</summary>
    public long BackingRefused => Interlocked.Read(ref _backingRefused);

    internal void CountRequest() => Interlocked.Increment(ref _requests);

    internal void CountRead(int bytes)
    {
        Interlocked.Increment(ref _reads);
        Interlocked.Add(ref _bytesRead, bytes);
    }

    internal void CountParked()
    {
        Interlocked.Increment(ref _parked);
        Interlocked.Increment(ref _parkedNow);
    }

    internal void CountUnparked() => Interlocked.Decrement(ref _parkedNow);

    internal void CountTimedOut() => Interlocked.Increment(ref _parkedTimedOut);

    internal void CountInterrupt() => Interlocked.Increment(ref _interrupts);

    internal void CountError() => Interlocked.Increment(ref _errors);

    internal void CountSerialPhase() => Interlocked.Increment(ref _serialPhases);

    internal void CountBackingOpened()
    {
        Interlocked.Increment(ref _backingFiles);
        Interlocked.Increment(ref _backingFilesNow);
    }

    internal void CountBackingClosed() => Interlocked.Decrement(ref _backingFilesNow);

    internal void CountBackingRefused() => Interlocked.Increment(ref _backingRefused);

    internal void CountNotification() => Interlocked.Increment(ref _notifications);
}
