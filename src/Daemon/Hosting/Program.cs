using System.Collections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Api;
using MimicCxr.Daemon.Telemetry;
using MimicCxr.Rpc.Hosting;
using MimicCxr.Rpc.Server;
using MimicCxr.Rpc.Services;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace MimicCxr.Daemon.Hosting;

/// <summary><c>mimic-cxrd</c>: reads options, puts the daemon together, serves until it is told to end.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        try
        {
            var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
                .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");
            var options = OptionsValidator.Validate(OptionsReader.Read(args, environment));
            await RunAsync(options, environment).ConfigureAwait(false);
            return (int)ExitCode.Done;
        }
        catch (StartException e)
        {
            await Console.Error.WriteLineAsync("mimic-cxrd: " + e.Message).ConfigureAwait(false);
            return (int)e.ExitCode;
        }
#pragma warning disable CA1031 // The end of the road: a message instead of a core dump.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync("mimic-cxrd: " + RedactingFormatter.Redact(e.Message)).ConfigureAwait(false);
            return (int)ExitCode.Failed;
        }
    }

    private static async Task RunAsync(DaemonOptions options, Dictionary<string, string> environment)
    {
        using var stateLock = options.State.Lock();
        // Empty: the other builders read appsettings.json of whatever folder this was started in, and watch all below it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logging.Create(options));
        builder.Services.AddRpc();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));
        builder.WebHost.UseUnixSocket(options.State.Socket);
        var app = builder.Build();
        await using (app.ConfigureAwait(false))
        {
            var composition = new Composition(options, environment, app.Services.GetRequiredService<ILoggerFactory>(), TimeProvider.System);
            await using (composition.ConfigureAwait(false))
            {
                var storeCheck = composition.CheckStoreAsync(app.Lifetime.ApplicationStopping);
                MapServices(app, composition);
                if (await storeCheck.ConfigureAwait(false) is { } warning)
                {
                    await Console.Error.WriteLineAsync("mimic-cxrd: " + warning).ConfigureAwait(false);
                }

                await app.StartAsync().ConfigureAwait(false);
                _ = composition.DataSets.OpenKnownAsync();
                composition.Jobs.Resume();
                app.Logger.LogInformation("Started: {DataSet} from {Origin}, store {Store}.", options.DataSet.Id, composition.Origin.Url, composition.Store.Url);
                await Console.Out.WriteLineAsync("ready " + options.State.Socket).ConfigureAwait(false);
                await app.WaitForShutdownAsync().ConfigureAwait(false);
                app.Logger.LogInformation("Ending.");
            }
        }
    }

    private static void MapServices(WebApplication app, Composition composition)
    {
        var health = new HealthService();
        health.SetStatus("", ServingStatus.Serving);
        health.SetStatus(V1.Gateway.Descriptor.FullName, ServingStatus.Serving);
        app.MapGrpc(V1.Gateway.BindService(new GatewayService(composition, app.Lifetime.ApplicationStopping)));
        app.MapGrpc(Grpc.Health.V1.Health.BindService(health));
        app.MapGrpc(Grpc.Reflection.V1.ServerReflection.BindService(
            new ReflectionService([V1.Gateway.Descriptor, Grpc.Health.V1.Health.Descriptor])));
    }
}
