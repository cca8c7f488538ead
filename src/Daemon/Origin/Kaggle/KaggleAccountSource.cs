using System.Text.Json;

namespace MimicCxr.Daemon.Origin.Kaggle;

/// <summary>
/// Finds the account as Kaggle's own programs do: KAGGLE_API_TOKEN; KAGGLE_USERNAME and KAGGLE_KEY; access_token or kaggle.json in the
/// folder KAGGLE_CONFIG_DIR, else in ~/.kaggle, else in ~/.config/kaggle. Looked up anew each time, so that a new key takes effect in a running daemon.
/// </summary>
internal sealed class KaggleAccountSource(IReadOnlyDictionary<string, string> environment)
{
    /// <summary>The account, or null where none is known.</summary>
    /// <exception cref="OriginException">A file that may hold it cannot be read.</exception>
    public KaggleAccount? Find()
    {
        if (Variable("KAGGLE_API_TOKEN") is { } token)
        {
            return new KaggleAccount(null, token);
        }

        if (Variable("KAGGLE_USERNAME") is { } name && Variable("KAGGLE_KEY") is { } key)
        {
            return new KaggleAccount(name, key);
        }

        foreach (var folder in Folders())
        {
            var found = Read(Path.Combine(folder, "access_token"), FromToken) ?? Read(Path.Combine(folder, "kaggle.json"), FromJson);
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    private IEnumerable<string> Folders()
    {
        if (Variable("KAGGLE_CONFIG_DIR") is { } named)
        {
            return [named];
        }

        var home = Variable("HOME");
        string?[] folders = [
            home is null ? null : Path.Combine(home, ".kaggle"),
            Variable("XDG_CONFIG_HOME") is { } config ? Path.Combine(config, "kaggle") : home is null ? null : Path.Combine(home, ".config", "kaggle")];
        return folders.OfType<string>();
    }

    private string? Variable(string name) => environment.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    private static KaggleAccount? Read(string path, Func<byte[], KaggleAccount?> read)
    {
        try
        {
            return File.Exists(path) ? read(File.ReadAllBytes(path)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OriginException(OriginError.NotSignedIn, $"Kaggle's account cannot be read from {path}: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new OriginException(
                OriginError.NotSignedIn, $"{path} is not what Kaggle gives out: a JSON object with username and key. Create a new token at Kaggle (Settings, API).", e);
        }
    }

    private static KaggleAccount? FromToken(byte[] bytes) =>
        System.Text.Encoding.UTF8.GetString(bytes).Trim() is { Length: > 0 } token ? new KaggleAccount(null, token) : null;

    private static KaggleAccount FromJson(byte[] bytes)
    {
        using var json = JsonDocument.Parse(bytes);
        return new KaggleAccount(Text("username"), Text("key"));

        string Text(string name) => json.RootElement.TryGetProperty(name, out var value) && value.GetString() is { Length: > 0 } text
            ? text
            : throw new JsonException(name);
    }
}
