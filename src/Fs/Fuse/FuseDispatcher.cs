using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// From the bytes of a request to those of its reply, without a device. Never throws; a request is answered by
/// exactly one of: the span returned, the parked request it became, or nobody when the kernel expects no reply.
/// </summary>
internal sealed class FuseDispatcher
{
    private readonly FuseOperations _on;
    private readonly Operation?[] _operations;
    private readonly FuseCounters _counters;
    private readonly ILogger _logger;
    private volatile bool _isRefusing;

    public FuseDispatcher(FuseOperations operations, FuseCounters counters, ILogger logger)
    {
        _on = operations;
        _counters = counters;
        _logger = logger;
        var table = Table(operations);
        _operations = new Operation?[(int)table.Max(operation => operation.Opcode) + 1];
        foreach (var operation in table)
        {
            if (_operations[(int)operation.Opcode] is not null)
            {
                throw new InvalidOperationException($"{operation.Opcode} stands twice in the table of operations.");
            }

            _operations[(int)operation.Opcode] = operation;
        }
    }

    private delegate OperationResult Handler(scoped in RequestReader request, Span<byte> body);

    /// <summary>From now on asks the tree nothing and answers every request with ECONNABORTED.</summary>
    public void RefuseAll() => _isRefusing = true;

    /// <summary>Handles one request.</summary>
    /// <param name="packet">The request, as read from the device.</param>
    /// <param name="reply">The thread's buffer.</param>
    /// <returns>What to send to the kernel, or nothing.</returns>
    public ReadOnlySpan<byte> Dispatch(ReadOnlySpan<byte> packet, ReplyBuffer reply)
    {
        _counters.CountRequest();
        if (!RequestReader.TryParse(packet, out var request))
        {
            return RefuseMalformed(packet, reply);
        }

        var unique = request.Header.Unique;
        var opcode = (uint)request.Header.Opcode;
        var operation = opcode < (uint)_operations.Length ? _operations[opcode] : null;
        if (operation is null)
        {
            // The kernel then knows and, for most operations, never asks again.
            return reply.Error(unique, Errno.NotImplemented);
        }

        var result = request.Body.Length < operation.MinimumBody
            ? OperationResult.Failed(Errno.InvalidArgument)
            : Run(operation, in request, reply.Body);
        if (result.Error == Errno.InputOutput)
        {
            _counters.CountError();
        }

        if (result.IsSilent || !operation.IsAnswered)
        {
            return default;
        }

        return result.Error == Errno.None ? reply.Answer(unique, result.BodyLength) : reply.Error(unique, result.Error);
    }

    /// <summary>The kernel did not take a reply: takes back what it stood for.</summary>
    public void Undelivered(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> message)
    {
        if (RequestReader.TryParse(packet, out var request)
            && request.Header.Opcode == FuseOpcode.Open
            && MemoryMarshal.Read<FuseOutHeader>(message).Error == 0)
        {
            _on.Release(in request, default);
        }
    }

    private static Operation[] Table(FuseOperations on)
    {
        Handler readOnly = static (scoped in _, _) => OperationResult.Failed(Errno.ReadOnlyFileSystem);
        Handler done = static (scoped in _, _) => OperationResult.Done;
        Handler silent = static (scoped in _, _) => OperationResult.Silent;

        // What is missing here (FLUSH, FSYNC, ACCESS, xattrs, STATX, LSEEK, IOCTL, locks, ...) is ENOSYS: the kernel
        // then does without or answers by itself, and asks no more.
        return
        [
            new(FuseOpcode.Lookup, on.Lookup, 2),
            new(FuseOpcode.GetAttributes, on.GetAttributes, FuseGetAttributesIn.Size),
            new(FuseOpcode.ReadLink, on.ReadLink, 0),
            new(FuseOpcode.Open, on.Open, FuseOpenIn.Size),
            new(FuseOpcode.Read, on.Read, FuseReadIn.Size),
            new(FuseOpcode.StatFs, on.StatFs, 0),
            new(FuseOpcode.OpenDirectory, on.OpenDirectory, FuseOpenIn.Size),
            new(FuseOpcode.ReadDirectory, on.ReadDirectory, FuseReadIn.Size),
            new(FuseOpcode.ReadDirectoryPlus, on.ReadDirectoryPlus, FuseReadIn.Size),
            new(FuseOpcode.Interrupt, on.Interrupt, FuseInterruptIn.Size),

            new(FuseOpcode.Release, on.Release, 0),

            // Directories have no state here, and nodes live as long as the tree: there is nothing to give back.
            new(FuseOpcode.ReleaseDirectory, done, 0),
            new(FuseOpcode.Destroy, done, 0),
            new(FuseOpcode.Forget, silent, 0) { IsAnswered = false },
            new(FuseOpcode.BatchForget, silent, 0) { IsAnswered = false },

            new(FuseOpcode.SetAttributes, readOnly, 0),
            new(FuseOpcode.SymbolicLink, readOnly, 0),
            new(FuseOpcode.MakeNode, readOnly, 0),
            new(FuseOpcode.MakeDirectory, readOnly, 0),
            new(FuseOpcode.Unlink, readOnly, 0),
            new(FuseOpcode.RemoveDirectory, readOnly, 0),
            new(FuseOpcode.Rename, readOnly, 0),
            new(FuseOpcode.Rename2, readOnly, 0),
            new(FuseOpcode.Link, readOnly, 0),
            new(FuseOpcode.Write, readOnly, 0),
            new(FuseOpcode.Create, readOnly, 0),
            new(FuseOpcode.TemporaryFile, readOnly, 0),
            new(FuseOpcode.SetXattr, readOnly, 0),
            new(FuseOpcode.RemoveXattr, readOnly, 0),
            new(FuseOpcode.Fallocate, readOnly, 0),
            new(FuseOpcode.CopyFileRange, readOnly, 0),
            new(FuseOpcode.CopyFileRange64, readOnly, 0),
        ];
    }

    private OperationResult Run(Operation operation, scoped in RequestReader request, Span<byte> body)
    {
        if (_isRefusing)
        {
            return OperationResult.Failed(Errno.ConnectionAborted);
        }

        try
        {
            return operation.Handler(in request, body);
        }
        catch (FsException exception)
        {
            return OperationResult.Failed(exception.Errno);
        }
        catch (Exception exception)
        {
            FailureLog.Unexpected(_logger, operation.Opcode, exception);
            return OperationResult.Failed(Errno.InputOutput);
        }
    }

    private ReadOnlySpan<byte> RefuseMalformed(ReadOnlySpan<byte> packet, ReplyBuffer reply)
    {
        _counters.CountError();
        _logger.LogError("The kernel sent a request of {Bytes} bytes whose header says otherwise", packet.Length);
        return MemoryMarshal.TryRead(packet, out FuseInHeader header)
            ? reply.Error(header.Unique, Errno.InputOutput)
            : default;
    }

    /// <summary>One row of the table.</summary>
    /// <param name="Opcode">The request.</param>
    /// <param name="Handler">What answers it.</param>
    /// <param name="MinimumBody">Bytes that must follow the header; fewer are EINVAL.</param>
    private sealed record Operation(FuseOpcode Opcode, Handler Handler, int MinimumBody)
    {
        /// <summary>Whether the kernel expects a reply.</summary>
        public bool IsAnswered { get; init; } = true;
    }
}
