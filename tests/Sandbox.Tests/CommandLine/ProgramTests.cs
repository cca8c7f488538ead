using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace MimicCxr.Sandbox.Tests.CommandLine;

public sealed class ProgramTests(SampleDataSets samples)
{
    private const string Readme = "/files/mimic-cxr-jpg/2.1.0/README";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "a verb is needed")]
    [InlineData("make", "a folder is needed")]
    [InlineData("make DIR --images many", "--images is 'many'")]
    [InlineData("make DIR --images 3 --patients 5", "Images is 3")]
    [InlineData("make DIR --dataset mimic-iv/1.0", "data set 'mimic-iv/1.0'")]
    [InlineData("make DIR --colour red", "unknown option '--colour'")]
    [InlineData("serve /nowhere/at/all", "does not exist")]
    [InlineData("serve DIR", "PHYSIONET_PASSWORD")]
    [InlineData("serve DIR --port 70000", "--port is 70000")]
    [InlineData("serve DIR --port", "'--port' needs a value")]
    public async Task Run_WrongArguments_SaysWhatIsWrongAndEndsWith2(string arguments, string message)
    {
        using var folder = new TemporaryFolder();
        using var process = Start(arguments.Replace("DIR", folder.Path, StringComparison.Ordinal));
        var error = await process.StandardError.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);

        Assert.Equal(2, process.ExitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private const string Download = "/api/v1/datasets/download/raddar/chest-xrays-indiana-university";

    [Fact]
    public async Task Make_TwoDataSets_WritesBoth()
    {
        using var folder = new TemporaryFolder();
        using var process = Start($"make {folder.Path} --patients 3 --images 6 --image-bytes 4000 --seed 2 --dataset mimic-cxr-jpg/2.1.0 --dataset mimic-cxr/2.1.0");
        var output = await process.StandardOutput.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);

        Assert.Equal(0, process.ExitCode);
        Assert.Contains("mimic-cxr/2.1.0: 3 patients", output, StringComparison.Ordinal);
        Assert.Equal(6, Directory.GetFiles(folder.Path, "*.jpg", SearchOption.AllDirectories).Length);
        Assert.Equal(6, Directory.GetFiles(folder.Path, "*.dcm", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task MakeAndServe_Indiana_GivesItsArchiveAsKaggleDoes()
    {
        using var folder = new TemporaryFolder();
        using (var make = Start($"make {folder.Path} --patients 2 --images 4 --image-bytes 4000 --dataset indiana"))
        {
            await make.WaitForExitAsync(Cancelled);
            Assert.Equal(0, make.ExitCode);
        }

        using var process = Start($"serve {folder.Path} --user carol --password-env CAROL --hash-ms 0", ("CAROL", "secret"));
        var kaggle = (await process.StandardOutput.ReadLineAsync(Cancelled))!.Split(' ');
        Assert.StartsWith("ready", await process.StandardOutput.ReadLineAsync(Cancelled), StringComparison.Ordinal);
        Assert.Equal("kaggle", kaggle[0]);
        using var client = new HttpClient { BaseAddress = new Uri(kaggle[1]) };
        using var refused = await client.GetAsync(Download, Cancelled);
        Assert.Equal(401, (int)refused.StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("carol:secret"u8));
        var archive = await client.GetByteArrayAsync(Download, Cancelled);

        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder.Path, "indiana/2/archive.zip"), Cancelled), archive);
        process.Kill();
    }

    [Fact]
    public async Task Serve_SteeredOverHttp_CountsFaultsAndEndsWith0OnSigterm()
    {
        using var process = Start($"serve {samples.Root} --user carol --password-env CAROL --hash-ms 0 --no-agreement dave:pw", ("CAROL", "secret"));
        var ready = (await process.StandardOutput.ReadLineAsync(Cancelled))!.Split(' ');
        Assert.Equal("ready", ready[0]);
        using var client = new HttpClient { BaseAddress = new Uri(ready[1]) };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("Wget/1.21");

        Assert.Equal(403, await StatusAsync(client, "dave:pw"));
        await PostAsync(client, "faults", """[{"kind":"status","status":503,"path":"*/README","times":1}]""");
        Assert.Equal(503, await StatusAsync(client, "carol:secret"));
        Assert.Equal(200, await StatusAsync(client, "carol:secret"));
        await PostAsync(client, "sessions/expire", "");

        var counters = await client.GetFromJsonAsync<JsonElement>("/_sandbox/counters", Cancelled);
        Assert.Equal(1, counters.GetProperty("gets").GetProperty(Readme).GetInt32());
        Assert.Equal(1, counters.GetProperty("requestsByStatus").GetProperty("503").GetInt32());
        Assert.Equal(2, counters.GetProperty("passwordHashes").GetInt32());
        var log = await client.GetFromJsonAsync<JsonElement[]>("/_sandbox/log", Cancelled);
        Assert.Equal([403, 503, 200], log!.Select(entry => entry.GetProperty("status").GetInt32()));
        Assert.True(log![0].GetProperty("hadPassword").GetBoolean());

        using var broken = await client.PostAsync("/_sandbox/faults", new StringContent("""{"kind":"magic"}"""), Cancelled);
        Assert.Equal(400, (int)broken.StatusCode);
        using var unknown = await client.PostAsync("/_sandbox/nothing", null, Cancelled);
        Assert.Equal(404, (int)unknown.StatusCode);
        await PostAsync(client, "reset", "");
        Assert.Empty((await client.GetFromJsonAsync<JsonElement[]>("/_sandbox/log", Cancelled))!);

        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(Cancelled);
        Assert.Equal(0, process.ExitCode);
    }

    private static async Task<int> StatusAsync(HttpClient client, string account)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Readme);
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(account)));
        using var response = await client.SendAsync(request, Cancelled);
        return (int)response.StatusCode;
    }

    private static async Task PostAsync(HttpClient client, string command, string body)
    {
        using var response = await client.PostAsync("/_sandbox/" + command, new StringContent(body), Cancelled);
        response.EnsureSuccessStatusCode();
    }

    private static Process Start(string arguments, params (string Name, string Value)[] environment)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "mimic-cxr-sandbox.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("PHYSIONET_PASSWORD");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
