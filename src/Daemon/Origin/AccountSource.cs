using System.Text.Json;

namespace MimicCxr.Daemon.Origin;

/// <summary>
/// Finds the account: PHYSIONET_USERNAME and PHYSIONET_PASSWORD, else the netrc entry of the origin's host, else
/// what <c>login</c> kept. Looked up anew at each login, so that a <c>login</c> takes effect in a running daemon.
/// </summary>
internal sealed class AccountSource(string host, string keptPath, IReadOnlyDictionary<string, string> environment)
{
    /// <summary>The account, or null where none is known.</summary>
    public Account? Find() => FromEnvironment() ?? FromNetrc() ?? FromLogin();

    private Account? FromEnvironment() =>
        environment.TryGetValue("PHYSIONET_USERNAME", out var name) && environment.TryGetValue("PHYSIONET_PASSWORD", out var password)
            ? new Account(name, password)
            : null;

    private Account? FromNetrc()
    {
        var path = environment.TryGetValue("NETRC", out var named) ? named
            : environment.TryGetValue("HOME", out var home) ? Path.Combine(home, ".netrc") : null;
        return path is not null && File.Exists(path) ? Netrc.Find(File.ReadAllText(path), host) : null;
    }

    private Account? FromLogin()
    {
        if (!File.Exists(keptPath))
        {
            return null;
        }

        using var kept = JsonDocument.Parse(File.ReadAllBytes(keptPath));
        return kept.RootElement.TryGetProperty("username", out var name) && kept.RootElement.TryGetProperty("password", out var password)
            ? new Account(name.GetString()!, password.GetString()!)
            : null;
    }
}
