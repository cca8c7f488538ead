using System.IO.Pipelines;
using System.Net.Http.Headers;
using Grpc.Core;
using MimicCxr.Rpc.Framing;

namespace MimicCxr.Rpc.Client;

/// <summary>
/// One call on its HTTP request. It ends once, with a status: the server's, or one that says why there is none. Reading
/// learns the end; the deadline, the caller's token and disposal bring it about.
/// </summary>
internal sealed class ClientCall<TRequest, TResponse> : IDisposable
    where TRequest : class
    where TResponse : class
{
    // As with other runtimes; the daemon's messages stay far below.
    private const int MaxReceiveMessageSize = 4 * 1024 * 1024;

    private readonly GrpcChannel _channel;
    private readonly Method<TRequest, TResponse> _method;
    private readonly string? _host;
    private readonly CallOptions _options;
    private readonly CancellationTokenSource? _deadlineTimer;
    private readonly CancellationTokenSource _cancellation;
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _endLock = new();
    private Task<HttpResponseMessage>? _opening;
    private PipeReader? _pipe;
    private MessageReader? _reader;
    private (Status Status, Metadata Trailers)? _end; // _endLock

    public ClientCall(GrpcChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        _channel = channel;
        _method = method;
        _host = host;
        _options = options;
        if (options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            Timeout = deadline.ToUniversalTime() - DateTime.UtcNow;
            var wait = Timeout.Value < TimeSpan.Zero ? TimeSpan.Zero : Timeout.Value;
            _deadlineTimer = new CancellationTokenSource(wait < CallTimeout.Longest ? wait : CallTimeout.Longest);
        }

        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(
            options.CancellationToken, _deadlineTimer?.Token ?? CancellationToken.None);
        Token = _cancellation.Token;
    }

    /// <summary>Cancelled when the call ends, however it does.</summary>
    public CancellationToken Token { get; }

    /// <summary>The server's metadata, or why it never came.</summary>
    public Task<Metadata> ResponseHeaders => _headers.Task;

    /// <summary>Whether the caller asked for compressed requests.</summary>
    public bool CompressesRequests => _options.Headers?.GetValue(GrpcHeaders.EncodingRequest) == GrpcHeaders.Gzip;

    private TimeSpan? Timeout { get; }

    /// <summary>Sends the request.</summary>
    public void Start(HttpContent content)
    {
        // A failure is told by what reads the call; a call that nobody reads fails unheard.
        _opening = OpenAsync(content);
        _ = _opening.ContinueWith(
            static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>The next response, or null when the call has ended with OK.</summary>
    /// <exception cref="RpcException">The call has ended otherwise.</exception>
    public async Task<TResponse?> ReadAsync(CancellationToken cancellationToken)
    {
        if (Ended is null)
        {
            using var linked = CallCancellation.Link(Token, cancellationToken);
            try
            {
                var response = await _opening!.WaitAsync(linked.Token).ConfigureAwait(false);
                if (await Reader(response).ReadAsync(_method.ResponseMarshaller.ContextualDeserializer, linked.Token).ConfigureAwait(false) is { } message)
                {
                    return message;
                }

                var (status, trailers) = ResponseHead.ReadEnd(response);
                End(status, trailers);
            }
            catch (Exception e)
            {
                End(StatusOf(e, cancellationToken), []);
            }

            if (_pipe is not null)
            {
                await _pipe.CompleteAsync().ConfigureAwait(false);
            }
        }

        var end = Ended!.Value;
        return end.Status.StatusCode == StatusCode.OK ? null : throw new RpcException(end.Status, end.Trailers);
    }

    /// <summary>The response of a call that has only one.</summary>
    public async Task<TResponse> ReadOnlyResponseAsync()
    {
        if (await ReadAsync(CancellationToken.None).ConfigureAwait(false) is not { } message)
        {
            throw FramingErrors.NoMessage();
        }

        if (await ReadAsync(CancellationToken.None).ConfigureAwait(false) is not null)
        {
            var error = FramingErrors.SecondMessage();
            End(error.Status, []);
            throw error;
        }

        return message;
    }

    /// <summary>What to tell a caller whose message could not be sent.</summary>
    public RpcException WriteFailed(Exception cause, CancellationToken operation)
    {
        if (operation.IsCancellationRequested || Token.IsCancellationRequested)
        {
            End(StatusOf(cause, operation), []);
        }

        // Where the server stopped listening, only its answer, still to be read, knows why.
        return Ended is { Status.StatusCode: not StatusCode.OK } end
            ? new RpcException(end.Status, end.Trailers)
            : new RpcException(new Status(StatusCode.Cancelled, "The server ended the call before it had all requests; its answer says why.", cause));
    }

    public Status GetStatus() => Known().Status;

    public Metadata GetTrailers() => Known().Trailers;

    public void Dispose() => End(new Status(StatusCode.Cancelled, "The call was given up by its caller."), []);

    private (Status Status, Metadata Trailers)? Ended
    {
        get
        {
            lock (_endLock)
            {
                return _end;
            }
        }
    }

    private (Status Status, Metadata Trailers) Known() =>
        Ended ?? throw new InvalidOperationException("The call has not ended: read its response to the end first.");

    private async Task<HttpResponseMessage> OpenAsync(HttpContent content)
    {
        try
        {
            Token.ThrowIfCancellationRequested();
            var response = await _channel.SendAsync(NewRequest(content), Token).ConfigureAwait(false);
            _ = Token.UnsafeRegister(static state => ((HttpResponseMessage)state!).Dispose(), response);
            _headers.TrySetResult(ResponseHead.Check(response, _channel.Target));
            return response;
        }
        catch (Exception e)
        {
            End(StatusOf(e, CancellationToken.None), []);
            throw;
        }
    }

    private HttpRequestMessage NewRequest(HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_channel.Address, _method.FullName))
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.ContentType = new MediaTypeHeaderValue(GrpcHeaders.ContentType);
        var headers = request.Headers;
        headers.Host = _host;
        headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        headers.TryAddWithoutValidation("User-Agent", "grpc-mimic-cxr");
        headers.TryAddWithoutValidation(GrpcHeaders.AcceptEncoding, GrpcHeaders.AcceptedEncodings);
        if (CompressesRequests)
        {
            headers.TryAddWithoutValidation(GrpcHeaders.Encoding, GrpcHeaders.Gzip);
        }

        if (Timeout is { } timeout)
        {
            headers.TryAddWithoutValidation(GrpcHeaders.Timeout, CallTimeout.Encode(timeout));
        }

        foreach (var entry in _options.Headers ?? Metadata.Empty)
        {
            if (!GrpcHeaders.IsReserved(entry.Key))
            {
                headers.TryAddWithoutValidation(entry.Key, MetadataHeaders.ValueOf(entry));
            }
        }

        headers.Authorization ??= _channel.Authorization;
        return request;
    }

    private MessageReader Reader(HttpResponseMessage response)
    {
        // The body is there when the headers are: this stream is HttpClient's own, nothing waits.
        _pipe ??= PipeReader.Create(
            response.Content.ReadAsStream(Token),
            new StreamPipeReaderOptions(bufferSize: 64 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true));
        return _reader ??= new MessageReader(_pipe, MaxReceiveMessageSize, ResponseHead.IsGzip(response));
    }

    private Status StatusOf(Exception exception, CancellationToken operation)
    {
        if (_deadlineTimer is { IsCancellationRequested: true })
        {
            return new Status(StatusCode.DeadlineExceeded, $"No complete answer from {_channel.Target} before the deadline.", exception);
        }

        if (operation.IsCancellationRequested || _options.CancellationToken.IsCancellationRequested)
        {
            return new Status(StatusCode.Cancelled, "The call was cancelled by its caller.", exception);
        }

        return TransportErrors.StatusOf(exception, _channel.Target);
    }

    // The first end counts. Everything that still runs for the call stops with its token.
    private void End(Status status, Metadata trailers)
    {
        lock (_endLock)
        {
            if (_end is not null)
            {
                return;
            }

            _end = (status, trailers);
        }

        if (!_headers.Task.IsCompleted && _headers.TrySetException(new RpcException(status, trailers)))
        {
            _ = _headers.Task.Exception;
        }

        _cancellation.Cancel();
        _cancellation.Dispose();
        _deadlineTimer?.Dispose();
    }
}
