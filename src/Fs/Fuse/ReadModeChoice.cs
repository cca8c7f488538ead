using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Fs.Fuse;

/// <summary>Which read mode a mount gets, and why.</summary>
/// <param name="Mode">Never <see cref="ReadMode.Auto"/>.</param>
/// <param name="Reason">A phrase for status.</param>
internal sealed record ReadModeChoice(ReadMode Mode, string Reason)
{
    // Programs and the daemon need some of the memory too, and a working set that nearly fits is read in turns, where the
    // kernel drops what is needed next.
    private const double ShareForPages = 0.75;
    private const double BytesInGigabyte = 1e9;

    /// <summary>What to aim at in INIT.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="tree">The tree to mount.</param>
    /// <param name="isPrivileged">Whether this process may give the kernel backing files.</param>
    /// <param name="availableMemory">Bytes that pages could use; null when unknown.</param>
    public static ReadModeChoice BeforeMount(FuseMountOptions options, IFileTree tree, bool isPrivileged, long? availableMemory)
    {
        if (options.ReadMode == ReadMode.Auto)
        {
            return Automatic(options.WorkingSetBytes, tree, isPrivileged, availableMemory);
        }

        return options.ReadMode == ReadMode.Passthrough && WhyNot(tree, isPrivileged) is { } obstacle
            ? new ReadModeChoice(ReadMode.PageCache, $"passthrough was asked for, but {obstacle}")
            : new ReadModeChoice(options.ReadMode, "as asked for");
    }

    /// <summary>What it is after INIT.</summary>
    /// <param name="protocol">The agreement.</param>
    /// <param name="registry">Where a backing file is tried.</param>
    public ReadModeChoice AfterHandshake(NegotiatedProtocol protocol, IBackingRegistry registry)
    {
        var choice = this;
        if (choice.Mode == ReadMode.Passthrough)
        {
            var obstacle = protocol.Passthrough ? TryBacking(registry) : "this kernel has no passthrough (Linux 6.9 has)";
            choice = obstacle is null ? choice : new ReadModeChoice(ReadMode.PageCache, $"passthrough was meant, but {obstacle}");
        }

        return choice.Mode == ReadMode.PageCache && !protocol.NoOpen
            ? new ReadModeChoice(ReadMode.Plain, "this kernel asks for every open")
            : choice;
    }

    private static ReadModeChoice Automatic(long? workingSet, IFileTree tree, bool isPrivileged, long? availableMemory)
    {
        if (workingSet is not { } wanted)
        {
            return new ReadModeChoice(ReadMode.PageCache, "the size of the working set is not known");
        }

        if (availableMemory is not { } available)
        {
            return new ReadModeChoice(ReadMode.PageCache, "the available memory is not known");
        }

        if (wanted <= available * ShareForPages)
        {
            return new ReadModeChoice(ReadMode.PageCache, $"a working set of {Gigabytes(wanted)} fits in {Gigabytes(available)} of available memory");
        }

        var reason = $"a working set of {Gigabytes(wanted)} does not fit in {Gigabytes(available)} of available memory";
        return WhyNot(tree, isPrivileged) is { } obstacle
            ? new ReadModeChoice(ReadMode.PageCache, $"{reason}, but {obstacle}")
            : new ReadModeChoice(ReadMode.Passthrough, reason);
    }

    private static string? WhyNot(IFileTree tree, bool isPrivileged)
    {
        if (tree is not IBackedFileTree)
        {
            return "this tree has no files to pass through to";
        }

        return isPrivileged ? null : "passthrough needs CAP_SYS_ADMIN";
    }

    private static string Gigabytes(long bytes) => (bytes / BytesInGigabyte).ToString("0.0", CultureInfo.InvariantCulture) + " GB";

    /// <summary>The privilege counts where the kernel looks for it, which no flag shows inside a user namespace.</summary>
    private static string? TryBacking(IBackingRegistry registry)
    {
        using var file = new SafeFileHandle(Libc.MemoryFile(), ownsHandle: true);
        if (file.IsInvalid)
        {
            return null; // then the first open will tell
        }

        var id = registry.OpenBacking(file);
        if (id <= 0)
        {
            return $"the kernel refused a backing file ({(Errno)(-id)})";
        }

        registry.CloseBacking(id);
        return null;
    }
}
