using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Api;
using MimicCxr.Daemon.Hosting;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Rpc.Client;
using MimicCxr.Rpc.Hosting;
using MimicCxr.Rpc.Server;
using MimicCxr.Sandbox.DataSets;
using MimicCxr.Sandbox.PhysioNet;
using MimicCxr.V1;

namespace MimicCxr.Daemon.Tests.Api;

/// <summary>A daemon's API on its unix socket, in this process, over a stand-in for PhysioNet with a synthetic data set.</summary>
public sealed class GatewayHost : IAsyncLifetime
{
    public const string DataSet = "mimic-cxr-jpg/2.1.0";

    private readonly TemporaryFolder _folder = new();
    private WebApplication _app = null!;
    private Composition _daemon = null!;
    private GrpcChannel _channel = null!;

    public FakePhysioNet Server { get; private set; } = null!;

    public Gateway.GatewayClient Client { get; private set; } = null!;

    /// <summary>The name of some image, relative to the data set's root.</summary>
    public string Image { get; private set; } = "";

    /// <summary>The origin's bytes of a file.</summary>
    public byte[] Bytes(string name) => File.ReadAllBytes(_folder[$"origin/{DataSet}/{name}"]);

    /// <summary>All names of the data set, in the order of their bytes.</summary>
    public IEnumerable<string> Names() => Directory.EnumerateFiles(_folder[$"origin/{DataSet}"], "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(_folder[$"origin/{DataSet}"], path)).Order(StringComparer.Ordinal);

    /// <summary>The names of the tables that are there unpacked as well.</summary>
    public IReadOnlyList<string> Tables() => [.. Names().Where(name => name.EndsWith(".csv.gz", StringComparison.Ordinal)).Select(name => name[..^".gz".Length])];

    public async ValueTask InitializeAsync()
    {
        await SyntheticDataSet.WriteAsync(
            _folder["origin"], new SyntheticDataSetOptions { Patients = 3, Images = 8, ImageBytes = 30_000 }, TestContext.Current.CancellationToken);
        Image = Names().First(name => name.EndsWith(".jpg", StringComparison.Ordinal));
        Server = new FakePhysioNet(new FakePhysioNetOptions
        {
            Folder = _folder["origin"],
            Accounts = [new FakeAccount(PhysioNet.User, PhysioNet.Password)],
            PasswordCost = TimeSpan.Zero,
        });
        await Server.StartAsync(TestContext.Current.CancellationToken);

        var environment = new Dictionary<string, string>
        {
            ["PHYSIONET_USERNAME"] = PhysioNet.User,
            ["PHYSIONET_PASSWORD"] = PhysioNet.Password,
        };
        string[] args = ["--state-dir", _folder["state"], "--origin", Server.BaseAddress.ToString()];
        var options = OptionsValidator.Validate(OptionsReader.Read(args, environment));
        Directory.CreateDirectory(options.State.Root);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRpc();
        builder.WebHost.UseUnixSocket(options.State.Socket);
        _app = builder.Build();
        _daemon = new Composition(options, environment, _app.Services.GetRequiredService<ILoggerFactory>(), TimeProvider.System);
        await _daemon.CheckStoreAsync(TestContext.Current.CancellationToken);
        _app.MapGrpc(Gateway.BindService(new GatewayService(_daemon, _app.Lifetime.ApplicationStopping)));
        await _app.StartAsync(TestContext.Current.CancellationToken);
        _channel = GrpcChannel.ForUnixSocket(options.State.Socket);
        Client = new Gateway.GatewayClient(_channel);
    }

    public async ValueTask DisposeAsync()
    {
        Server.Faults.Clear();
        _channel.Dispose();
        await _app.DisposeAsync();
        await _daemon.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
