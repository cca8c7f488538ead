using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>
/// A test with real processes: its folder, its origin, its daemons. Whatever happens they end with it; and no
/// test passes whose daemons named a patient, a study or an image in what they logged or printed.
/// </summary>
public abstract class EndToEndTest : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly List<DaemonProcess> _daemons = [];

    private protected Workspace Workspace { get; } = new();

    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        Requires.Mounting();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var errors = new List<Exception>();
        var named = new List<string>();
        foreach (var daemon in _daemons)
        {
            await TryAsync(daemon, errors);
            named.AddRange(Identifiers.FindIn(daemon.LogFiles.SelectMany(File.ReadLines)));
            named.AddRange(Identifiers.FindIn(daemon.Printed.Split('\n')));
            if (TestContext.Current.TestState?.Result == TestResult.Failed)
            {
                Show(daemon);
            }
        }

        foreach (var server in _servers)
        {
            await TryAsync(server, errors);
        }

        await TryAsync(Workspace, errors);
        Assert.True(named.Count == 0, $"{named.Count} lines name a patient, a study or an image:\n{string.Join('\n', named.Take(5))}");
        if (errors.Count > 0)
        {
            throw new AggregateException(errors);
        }
    }

    /// <summary>Starts an origin that is there until the test's end.</summary>
    private protected async Task<OriginServer> StartOriginAsync(int images, int imageBytes)
    {
        var origin = await OriginServer.StartAsync(images, imageBytes);
        _servers.Add(origin);
        return origin;
    }

    /// <summary>Starts an origin that is there until the test's end.</summary>
    private protected async Task<OriginServer> StartOriginAsync(SyntheticDataSetOptions options)
    {
        var origin = await OriginServer.StartAsync(options, withReports: false, signed: null);
        _servers.Add(origin);
        return origin;
    }

    /// <summary>Starts an origin that is there until the test's end, with the reports of mimic-cxr.</summary>
    private protected async Task<OriginServer> StartOriginWithReportsAsync(SyntheticDataSetOptions options, IReadOnlyList<string>? signed = null)
    {
        var origin = await OriginServer.StartAsync(options, withReports: true, signed);
        _servers.Add(origin);
        return origin;
    }

    /// <summary>Starts a Kaggle with the Indiana collection that is there until the test's end.</summary>
    private protected async Task<KaggleServer> StartKaggleAsync(int images, int imageBytes, int? addressRequests = null)
    {
        var kaggle = await KaggleServer.StartAsync(images, imageBytes, addressRequests);
        _servers.Add(kaggle);
        return kaggle;
    }

    /// <summary>Puts a gate before a server.</summary>
    private protected TcpGate Guard(Uri server)
    {
        var gate = TcpGate.Before(server);
        _servers.Add(gate);
        return gate;
    }

    /// <summary>Starts a daemon whose state directory is <paramref name="name"/> in the workspace.</summary>
    private protected Task<DaemonProcess> StartDaemonAsync(
        OriginServer origin, IReadOnlyList<string>? options = null, IReadOnlyDictionary<string, string>? credentials = null, string name = "state") =>
        StartDaemonAsync(["--origin", origin.Url.ToString(), .. options ?? []], Joined(origin.Account, credentials), name);

    /// <summary>Starts a daemon whose options name its origin.</summary>
    private protected async Task<DaemonProcess> StartDaemonAsync(
        IReadOnlyList<string> options, IReadOnlyDictionary<string, string> variables, string name = "state", NetworkNamespace? network = null)
    {
        // Nothing of the user who runs the tests: no netrc, no configuration.
        var environment = new Dictionary<string, string>(variables)
        {
            ["HOME"] = Workspace.Folder("home"),
            ["MIMIC_CXR_LOG_LEVEL"] = "trace",
        };
        var daemon = new DaemonProcess(Workspace.Folder(name), options, environment, network);
        _daemons.Add(daemon);
        await daemon.StartAsync();
        return daemon;
    }

    /// <summary>
    /// Starts a daemon as on a machine of its own, with its own state directory and its own network: from there the origin and
    /// the bucket can be reached, nothing else.
    /// </summary>
    private protected async Task<DaemonProcess> StartMachineAsync(OriginServer origin, S3Bucket bucket, string prefix, string name, params string[] options)
    {
        var network = await NetworkNamespace.CreateAsync();
        _servers.Add(network);
        var toOrigin = new TcpGate(origin.Url, await network.ListenAsync());
        _servers.Add(toOrigin);
        var toBucket = new TcpGate(bucket.Endpoint, await network.ListenAsync());
        _servers.Add(toBucket);
        return await StartDaemonAsync(
            ["--origin", toOrigin.Url.ToString(), .. bucket.StoreOptions(prefix, toBucket.Url), .. options], Joined(origin.Account, bucket.Credentials), name, network);
    }

    private static Dictionary<string, string> Joined(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string>? other) =>
        one.Concat(other ?? new Dictionary<string, string>()).ToDictionary();

    private static async Task TryAsync(IAsyncDisposable disposable, List<Exception> errors)
    {
        try
        {
            await disposable.DisposeAsync();
        }
        catch (Exception error)
        {
            errors.Add(error);
        }
    }

    private static void Show(DaemonProcess daemon)
    {
        var output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"printed by the daemon of {daemon.State}:\n{daemon.Printed}");
        foreach (var file in daemon.LogFiles)
        {
            output?.WriteLine($"end of {file}:\n{string.Join('\n', File.ReadLines(file).TakeLast(60))}");
        }
    }
}
