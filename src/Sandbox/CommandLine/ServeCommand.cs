using MimicCxr.Sandbox.DataSets;
using MimicCxr.Sandbox.Kaggle;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Sandbox.CommandLine;

/// <summary>The verb "serve": a stand-in for PhysioNet until SIGINT or SIGTERM.</summary>
internal static class ServeCommand
{
    private const string DefaultUser = "demo";
    private const string DefaultPasswordVariable = "PHYSIONET_PASSWORD";
    private const int LargestPort = 65_535;

    /// <summary>Runs the verb.</summary>
    public static async Task RunAsync(ReadOnlyMemory<string> arguments, CancellationToken cancellationToken)
    {
        var given = new Arguments(
            arguments.Span,
            ["port", "user", "password-env", "no-agreement", "hash-ms", "session-requests", "rate", "latency"],
            ["https"]);
        var options = ReadOptions(given);
        await using var server = new FakePhysioNet(options);
        var archive = IndianaArchive.PathBelow(given.Folder);
        await using var kaggle = File.Exists(archive) ? new FakeKaggle(new FakeKaggleOptions { Archive = archive, Accounts = options.Accounts }) : null;
        if (kaggle is not null)
        {
            await kaggle.StartAsync(cancellationToken).ConfigureAwait(false);
            Console.WriteLine($"kaggle {kaggle.BaseAddress.GetLeftPart(UriPartial.Authority)}");
        }

        await server.StartAsync(cancellationToken).ConfigureAwait(false);
        Console.WriteLine($"ready {server.BaseAddress.GetLeftPart(UriPartial.Authority)}");
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static FakePhysioNetOptions ReadOptions(Arguments given)
    {
        if (!Directory.Exists(given.Folder))
        {
            throw new UsageException($"folder '{given.Folder}' does not exist; make one with: mimic-cxr-sandbox make {given.Folder}");
        }

        var port = given.Number("port") ?? 0;
        if (port > LargestPort)
        {
            throw new UsageException($"--port is {port}; allowed: 0 (any free one) to {LargestPort}");
        }

        return new FakePhysioNetOptions
        {
            Folder = given.Folder,
            Accounts = ReadAccounts(given),
            Port = port,
            Https = given.Has("https"),
            PasswordCost = TimeSpan.FromMilliseconds(given.Number("hash-ms") ?? 100),
            SessionRequests = given.Number("session-requests"),
            BytesPerSecond = given.Number("rate") is { } rate and > 0 ? rate : null,
            Latency = TimeSpan.FromMilliseconds(given.Number("latency") ?? 0),
        };
    }

    private static List<FakeAccount> ReadAccounts(Arguments given)
    {
        var variable = given.Text("password-env") ?? DefaultPasswordVariable;
        var password = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(password))
        {
            throw new UsageException($"the environment variable {variable} holds no password");
        }

        var accounts = new List<FakeAccount> { new(given.Text("user") ?? DefaultUser, password) };
        foreach (var text in given.All("no-agreement"))
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            accounts.Add(colon > 0
                ? new FakeAccount(text[..colon], text[(colon + 1)..], SignedDataSets: [])
                : throw new UsageException("--no-agreement needs NAME:PASSWORD"));
        }

        return accounts.DistinctBy(account => account.Name).Count() == accounts.Count
            ? accounts
            : throw new UsageException("two accounts have the same name");
    }
}
