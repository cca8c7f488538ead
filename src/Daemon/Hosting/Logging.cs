using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Telemetry;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace MimicCxr.Daemon.Hosting;

/// <summary>Sets the log up: STATE/daemon.log, redacted, a few files of bounded size.</summary>
internal static class Logging
{
    private const long LargestFile = 16 << 20;
    private const int FilesKept = 3;

    /// <summary>The provider to log through; disposing it writes what is buffered.</summary>
    public static ILoggerProvider Create(DaemonOptions options) => new SerilogLoggerProvider(
        new LoggerConfiguration()
            .MinimumLevel.Is(options.LogLevel)
            // The web server tells nothing that helps here, and much of what it is sent.
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .WriteTo.File(
                new RedactingFormatter(),
                options.State.Log,
                fileSizeLimitBytes: LargestFile,
                rollOnFileSizeLimit: true,
                retainedFileCountLimit: FilesKept)
            .CreateLogger(),
        dispose: true);
}
