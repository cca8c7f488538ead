using System.Globalization;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Archives;

/// <summary>
/// That the origin refused an archive, kept over a restart: a daemon that comes back to a warm cache asks the origin for nothing. For a
/// short time only, and for the first who asks, since the user may have signed the agreement meanwhile.
/// </summary>
internal static class KeptRefusal
{
    private const int Lines = 3;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Keeps a refusal.</summary>
    public static void Write(string path, OriginException refusal, DateTimeOffset now)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllLines(
                path, [now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), refusal.Error.ToString(), refusal.Message.ReplaceLineEndings(" ")]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next run asks again.
        }
    }

    /// <summary>The refusal of a moment ago.</summary>
    /// <returns>Null when there is none, or only an old one.</returns>
    public static OriginException? TryRead(string path, DateTimeOffset now)
    {
        try
        {
            var lines = File.ReadAllLines(path);
            return lines.Length == Lines
                && long.TryParse(lines[0], CultureInfo.InvariantCulture, out var at)
                && Enum.TryParse<OriginError>(lines[1], out var error)
                && now.ToUnixTimeSeconds() - at is >= 0 and var age
                && age < Lifetime.TotalSeconds
                ? new OriginException(error, lines[2])
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
