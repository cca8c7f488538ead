using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.S3;

namespace MimicCxr.Daemon.Origin.Mirror;

/// <summary>
/// A mirror of PhysioNet in a bucket as the origin: AWS, Google's buckets by their S3-compatible endpoint, and whatever speaks S3. Its
/// tree stands below <c>SLUG/VERSION</c>, as in our own stores; or, where a bucket has one data set alone, without these.
/// </summary>
internal sealed class MirrorOrigin(MirrorOptions options, S3Credentials credentials, OriginCounters counters, TimeProvider time)
    : HttpOrigin(options, counters, time)
{
    private readonly MirrorSession _session = new(options, credentials, counters, time);

    /// <summary>What stands before the path in the data set, '/' included; known once something was found there.</summary>
    private readonly ConcurrentDictionary<string, string> _prefixes = new();

    /// <inheritdoc/>
    public override string Url => options.Url;

    /// <inheritdoc/>
    public override string Name => options.Url;

    /// <summary>What the mirror tells of a file, for a service that may copy it; null where it tells no version.</summary>
    /// <exception cref="OriginException">It tells nothing.</exception>
    public async Task<MirrorObject?> TryStatAsync(string path, RequestPriority priority, CancellationToken cancellationToken)
    {
        MirrorObject? found = null;
        await WithRetriesAsync(priority, null, async (place, token) =>
        {
            var asked = Time.GetTimestamp();
            found = await WithKeyAsync(path, async key =>
            {
                using var response = await _session.SendAsync(HttpMethod.Head, key, "", MirrorObject.AskForChecksum, token).ConfigureAwait(false);
                return MirrorObject.Of(response, options.Address.Bucket, key);
            }).ConfigureAwait(false);
            place.Answered(Time.GetElapsedTime(asked));
        }, cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> AskAsync(
        HttpMethod method, string path, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken) =>
        WithKeyAsync(path, async key =>
        {
            var response = await _session.SendAsync(method, key, "", headers, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable || response.Headers.NonValidated.Contains("ETag"))
            {
                return response;
            }

            response.Dispose();
            throw NoS3();
        });

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<FileLength>> ReadDirectoryAsync(RequestPlace place, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await WithKeyAsync(path + "/", key => ListAsync(place, key, cancellationToken)).ConfigureAwait(false);
        }
        catch (OriginException e) when (e.Error == OriginError.BucketRefused)
        {
            // Who may read files need not be allowed to list them: each is asked for its length then.
            throw new OriginException(OriginError.BadAnswer, $"{options.Url} does not let its objects be listed. {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _session.Dispose();
        base.Dispose(disposing);
    }

    private async Task<IReadOnlyList<FileLength>> ListAsync(RequestPlace place, string directory, CancellationToken cancellationToken)
    {
        var files = new List<FileLength>();
        var isThere = false;
        string? next = null;
        do
        {
            var asked = Time.GetTimestamp();
            using var response = await _session.SendAsync(HttpMethod.Get, "", MirrorListing.Query(directory, next), null, cancellationToken).ConfigureAwait(false);
            place.Answered(Time.GetElapsedTime(asked));
            var page = MirrorListing.Parse(await ReadTextAsync(response, cancellationToken).ConfigureAwait(false), directory) ?? throw NoS3();
            files.AddRange(page.Files);
            isThere |= page.HasFolders || page.Files.Count > 0;
            next = page.Next;
        }
        while (next is not null);
        return isThere ? files : throw new OriginException(OriginError.NotFound, $"{options.Url} has no such directory.");
    }

    /// <summary>
    /// Asks where the path is; while nothing of its data set was found yet, in both places where it may be. A bucket that may not be
    /// listed answers 403 for what it has not.
    /// </summary>
    private async Task<T> WithKeyAsync<T>(string path, Func<string, Task<T>> ask)
    {
        var parts = path.Split('/', 3);
        var (dataSet, rest) = ($"{parts[0]}/{parts[1]}", parts[2]);
        if (_prefixes.TryGetValue(dataSet, out var known))
        {
            return await ask(known + rest).ConfigureAwait(false);
        }

        var root = options.Prefix.Length == 0 ? "" : options.Prefix + "/";
        var named = $"{root}{dataSet}/";
        T answer;
        try
        {
            answer = await ask(named + rest).ConfigureAwait(false);
            _prefixes[dataSet] = named;
            return answer;
        }
        catch (OriginException e) when (dataSet == options.DataSet && e.Error is OriginError.NotFound or OriginError.BucketRefused)
        {
            // Or else without the names.
        }

        answer = await ask(root + rest).ConfigureAwait(false);
        _prefixes[dataSet] = root;
        return answer;
    }

    private OriginException NoS3() => new(OriginError.BadAnswer, $"{options.Url} answered with something that is no S3. Check --origin and --origin-endpoint.");
}
