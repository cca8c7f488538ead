using System.Text.Json;
using Google.Protobuf;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;
using MimicCxr.V1;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class SelectVerbTests
{
    private static readonly Selection Some = new()
    {
        Id = 4,
        Name = "some",
        Dataset = "mimic-cxr-jpg/2.1.0",
        Images = 15_000,
        Studies = 15_000,
        Patients = 1,
        Query = new ImageQuery
        {
            Splits = { "train", "test" },
            Views = { "PA" },
            Where = { "Support Devices=1|-1", "it's" },
            OnePerStudy = true,
            Limit = 15_000,
            Seed = 3,
            Minus = { "other" },
        },
    };

    [Fact]
    public async Task Create_AllOptions_AreWhatTheDaemonIsAsked()
    {
        var (exitCode, run, gateway) = await RunAsync(
            "select", "create", "some", "--split", "train,test", "--view", "PA", "--view", "AP,none", "--label", "Pneumonia=1", "--label", "Edema=", "--where",
            "Fracture=1 or not No Finding=1", "--from", "2150-01-01", "--to", "2160-12-31", "--minus", "a,b", "--one-per-study", "--limit", "15000", "--seed", "-7",
            "--dataset", "mimic-cxr-jpg/2.0.0");
        using (run)
        {
            Assert.Equal((ExitCode.Done, "some: 15,000 images, 15,000 studies, 1 patient of mimic-cxr-jpg/2.1.0\n"), (exitCode, run.Out));
            var request = Assert.IsType<CreateSelectionRequest>(gateway.LastRequest);
            Assert.Equal(("some", "mimic-cxr-jpg/2.0.0"), (request.Name, request.Dataset));
            Assert.Equal(
                new ImageQuery
                {
                    Splits = { "train", "test" },
                    Views = { "PA", "AP", "none" },
                    Where = { "Pneumonia=1", "Edema=", "Fracture=1 or not No Finding=1" },
                    FirstDate = "2150-01-01",
                    LastDate = "2160-12-31",
                    Minus = { "a", "b" },
                    OnePerStudy = true,
                    Limit = 15_000,
                    Seed = -7,
                },
                request.Query);
        }
    }

    [Fact]
    public async Task Create_Sample_HasAShareAndNoLimit()
    {
        var (_, run, gateway) = await RunAsync("select", "create", "some", "--sample", "0.1", "--json");
        using (run)
        {
            Assert.Equal(new ImageQuery { Share = 0.1 }, Assert.IsType<CreateSelectionRequest>(gateway.LastRequest).Query);
            using var json = JsonDocument.Parse(run.Out);
            Assert.Equal((4, 15_000), (json.RootElement.GetProperty("id").GetInt32(), json.RootElement.GetProperty("images").GetInt32()));
        }
    }

    [Fact]
    public async Task Show_Selection_PrintsTheCommandThatMakesIt()
    {
        var (_, run, _) = await RunAsync("select", "show", "some");
        using (run)
        {
            Assert.Equal(
                "mimic-cxr select create some --dataset mimic-cxr-jpg/2.1.0 --split train,test --view PA --where 'Support Devices=1|-1' --where 'it'\\''s' "
                + "--minus other --one-per-study --limit 15000 --seed 3",
                run.Out.TrimEnd().Split('\n')[1]);
        }
    }

    [Fact]
    public async Task Export_Csv_IsTheManifest()
    {
        var (_, run, gateway) = await RunAsync("select", "export", "some");
        using (run)
        {
            Assert.Equal("path,subject_id\n", run.Out);
            Assert.Equal("selections/some/manifest.csv", Assert.IsType<ReadFileRequest>(gateway.LastRequest).Path);
        }
    }

    [Fact]
    public async Task Export_PathsAndJson_OneALine()
    {
        var (_, paths, _) = await RunAsync("select", "export", "some", "--format", "paths");
        var (_, json, _) = await RunAsync("select", "export", "some", "--format", "json");
        using (paths)
        using (json)
        {
            Assert.Equal("files/p10/p10000032/s50414267/a.jpg\nfiles/p10/p10000032/s50414267/b.jpg\n", paths.Out);
            using var first = JsonDocument.Parse(json.Out.Split('\n')[0]);
            Assert.Equal(-1, first.RootElement.GetProperty("labels").GetProperty("negbio").GetProperty("Edema").GetInt32());
            Assert.Equal("2180-05-06", first.RootElement.GetProperty("study_date").GetString());
        }
    }

    [Fact]
    public async Task ListAndDelete_SayWhatThereIs()
    {
        var (_, list, _) = await RunAsync("select", "list");
        var (_, delete, gateway) = await RunAsync("select", "delete", "some");
        using (list)
        using (delete)
        {
            Assert.Equal("some: 15,000 images, 15,000 studies, 1 patient of mimic-cxr-jpg/2.1.0\n", list.Out);
            Assert.Equal("some", Assert.IsType<DeleteSelectionRequest>(gateway.LastRequest).Name);
        }
    }

    [Theory]
    [InlineData("prefetch --selection some")]
    [InlineData("verify --selection some")]
    [InlineData("cost --selection some")]
    public async Task Verbs_Selection_AskForIt(string commandLine)
    {
        var (_, run, gateway) = await RunAsync(commandLine.Split(' '));
        using (run)
        {
            Assert.Equal("some", gateway.Created.FirstOrDefault()?.Selection ?? (gateway.LastRequest as VerifyRequest)?.Selection ?? (gateway.LastRequest as MeasureRequest)?.Selection);
        }
    }

    private static async Task<(ExitCode ExitCode, CliRun Run, FakeGateway Gateway)> RunAsync(params string[] arguments)
    {
        var run = new CliRun();
        var gateway = new FakeGateway();
        gateway.Selections.Add(Some);
        gateway.Reports.Add(new VerifyReport { Ended = true });
        gateway.Chunks.Add(new ReadFileChunk { Data = ByteString.CopyFromUtf8("path,subject_id\n") });
        gateway.Jobs.Add(new Job { Id = "1", State = JobState.Done });
        gateway.Records.Add(Record("a", "PA", LabelState.Positive, LabelState.Uncertain));
        gateway.Records[0].Split = "train";
        gateway.Records[0].StudyDate = "2180-05-06";
        (gateway.Records[0].Rows, gateway.Records[0].Columns) = (3056, 2544);
        gateway.Records.Add(Record("b", "a \"view\", odd", null, null));
        gateway.Records[1].Labelers[0].Labels.Add("No Finding", LabelState.Negative);
        await using var host = await GatewayHost.StartAsync(gateway, run.State);
        return (await run.RunAsync(arguments), run, gateway);
    }

    private static ImageRecord Record(string id, string view, LabelState? chexpert, LabelState? negbio)
    {
        var record = new ImageRecord
        {
            Path = $"files/p10/p10000032/s50414267/{id}.jpg",
            SubjectId = 10_000_032,
            StudyId = 50_414_267,
            DicomId = id,
            View = view,
        };
        foreach (var (labeler, state) in new[] { ("chexpert", chexpert), ("negbio", negbio) })
        {
            var labels = new LabelerRecord { Labeler = labeler };
            if (state is { } given)
            {
                labels.Labels.Add("Edema", given);
            }

            record.Labelers.Add(labels);
        }

        return record;
    }
}
