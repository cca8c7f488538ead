using System.Text.Json;

namespace MimicCxr.Daemon.Origin.PhysioNet;

/// <summary>
/// Finds the account: PHYSIONET_USERNAME and PHYSIONET_PASSWORD, else the netrc entry of the origin's host, else
/// what <c>login</c> kept. Looked up anew at each login, so that a <c>login</c> takes effect in a running daemon.
/// </summary>
internal sealed class AccountSource(string host, string keptPath, IReadOnlyDictionary<string, string> environment)
{
    /// <summary>The account, or null where none is known.</summary>
    /// <exception cref="OriginException">A file that may hold it cannot be read.</exception>
    public Account? Find()
    {
        try
        {
            return FromEnvironment() ?? FromNetrc() ?? FromLogin();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OriginException(OriginError.NotSignedIn, $"The account for {host} cannot be read: {e.Message} Correct that, or set PHYSIONET_USERNAME and PHYSIONET_PASSWORD.", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new OriginException(OriginError.NotSignedIn, $"The account that was kept for {host} is damaged. Run 'mimic-cxr login' again.", e);
        }
    }

    private Account? FromEnvironment() =>
        environment.TryGetValue("PHYSIONET_USERNAME", out var name) && name.Length > 0
            && environment.TryGetValue("PHYSIONET_PASSWORD", out var password) && password.Length > 0
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
            ? new Account(Text(name), Text(password))
            : null;

        static string Text(JsonElement value) => value.GetString() ?? throw new JsonException("null");
    }
}
