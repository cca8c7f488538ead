using System.Buffers;
using System.Runtime.CompilerServices;
using Amazon.S3.Model;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.Mirror;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.S3;

namespace MimicCxr.Daemon.Store;

/// <summary>A bucket as the object store: AWS or whatever speaks S3 (Ceph, MinIO).</summary>
internal sealed class S3ObjectStore : IObjectStore, IDisposable
{
    private const int BufferSize = 128 * 1024;

    /// <summary>What one DeleteObjects request may name.</summary>
    private const int MostDeletions = 1000;

    private readonly S3Connection _connection;
    private readonly S3Puts _puts;
    private readonly S3LargeFiles _largeFiles;
    private readonly S3Admission _admission;

    /// <summary>A bucket.</summary>
    /// <param name="options">Which.</param>
    /// <param name="ownPrefixes">What the keys of our objects begin with: below these, what earlier runs left is removed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="credentials">Null for the usual AWS chain.</param>
    public S3ObjectStore(S3Options options, IReadOnlyList<string> ownPrefixes, TimeProvider time, S3Credentials? credentials = null)
    {
        _connection = new S3Connection(options, time, credentials);
        _puts = new S3Puts(_connection);
        _largeFiles = new S3LargeFiles(_connection, _puts);
        _admission = new S3Admission(_connection, new S3LeftOvers(_connection, ownPrefixes), time);
    }

    /// <inheritdoc/>
    public string Url => _connection.Url;

    /// <inheritdoc/>
    public WriteTrouble? WriteTrouble => _connection.WriteTrouble;

    /// <summary>Whether strangers may read the bucket, and that was allowed.</summary>
    public bool IsPublic => _admission.IsPublic;

    /// <summary>The budget of requests to the bucket.</summary>
    public RequestGate Gate => _connection.Gate;

    private string Bucket => _connection.Options.Bucket;

    /// <inheritdoc/>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        await _connection.CallAsync(
            s3 => s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket, Prefix = _connection.KeyOf(""), MaxKeys = 1 }, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        return await _admission.AskAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<ObjectNote?> TryFetchAsync(string key, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken) =>
        new S3Fetch(_connection, key, sink, priority).TryRunAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<StoredObject?> TryStatAsync(string key, CancellationToken cancellationToken) =>
        await _puts.TryHeadAsync(key, cancellationToken).ConfigureAwait(false) is { } there
            ? new StoredObject(key, there.ContentLength, Utc(there.LastModified), S3Notes.Read(there.Metadata))
            : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = Bucket, Prefix = _connection.KeyOf(prefix) };
        do
        {
            var page = await _connection.CallAsync(s3 => s3.ListObjectsV2Async(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            // The SDK's lists are null where they are empty. A key that ends in '/' is a folder of some web interface.
            foreach (var found in (page.S3Objects ?? []).Where(found => !found.Key.EndsWith('/')))
            {
                yield return new StoredObject(_connection.WithoutPrefix(found.Key), found.Size ?? 0, Utc(found.LastModified), null);
            }

            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    /// <inheritdoc/>
    public async Task PutAsync(string key, string path, long length, ObjectNote note, bool overwrite, CancellationToken cancellationToken)
    {
        await _admission.EnsureAsync(cancellationToken).ConfigureAwait(false);
        if (length > IObjectParts.PartLength)
        {
            await _largeFiles.PutAsync(key, path, length, note, overwrite, cancellationToken).ConfigureAwait(false);
            return;
        }

        await _puts.PutAsync(
            key,
            () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferSize),
            length,
            note,
            overwrite,
            RequestPriority.Ahead,
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task PutAsync(string key, ReadOnlySequence<byte> bytes, ObjectNote note, bool overwrite, RequestPriority priority, CancellationToken cancellationToken)
    {
        await _admission.EnsureAsync(cancellationToken).ConfigureAwait(false);
        await _puts.PutAsync(key, () => new SequenceStream(bytes), bytes.Length, note, overwrite, priority, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IObjectParts> BeginPartsAsync(string key, long length, ObjectNote note, CancellationToken cancellationToken)
    {
        await _admission.EnsureAsync(cancellationToken).ConfigureAwait(false);
        return await S3Parts.BeginAsync(_connection, _puts, key, length, note, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the service copy an object of a mirror, as it was seen there; the bytes do not come here.</summary>
    /// <returns>False where it is another one by now, or the service finds another checksum: then nothing is left.</returns>
    /// <exception cref="StoreException">It does not copy; <see cref="StoreError.NotPermitted"/> where the credentials may not read there.</exception>
    public async Task<bool> TryCopyAsync(string key, MirrorObject source, bool requesterPays, ObjectNote note, CancellationToken cancellationToken)
    {
        await _admission.EnsureAsync(cancellationToken).ConfigureAwait(false);
        return await new S3Copy(_connection, source, requesterPays).TryRunAsync(key, note, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _admission.EnsureAsync(cancellationToken).ConfigureAwait(false);
        return await _puts.TryCreateAsync(key, bytes, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (var some in keys.Chunk(MostDeletions))
        {
            var request = new DeleteObjectsRequest
            {
                BucketName = Bucket,
                Objects = [.. some.Select(key => new KeyVersion { Key = _connection.KeyOf(key) })],
                Quiet = true,
            };
            var answer = await _connection.CallAsync(s3 => s3.DeleteObjectsAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (answer.DeleteErrors is [var first, ..])
            {
                throw new StoreException(
                    first.Code == "AccessDenied" ? StoreError.NotPermitted : StoreError.OutOfReach,
                    $"{Url} kept {answer.DeleteErrors.Count} of {some.Length} objects that were to be removed ({first.Code}).");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _admission.Dispose();
        _connection.Dispose();
    }

    private static DateTimeOffset Utc(DateTime? time) => new(DateTime.SpecifyKind(time?.ToUniversalTime() ?? DateTime.UnixEpoch, DateTimeKind.Utc));
}
