using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using MimicCxr.Rpc.Framing;

namespace MimicCxr.Rpc.Server;

/// <summary>One call on its HTTP request: metadata, deadline, cancellation and the status at the end.</summary>
internal sealed class ServerCall : ServerCallContext, IDisposable
{
    private readonly HttpContext _http;
    private readonly GrpcServerOptions _options;
    private readonly CancellationToken _stopping;
    private CancellationTokenSource? _deadlineTimer;
    private CancellationTokenSource? _linked;
    private CancellationToken _cancellation;
    private DateTime _deadline = DateTime.MaxValue;
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;
    private bool _responseBegun;
    private volatile bool _ended;

    /// <param name="http">The HTTP request.</param>
    /// <param name="environment">What all calls share.</param>
    /// <param name="endsWhenStopping">Whether the call is cut off when the host stops: a stream may last for ever.</param>
    public ServerCall(HttpContext http, ServerEnvironment environment, bool endsWhenStopping)
    {
        _http = http;
        _options = environment.Options;
        _stopping = endsWhenStopping ? environment.Stopping : CancellationToken.None;
        _cancellation = http.RequestAborted;

        var compress = _options.CompressResponses && Accepts(GrpcHeaders.Gzip);
        var headers = http.Response.Headers;
        http.Response.ContentType = GrpcHeaders.ContentType;
        headers[GrpcHeaders.AcceptEncoding] = GrpcHeaders.AcceptedEncodings;
        if (compress)
        {
            headers[GrpcHeaders.Encoding] = GrpcHeaders.Gzip;
        }

        var requestGzip = http.Request.Headers[GrpcHeaders.Encoding] == GrpcHeaders.Gzip;
        Reader = new MessageReader(http.Request.BodyReader, _options.MaxReceiveMessageSize, requestGzip);
        Writer = new MessageWriter(http.Response.BodyWriter, compress);
    }

    public MessageReader Reader { get; }

    public MessageWriter Writer { get; }

    /// <summary>The status of a call whose method has returned: its own, unless the deadline has passed.</summary>
    public Status FinalStatus => DeadlinePassed ? DeadlineStatus : StatusCore;

    protected override string MethodCore => _http.Request.Path.Value ?? "";

    protected override string HostCore => _http.Request.Host.Value ?? "";

    protected override string PeerCore => _http.Connection.RemoteIpAddress switch
    {
        null => "unix:",
        { AddressFamily: AddressFamily.InterNetworkV6 } v6 => $"ipv6:[{v6}]:{_http.Connection.RemotePort}",
        var v4 => $"ipv4:{v4}:{_http.Connection.RemotePort}",
    };

    protected override DateTime DeadlineCore => _deadline;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadRequestHeaders();

    protected override CancellationToken CancellationTokenCore => _cancellation;

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    protected override WriteOptions? WriteOptionsCore { get; set; }

    private static Status DeadlineStatus => new(StatusCode.DeadlineExceeded, "The deadline passed before the call ended.");

    private bool DeadlinePassed => _deadlineTimer is { IsCancellationRequested: true };

    /// <summary>Checks the request's headers and starts the clock.</summary>
    /// <exception cref="RpcException">A header cannot be understood.</exception>
    public void Begin()
    {
        var headers = _http.Request.Headers;
        var encoding = headers[GrpcHeaders.Encoding].ToString();
        if (encoding is not ("" or GrpcHeaders.Identity or GrpcHeaders.Gzip))
        {
            throw FramingErrors.UnknownEncoding(encoding);
        }

        if (headers.TryGetValue(GrpcHeaders.Timeout, out var text))
        {
            if (!CallTimeout.TryParse(text.ToString(), out var timeout))
            {
                throw new RpcException(new Status(StatusCode.Internal, $"The header {GrpcHeaders.Timeout} cannot be understood."));
            }

            _deadline = DateTime.UtcNow + timeout;
            _deadlineTimer = new CancellationTokenSource(timeout);
        }

        if (_deadlineTimer is not null || _stopping.CanBeCanceled)
        {
            _linked = CancellationTokenSource.CreateLinkedTokenSource(
                _http.RequestAborted, _stopping, _deadlineTimer?.Token ?? CancellationToken.None);
            _cancellation = _linked.Token;
        }
    }

    /// <summary>The status for an exception out of the method. Details of unexpected ones stay here.</summary>
    public Status StatusOf(Exception exception)
    {
        if (DeadlinePassed)
        {
            return DeadlineStatus;
        }

        if (exception is RpcException { Status: var status, Trailers: var trailers })
        {
            // A service may have thrown the call's own trailers.
            foreach (var entry in trailers.Except(ResponseTrailersCore).ToArray())
            {
                ResponseTrailersCore.Add(entry);
            }

            return status;
        }

        // Reading and writing fail in several ways once the client has gone, some a moment before the token tells so. It
        // hears of none of them.
        if (_http.RequestAborted.IsCancellationRequested
            || exception is ConnectionResetException or ConnectionAbortedException or BadHttpRequestException)
        {
            return Status.DefaultCancelled;
        }

        if (exception is OperationCanceledException && _stopping.IsCancellationRequested)
        {
            return new Status(StatusCode.Unavailable, "The server is stopping.");
        }

        return new Status(StatusCode.Internal, "The call failed unexpectedly; the server's log says why.");
    }

    /// <summary>No headers of the response can be set from here on.</summary>
    public void BeginResponse() => _responseBegun = true;

    /// <summary>Writes the response of a call that has only one, where it succeeded.</summary>
    public void WriteOnlyResponse<T>(T? response, Marshaller<T> marshaller)
        where T : class
    {
        if (FinalStatus.StatusCode != StatusCode.OK)
        {
            return;
        }

        if (response is null)
        {
            throw new InvalidOperationException("The method returned no message.");
        }

        BeginResponse();
        Writer.Write(response, marshaller.ContextualSerializer, (WriteOptionsCore ?? WriteOptions.Default).Flags);
    }

    /// <exception cref="InvalidOperationException">The call has ended.</exception>
    public void ThrowIfEnded()
    {
        if (_ended)
        {
            throw new InvalidOperationException("The call has ended: its method returned while a stream was still in use.");
        }
    }

    /// <summary>Sends the status: as trailers after messages, else with the headers, which saves a frame.</summary>
    public void End(Status status)
    {
        _ended = true;
        if (_http.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        if (Writer.IsBroken)
        {
            _http.Abort();
            return;
        }

        var hasHead = _http.Response.HasStarted || Writer.HasWritten;
        void Set(string name, string value)
        {
            if (hasHead)
            {
                _http.Response.AppendTrailer(name, value);
            }
            else
            {
                _http.Response.Headers.Append(name, value);
            }
        }

        Set(GrpcHeaders.Status, ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture));
        if (status.Detail.Length > 0)
        {
            Set(GrpcHeaders.Message, StatusMessage.Encode(status.Detail));
        }

        foreach (var entry in _responseTrailers ?? Metadata.Empty)
        {
            if (!GrpcHeaders.IsReserved(entry.Key))
            {
                Set(entry.Key, MetadataHeaders.ValueOf(entry));
            }
        }
    }

    public void Dispose()
    {
        _linked?.Dispose();
        _deadlineTimer?.Dispose();
    }

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        if (_responseBegun || _ended)
        {
            throw new InvalidOperationException("The response headers have been sent already.");
        }

        BeginResponse();
        foreach (var entry in responseHeaders)
        {
            if (!GrpcHeaders.IsReserved(entry.Key))
            {
                _http.Response.Headers.Append(entry.Key, MetadataHeaders.ValueOf(entry));
            }
        }

        return _http.Response.StartAsync(_cancellation);
    }

    private bool Accepts(string encoding)
    {
        foreach (var value in _http.Request.Headers[GrpcHeaders.AcceptEncoding])
        {
            if (value is not null && value.Split(',', StringSplitOptions.TrimEntries).Contains(encoding))
            {
                return true;
            }
        }

        return false;
    }

    private Metadata ReadRequestHeaders()
    {
        var metadata = new Metadata();
        foreach (var (name, values) in _http.Request.Headers)
        {
            foreach (var value in values)
            {
                MetadataHeaders.Add(metadata, name, value);
            }
        }

        return metadata;
    }
}
