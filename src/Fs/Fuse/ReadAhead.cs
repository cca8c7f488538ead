using System.Globalization;
using Microsoft.Extensions.Logging;

namespace MimicCxr.Fs.Fuse;

/// <summary>The read-ahead of a mount. INIT can only lower it, so it is written to /sys afterwards.</summary>
internal static class ReadAhead
{
    /// <summary>Sets it where that is allowed; a mount without works, with READs of 128 KiB.</summary>
    public static void TrySet(string device, int kiB, ILogger logger)
    {
        try
        {
            File.WriteAllText($"/sys/class/bdi/{device}/read_ahead_kb", kiB.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            logger.LogDebug("The read-ahead of the mount stays as it is ({Reason})", exception.GetType().Name);
        }
    }
}
