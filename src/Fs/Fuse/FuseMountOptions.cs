namespace MimicCxr.Fs.Fuse;

/// <summary>How a tree is mounted and served.</summary>
public sealed record FuseMountOptions
{
    /// <summary>Whether other users of this machine may read the mount (mount option <c>allow_other</c>).</summary>
    public bool AllowOther { get; init; }

    /// <summary>Threads that read the kernel's requests, 1 to 64. Two were the fastest on two cores.</summary>
    public int DeviceThreads { get; init; } = 2;

    /// <summary>
    /// Whether a program that asks one thing after the other (find) is served on its own processor.
    /// </summary>
    public bool FollowsSerialCallers { get; init; } = true;

    /// <summary>Threads that answer requests which had to wait, 1 to 64; each owns a buffer of 1 MiB.</summary>
    public int ReplyThreads { get; init; } = 2;

    /// <summary>How files are opened and kept; <see cref="FuseMount.ReadMode"/> says what became of it.</summary>
    public ReadMode ReadMode { get; init; } = ReadMode.PageCache;

    /// <summary>
    /// Bytes that will be read again and again, if that is known; what <see cref="ReadMode.Auto"/> goes by. The kernel learns
    /// the mode with the first open and keeps it, so it is decided when mounting.
    /// </summary>
    public long? WorkingSetBytes { get; init; }

    /// <summary>
    /// How long an open in <see cref="ReadMode.Passthrough"/> may wait for the whole file. After that the file is opened
    /// without, and its bytes are read as they arrive.
    /// </summary>
    public TimeSpan BackingWaitLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What mount tables show, as source and as type <c>fuse.NAME</c>: letters, digits, "-", "_" and ".".</summary>
    public string FileSystemName { get; init; } = MountTable.DefaultFileSystemName;

    /// <summary>
    /// Read-ahead requests that the kernel may have under way at a time, 1 to 65535. Its own default of 12 gave an
    /// eighth of the cold throughput of 256 (64 readers, 20 ms a request).
    /// </summary>
    public int MaxBackground { get; init; } = 256;

    /// <summary>
    /// Read-ahead of the mount in KiB, 4 to 65536. More than the kernel's 128 needs root and a writable /sys; it
    /// is left as it is where that is missing.
    /// </summary>
    public int ReadAheadKiB { get; init; } = 1024;

    /// <summary>How long a request may wait for the tree before it is answered EIO.</summary>
    public TimeSpan ParkedReadLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <exception cref="ArgumentException">An option is out of its range; the message names all that are.</exception>
    internal void Validate()
    {
        var errors = new List<string>();
        Check(errors, nameof(DeviceThreads), DeviceThreads, 1, 64);
        Check(errors, nameof(ReplyThreads), ReplyThreads, 1, 64);
        Check(errors, nameof(MaxBackground), MaxBackground, 1, ushort.MaxValue);
        Check(errors, nameof(ReadAheadKiB), ReadAheadKiB, 4, 65536);
        if (!Enum.IsDefined(ReadMode))
        {
            errors.Add($"{nameof(ReadMode)} is {ReadMode}; allowed: {string.Join(", ", Enum.GetNames<ReadMode>())}");
        }

        if (WorkingSetBytes < 0)
        {
            errors.Add($"{nameof(WorkingSetBytes)} is {WorkingSetBytes}; allowed: 0 and more");
        }

        Check(errors, nameof(BackingWaitLimit), BackingWaitLimit);
        Check(errors, nameof(ParkedReadLimit), ParkedReadLimit);

        // The name becomes part of a comma-separated option list.
        if (FileSystemName.Length is 0 or > 64
            || !FileSystemName.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            errors.Add($"{nameof(FileSystemName)} is '{FileSystemName}'; allowed: 1 to 64 letters, digits, '-', '_', '.'");
        }

        if (errors.Count > 0)
        {
            throw new ArgumentException("Mount options: " + string.Join("; ", errors));
        }
    }

    private static void Check(List<string> errors, string name, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            errors.Add($"{name} is {value}; allowed: {least} to {most}");
        }
    }

    private static void Check(List<string> errors, string name, TimeSpan value)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
        {
            errors.Add($"{name} is {value}; allowed: more than 0, at most one day");
        }
    }
}
