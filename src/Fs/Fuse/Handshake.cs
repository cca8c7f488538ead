using System.Runtime.InteropServices;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>INIT: the first request of a mount, in which both sides say what they can do.</summary>
internal static class Handshake
{
    private const InitFlags Wanted = InitFlags.AsyncRead
        | InitFlags.DoReadDirectoryPlus
        | InitFlags.ParallelDirectoryOperations
        | InitFlags.MaxPages
        | InitFlags.CacheSymlinks
        | InitFlags.ExplicitInvalidateData
        | InitFlags.InitExt
        | InitFlags.HasResend;

    private const InitFlags WantedForPageCache = Wanted | InitFlags.NoOpenSupport | InitFlags.NoOpenDirectorySupport;

    // Without the privilege, passthrough becomes the page-cache mode after INIT.
    private const InitFlags WantedForPassthrough = WantedForPageCache | InitFlags.Passthrough;

    /// <summary>Reads INIT and answers it. The kernel has it ready as soon as the mount is made.</summary>
    /// <exception cref="FuseMountException">The protocol is too old, or the mount went away.</exception>
    public static NegotiatedProtocol Run(IFuseChannel channel, FuseMountOptions options, ReadMode mode)
    {
        var packet = new byte[FuseProtocol.RequestBufferBytes];
        var reply = new ReplyBuffer(FuseInitOut.Size);
        while (true)
        {
            var read = channel.Read(packet);
            if (read < 0)
            {
                var error = (Errno)(-read);
                if (error is Errno.NoEntry or Errno.Interrupted or Errno.TryAgain)
                {
                    continue;
                }

                throw new FuseMountException(
                    FuseMountError.ProtocolMismatch,
                    $"The kernel ended the mount before it could be used ({error}). Was it unmounted at the same time?");
            }

            var answer = Answer(packet.AsSpan(0, read), options, mode, reply, out var protocol);
            var refused = channel.Send(answer);
            if (refused != Errno.None)
            {
                throw new FuseMountException(
                    FuseMountError.ProtocolMismatch,
                    $"The kernel did not take the answer to INIT ({refused}).");
            }

            if (protocol is not null)
            {
                return protocol;
            }
        }
    }

    /// <summary>The answer to the first packet of a mount.</summary>
    /// <param name="packet">What the kernel sent.</param>
    /// <param name="options">What is wished for.</param>
    /// <param name="mode">The mode aimed at: not <see cref="ReadMode.Auto"/>.</param>
    /// <param name="reply">Where the answer is put together.</param>
    /// <param name="protocol">The agreement; null when the kernel will send INIT again with our major version.</param>
    internal static ReadOnlySpan<byte> Answer(
        ReadOnlySpan<byte> packet,
        FuseMountOptions options,
        ReadMode mode,
        ReplyBuffer reply,
        out NegotiatedProtocol? protocol)
    {
        if (!RequestReader.TryParse(packet, out var request)
            || request.Header.Opcode != FuseOpcode.Init
            || !TryReadInit(request.Body, out var offer))
        {
            throw new FuseMountException(FuseMountError.ProtocolMismatch, "The kernel's first request was no INIT.");
        }

        if (offer.Major < FuseProtocol.Major || (offer.Major == FuseProtocol.Major && offer.Minor < FuseProtocol.OldestMinor))
        {
            throw new FuseMountException(
                FuseMountError.ProtocolMismatch,
                $"The kernel speaks FUSE {offer.Major}.{offer.Minor}; {FuseProtocol.Major}.{FuseProtocol.OldestMinor} (Linux 5.4) is the oldest that will do.");
        }

        var isNewer = offer.Major > FuseProtocol.Major;
        var minor = Math.Min(offer.Minor, FuseProtocol.Minor);
        var offered = (InitFlags)(offer.Flags | ((ulong)offer.Flags2 << 32));
        var agreed = offered & mode switch
        {
            ReadMode.Passthrough => WantedForPassthrough,
            ReadMode.PageCache => WantedForPageCache,
            _ => Wanted,
        };
        var passthrough = agreed.HasFlag(InitFlags.Passthrough | InitFlags.InitExt);
        var init = new FuseInitOut
        {
            Major = FuseProtocol.Major,
            Minor = isNewer ? FuseProtocol.Minor : minor,
            MaxReadAhead = (uint)options.ReadAheadKiB * 1024,
            Flags = (uint)agreed,
            Flags2 = (uint)((ulong)agreed >> 32),
            MaxBackground = (ushort)options.MaxBackground,
            CongestionThreshold = (ushort)Math.Max(1, options.MaxBackground * 3 / 4),
            MaxWrite = FuseProtocol.MaxWriteBytes,
            TimeGranularity = 1,
            MaxPages = (ushort)(FuseProtocol.MaxReadBytes / Environment.SystemPageSize),
            MaxStackDepth = passthrough ? FuseProtocol.MaxStackDepth : 0,
        };
        MemoryMarshal.Write(reply.Body, in init);
        protocol = isNewer
            ? null
            : new NegotiatedProtocol(
                minor,
                agreed.HasFlag(InitFlags.NoOpenSupport),
                agreed.HasFlag(InitFlags.NoOpenDirectorySupport),
                agreed.HasFlag(InitFlags.HasResend),
                passthrough);
        return reply.Answer(request.Header.Unique, FuseInitOut.Size);
    }

    private static bool TryReadInit(ReadOnlySpan<byte> body, out FuseInitIn init)
    {
        // Kernels before 7.36 send no flags2; what is not sent counts as zero.
        Span<byte> whole = stackalloc byte[FuseInitIn.Size];
        whole.Clear();
        body[..Math.Min(body.Length, FuseInitIn.Size)].CopyTo(whole);
        init = MemoryMarshal.Read<FuseInitIn>(whole);
        return body.Length >= FuseInitIn.OldSize;
    }
}
