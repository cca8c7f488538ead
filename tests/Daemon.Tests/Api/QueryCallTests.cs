using System.Globalization;
using System.IO.Compression;
using Grpc.Core;
using MimicCxr.V1;

namespace MimicCxr.Daemon.Tests.Api;

public sealed class QueryCallTests : IAsyncLifetime
{
    private readonly GatewayHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _host.InitializeAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Query_Nothing_StreamsEveryImageWithWhatTheTablesSay()
    {
        var records = await QueryAsync(new QueryRequest());

        var (metadata, splits) = (Table("metadata").ToDictionary(row => row["dicom_id"]), Table("split").ToDictionary(row => row["dicom_id"]));
        var labels = new[] { "chexpert", "negbio" }.ToDictionary(name => name, name => Table(name).ToDictionary(row => row["study_id"]));
        Assert.Equal(_host.Names().Where(name => name.EndsWith(".jpg", StringComparison.Ordinal)), records.Select(record => record.Path));
        Assert.All(records, record =>
        {
            var row = metadata[record.DicomId];
            Assert.Equal((row["subject_id"], row["study_id"]), ($"{record.SubjectId}", $"{record.StudyId}"));
            Assert.Equal((row["ViewPosition"], splits[record.DicomId]["split"]), (record.View, record.Split));
            Assert.Equal((row["Rows"], row["Columns"]), ($"{record.Rows}", $"{record.Columns}"));
            Assert.Equal(DateOnly.ParseExact(row["StudyDate"], "yyyyMMdd", CultureInfo.InvariantCulture).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), record.StudyDate);
            Assert.Equal(["chexpert", "negbio"], record.Labelers.Select(labeler => labeler.Labeler));
            Assert.All(record.Labelers, labeler => Assert.Equal(
                labels[labeler.Labeler].GetValueOrDefault(row["study_id"], []).Where(field => field.Key is not ("subject_id" or "study_id") && field.Value.Length > 0)
                    .Select(field => (field.Key, Field: field.Value)).Order(),
                labeler.Labels.Select(label => (label.Key, Field: Field(label.Value))).Order()));
        });
    }

    [Fact]
    public async Task Query_View_StreamsOnlyThose()
    {
        var records = await QueryAsync(new QueryRequest { Query = new ImageQuery { Views = { "PA" } } });

        Assert.Equal(Table("metadata").Count(row => row["ViewPosition"] == "PA"), records.Count);
        Assert.All(records, record => Assert.Equal("PA", record.View));
    }

    [Fact]
    public async Task Query_UnknownLabel_IsInvalid()
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => QueryAsync(new QueryRequest { Query = new ImageQuery { Where = { "Pneumonai=1" } } }));

        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
        Assert.Contains("Pneumonia,", e.Status.Detail, StringComparison.Ordinal);
    }

    private static string Field(LabelState state) => state switch
    {
        LabelState.Positive => "1.0",
        LabelState.Negative => "0.0",
        LabelState.Uncertain => "-1.0",
        _ => "never sent",
    };

    private async Task<List<ImageRecord>> QueryAsync(QueryRequest request)
    {
        using var call = _host.Client.Query(request, cancellationToken: Token);
        var records = new List<ImageRecord>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            records.Add(call.ResponseStream.Current);
        }

        return records;
    }

    /// <summary>The rows of a table of the origin; the synthetic ones quote nothing.</summary>
    private List<Dictionary<string, string>> Table(string name)
    {
        using var gzip = new GZipStream(new MemoryStream(_host.Bytes($"mimic-cxr-2.0.0-{name}.csv.gz")), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var header = lines[0].Split(',');
        return [.. lines.Skip(1).Select(line => header.Zip(line.Split(',')).ToDictionary(field => field.First, field => field.Second))];
    }
}
