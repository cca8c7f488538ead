using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// The operations themselves: what each request asks the tree, and the answer in the protocol's structs. Runs on
/// the device threads, so nothing here waits or allocates, but for a request that is parked.
/// </summary>
internal sealed class FuseOperations(
    IFileTree tree,
    FileOwner owner,
    OpenAnswers opening,
    InFlightRequests inFlight,
    FuseCounters counters)
{
    // O_ACCMODE and O_TRUNC of open(2): anything that would write.
    private const uint WritingOpenFlags = 0x3 | 0x200;

    // A target of PATH_MAX or longer cannot be followed.
    private const int MaxTargetBytes = 4095;
    private const uint StatFsBlockSize = 4096;

    public OperationResult Lookup(scoped in RequestReader request, Span<byte> body)
    {
        if (!request.TryReadName(out var name))
        {
            return OperationResult.Failed(Errno.InvalidArgument);
        }

        // nodeid 0 with a validity lets the kernel remember that the name is missing; ENOENT would be asked again.
        return tree.TryLookup(request.Node, name, out var attributes)
            ? Write(body, AttributeCoding.ToEntry(in attributes, owner))
            : Write(body, new FuseEntryOut { EntryValid = FuseProtocol.ForEverSeconds });
    }

    public OperationResult GetAttributes(scoped in RequestReader request, Span<byte> body)
    {
        _ = request.TryRead(out FuseGetAttributesIn question);
        if (!tree.TryGetAttributes(request.Node, out var attributes))
        {
            return OperationResult.Failed(Errno.NoEntry);
        }

        if (attributes.Size != NodeAttributes.UnknownSize)
        {
            return Write(body, AttributeCoding.ToAnswer(in attributes, owner));
        }

        // A size must be right before it is shown: cp, tar and others trust it and would copy nothing.
        var readFollows = (question.Flags & FuseProtocol.GetAttributesForRead) != 0;
        return Park(in request, new ParkedSize(request.Header.Unique, tree, attributes, owner, readFollows));
    }

    public OperationResult ReadLink(scoped in RequestReader request, Span<byte> body)
    {
        if (!tree.TryReadLink(request.Node, out var target))
        {
            return OperationResult.Failed(Errno.InvalidArgument);
        }

        if (target.Length > MaxTargetBytes)
        {
            return OperationResult.Failed(Errno.InputOutput);
        }

        target.Span.CopyTo(body);
        return OperationResult.Answer(target.Length);
    }

    public OperationResult Open(scoped in RequestReader request, Span<byte> body)
    {
        _ = request.TryRead(out FuseOpenIn question);
        if ((question.Flags & WritingOpenFlags) != 0)
        {
            return OperationResult.Failed(Errno.ReadOnlyFileSystem);
        }

        if (opening.Passthrough is { } passthrough)
        {
            return Open(in request, passthrough, body);
        }

        // ENOSYS makes the kernel open files by itself from now on, as with KeepCache and no handle. Some opens
        // are under way before it has seen the first of these answers; for each it means the same.
        return opening.NoOpen
            ? OperationResult.Failed(Errno.NotImplemented)
            : Write(body, new FuseOpenOut { Flags = OpenFlags.KeepCache });
    }

    public OperationResult Release(scoped in RequestReader request, Span<byte> body)
    {
        opening.Passthrough?.OpenFiles.Release(request.Node);
        return OperationResult.Done;
    }

    public OperationResult OpenDirectory(scoped in RequestReader request, Span<byte> body) => opening.NoOpenDirectory
        ? OperationResult.Failed(Errno.NotImplemented)
        : Write(body, new FuseOpenOut { Flags = OpenFlags.KeepCache | OpenFlags.CacheDirectory });

    public OperationResult Read(scoped in RequestReader request, Span<byte> body)
    {
        _ = request.TryRead(out FuseReadIn question);
        if (question.Offset > long.MaxValue - FuseProtocol.MaxReadBytes || question.Length > FuseProtocol.MaxReadBytes)
        {
            return OperationResult.Failed(Errno.InvalidArgument);
        }

        var offset = (long)question.Offset;
        var length = (int)question.Length;
        var result = tree.TryRead(request.Node, offset, body[..length]);
        if (result.IsPending)
        {
            return Park(in request, new ParkedRead(request.Header.Unique, tree, request.Node, offset, length, counters));
        }

        if (result.Error != Errno.None)
        {
            return OperationResult.Failed(result.Error);
        }

        counters.CountRead(result.Bytes);
        return OperationResult.Answer(result.Bytes);
    }

    public OperationResult ReadDirectory(scoped in RequestReader request, Span<byte> body) =>
        List(in request, body, withAttributes: false);

    public OperationResult ReadDirectoryPlus(scoped in RequestReader request, Span<byte> body) =>
        List(in request, body, withAttributes: true);

    public OperationResult StatFs(scoped in RequestReader request, Span<byte> body)
    {
        var statistics = tree.GetStatistics();
        return Write(body, new FuseStatFsOut
        {
            Blocks = (ulong)statistics.TotalBytes / StatFsBlockSize,
            Files = (ulong)statistics.Files,
            BlockSize = StatFsBlockSize,
            FragmentSize = StatFsBlockSize,
            MaxNameLength = FuseProtocol.MaxNameBytes,
        });
    }

    public OperationResult Interrupt(scoped in RequestReader request, Span<byte> body)
    {
        counters.CountInterrupt();
        _ = request.TryRead(out FuseInterruptIn question);

        // Unknown here means: answered already, or still on its way through another device thread. EAGAIN makes the
        // kernel ask once more in the second case, and drop the matter in the first (Documentation/filesystems/fuse).
        return inFlight.TryInterrupt(question.Unique)
            ? OperationResult.Silent
            : OperationResult.Failed(Errno.TryAgain);
    }

    private static OperationResult Write<T>(Span<byte> body, in T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(body, in value);
        return OperationResult.Answer(Unsafe.SizeOf<T>());
    }

    private OperationResult Open(scoped in RequestReader request, PassthroughOpening passthrough, Span<byte> body)
    {
        var (file, openFiles) = (request.Node, passthrough.OpenFiles);
        if (openFiles.TryOpenAgain(file, out var again))
        {
            return Write(body, again);
        }

        var backing = openFiles.AcceptsBacking ? passthrough.Tree.TryGetBacking(file) : BackingResult.None;
        return backing.IsPending
            ? Park(in request, passthrough.Park(request.Header.Unique, file))
            : Write(body, openFiles.Open(file, backing.File));
    }

    private OperationResult List(scoped in RequestReader request, Span<byte> body, bool withAttributes)
    {
        _ = request.TryRead(out FuseReadIn question);
        if (!tree.TryGetAttributes(request.Node, out var directory) || directory.Kind != NodeKind.Directory)
        {
            return OperationResult.Failed(Errno.NotDirectory);
        }

        var room = body[..(int)Math.Min(question.Length, (uint)body.Length)];
        var listing = new DirectoryListing(room, withAttributes, DirectoryListing.SessionPositions, owner);
        var position = question.Offset;
        if (position == 0 && listing.TryAddDots("."u8, directory.Inode, 1))
        {
            position = 1;
        }

        if (position == 1 && listing.TryAddDots(".."u8, FuseProtocol.UnknownInode, DirectoryListing.SessionPositions))
        {
            position = DirectoryListing.SessionPositions;
        }

        if (!listing.IsFull
            && !tree.TryReadDirectory(request.Node, position - DirectoryListing.SessionPositions, ref listing))
        {
            return OperationResult.Failed(Errno.NotDirectory);
        }

        return OperationResult.Answer(listing.BytesWritten);
    }

    private OperationResult Park(scoped in RequestReader request, ParkedRequest parked)
    {
        parked.Thread = request.Header.ProcessId;
        return inFlight.TryPark(parked) ? OperationResult.Silent : OperationResult.Failed(Errno.ConnectionAborted);
    }
}
