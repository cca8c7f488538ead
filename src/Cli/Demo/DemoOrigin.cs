using MimicCxr.Sandbox.DataSets;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Cli.Demo;

/// <summary>A synthetic data set and a stand-in for PhysioNet that serves it from this process.</summary>
internal sealed class DemoOrigin : IAsyncDisposable
{
    private const string Name = "demo";
    private const string Password = "demo-password";
    private readonly FakePhysioNet _server;

    private DemoOrigin(FakePhysioNet server, SyntheticDataSetCounts dataSet) => (_server, DataSet) = (server, dataSet);

    /// <summary>What was made.</summary>
    public SyntheticDataSetCounts DataSet { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address => _server.BaseAddress;

    /// <summary>Requests for files so far.</summary>
    public int Requests => _server.Log.Entries.Count;

    /// <summary>How often the password was checked, the slow way.</summary>
    public long PasswordChecks => _server.Log.PasswordHashes;

    /// <summary>Writes the data set below <paramref name="folder"/> and starts to serve it.</summary>
    public static async Task<DemoOrigin> StartAsync(string folder, CancellationToken cancellationToken)
    {
        var options = new SyntheticDataSetOptions { Patients = 100, Images = 250, ImageBytes = 60_000 };
        var dataSet = await SyntheticDataSet.WriteAsync(folder, options, cancellationToken);

        // The reports are published with the DICOM files, so a mount of the JPEGs takes them from there.
        await SyntheticDataSet.WriteAsync(
            folder, options with { DataSet = DataSetName.Dicom210, ListsOnly = true }, cancellationToken);
        var server = new FakePhysioNet(new FakePhysioNetOptions { Folder = folder, Accounts = [new FakeAccount(Name, Password)] });
        try
        {
            await server.StartAsync(cancellationToken);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return new(server, dataSet);
    }

    /// <summary>
    /// What differs in the daemon's environment: the demo's account, and none of the user's own options, lest the demo
    /// put its pictures into a real bucket, or its requests through a proxy.
    /// </summary>
    public static IReadOnlyDictionary<string, string?> DaemonEnvironment()
    {
        var changes = new Dictionary<string, string?>();
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
        {
            if (name.StartsWith("MIMIC_CXR_", StringComparison.Ordinal) || name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase))
            {
                changes[name] = null;
            }
        }

        changes["PHYSIONET_USERNAME"] = Name;
        changes["PHYSIONET_PASSWORD"] = Password;
        return changes;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
