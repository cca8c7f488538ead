using System.Text.Json;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>What <c>mimic-cxr status --json</c> printed.</summary>
internal sealed record StatusReport(JsonElement Json)
{
    public long SpoolBytes => Number("spool", "bytes");

    public long SpoolLimit => Number("spool", "limit_bytes");

    public long SpoolEvictions => Number("spool", "evictions");

    public long StoreObjects => Number("store", "objects");

    public long StoreCopied => Number("store", "copied");

    public long PendingUploads => Number("store", "pending_uploads");

    public long StoreHits => Number("reads", "store_hits");

    public long OriginFetches => Number("reads", "origin_fetches");

    public long OriginBytes => Number("origin", "bytes");

    public long VerifyFailures => Number("reads", "verify_failures");

    public long OriginDisagreements => Number("reads", "origin_disagreements");

    public IEnumerable<string> Mountpoints =>
        Json.GetProperty("mounts").EnumerateArray().Select(mount => mount.GetProperty("mountpoint").GetString()!);

    /// <summary>Mount points, each with its data set.</summary>
    public IEnumerable<(string Mountpoint, string DataSet)> Mounts => Json.GetProperty("mounts").EnumerateArray()
        .Select(mount => (mount.GetProperty("mountpoint").GetString()!, mount.GetProperty("dataset").GetString()!));

    /// <summary>Names of the data sets that are loaded.</summary>
    public IEnumerable<string> DataSets => Json.GetProperty("datasets").EnumerateArray().Select(dataSet => dataSet.GetProperty("name").GetString()!);

    public IEnumerable<string> Notes => Json.GetProperty("mounts").EnumerateArray()
        .SelectMany(mount => mount.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!));

    private long Number(string part, string name) => Json.GetProperty(part).GetProperty(name).GetInt64();
}
