namespace MimicCxr.Daemon.Store;

/// <summary>
/// What has to be known of a bucket before anything is written to it: that strangers cannot read it, and that what a killed
/// daemon left is ended. Asked at the start, or by the first write where the bucket was out of reach then; whether
/// it is public by a write each day, since it can become so. Reads do not ask.
/// </summary>
internal sealed class S3Admission(S3Connection connection, S3LeftOvers leftOvers, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan YesHolds = TimeSpan.FromDays(1);
    private static readonly TimeSpan NoHolds = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Answer? _answer;
    private bool _areLeftOversEnded; // by whose turn it is

    /// <summary>Whether strangers may read the bucket, and that was allowed; as last asked.</summary>
    public bool IsPublic { get; private set; }

    /// <summary>Asks, whatever is known.</summary>
    /// <returns>A warning for the user, or null.</returns>
    /// <exception cref="StoreException">The bucket is public, or does not answer.</exception>
    public async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await AskInTurnAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Asks where the last answer is too old. Before each write.</summary>
    /// <exception cref="StoreException">The bucket is public, or does not answer.</exception>
    public async ValueTask EnsureAsync(CancellationToken cancellationToken)
    {
        if (IsKnown())
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsKnown())
            {
                await AskInTurnAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>Whether it was asked lately, and the answer was yes.</summary>
    private bool IsKnown()
    {
        if (_answer is not { } answer || time.GetElapsedTime(answer.At) >= (answer.Refusal is null ? YesHolds : NoHolds))
        {
            return false;
        }

        return answer.Refusal is null ? true : throw new StoreException(answer.Refusal.Error, answer.Refusal.Message, answer.Refusal);
    }

    private async Task<string?> AskInTurnAsync(CancellationToken cancellationToken)
    {
        string? warning;
        try
        {
            warning = await AskWhetherPublicAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (e.Error == StoreError.NotPermitted)
        {
            _answer = new Answer(e, time.GetTimestamp());
            throw;
        }

        try
        {
            if (!_areLeftOversEnded)
            {
                await leftOvers.EndAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (StoreException e) when (e.Error == StoreError.NotPermitted)
        {
            warning ??= $"{connection.Url} does not let us list multipart uploads (s3:ListBucketMultipartUploads), so what a killed daemon leaves of large files stays, and is paid for.";
        }

        _areLeftOversEnded = true;
        _answer = new Answer(null, time.GetTimestamp());
        return warning;
    }

    private async Task<string?> AskWhetherPublicAsync(CancellationToken cancellationToken)
    {
        var (by, isTold) = await new S3PublicAccess(connection).AskAsync(cancellationToken).ConfigureAwait(false);
        IsPublic = by is not null;
        var bucket = connection.Options.Bucket;
        return (by, isTold, connection.Options.AllowPublic) switch
        {
            (not null, _, true) => $"The bucket {bucket} is public: {by} lets strangers read it. That is allowed by --allow-public-bucket; see that nobody but the permitted can reach it.",
            (not null, _, false) => throw new StoreException(
                StoreError.NotPermitted,
                $"The bucket {bucket} is public: {by} lets strangers read it, and the data set's terms forbid sharing. Make it private "
                + $"(aws s3api put-public-access-block, delete-bucket-policy, put-bucket-acl --acl private), choose another with --store, or, if nobody but the "
                + "permitted can reach it, start with --allow-public-bucket."),
            (null, false, false) => $"{connection.Url} does not tell whether the bucket is public. It must not be: the data set's terms forbid sharing.",
            _ => null,
        };
    }

    /// <param name="Refusal">Null for yes.</param>
    /// <param name="At">When it was given.</param>
    private sealed record Answer(StoreException? Refusal, long At);
}
