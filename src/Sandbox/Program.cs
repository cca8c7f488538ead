using System.Runtime.InteropServices;
using MimicCxr.Sandbox.CommandLine;

const string Usage = """
    mimic-cxr-sandbox: synthetic data sets with the layout of MIMIC-CXR, and a stand-in for PhysioNet

      mimic-cxr-sandbox make DIR [--dataset SLUG/VERSION ...] [--patients N] [--images N] [--image-bytes N] [--seed N] [--lists-only]
           [--reports-archive zip|tar.gz]
          writes DIR/SLUG/VERSION; data sets: mimic-cxr-jpg/2.1.0 (default), mimic-cxr-jpg/2.0.0, mimic-cxr/2.1.0, mimic-cxr/2.0.0;
          indiana writes the zip DIR/indiana/2/archive.zip

      mimic-cxr-sandbox serve DIR [--port N] [--user NAME] [--password-env VAR] [--no-agreement NAME:PASSWORD ...]
                              [--hash-ms N] [--session-requests N] [--rate BYTES_PER_SECOND] [--latency MS] [--https]
          serves DIR at /files/ on the loopback address, prints "ready URL", ends on SIGINT or SIGTERM;
          the password of --user (default demo) is read from the variable VAR (default PHYSIONET_PASSWORD)
          a zip of indiana in DIR is served as Kaggle does, at an address of its own, printed before as "kaggle URL": user and password
          are name and key there
          curl URL/_sandbox/log | URL/_sandbox/counters
          curl -X POST URL/_sandbox/faults -d '{"kind":"status","status":503,"path":"*.jpg","share":0.1,"times":1}'
          curl -X POST URL/_sandbox/faults/clear | faults/release | sessions/expire | reset

      mimic-cxr-sandbox make /tmp/sandbox --patients 20 --images 50
      PHYSIONET_PASSWORD=demo mimic-cxr-sandbox serve /tmp/sandbox --port 8080
    """;

using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    switch (args)
    {
        case var _ when args.Contains("--help") || args.Contains("-h"):
            Console.WriteLine(Usage);
            return 0;
        case ["make", ..]:
            await MakeCommand.RunAsync(args.AsMemory(1), stopping.Token).ConfigureAwait(false);
            return 0;
        case ["serve", ..]:
            await ServeCommand.RunAsync(args.AsMemory(1), stopping.Token).ConfigureAwait(false);
            return 0;
        default:
            throw new UsageException("a verb is needed: make or serve");
    }
}
catch (Exception exception) when (exception is UsageException or ArgumentException)
{
    Console.Error.WriteLine($"mimic-cxr-sandbox: {exception.Message} (see --help)");
    return 2;
}
catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or OperationCanceledException)
{
    Console.Error.WriteLine($"mimic-cxr-sandbox: {exception.Message}");
    return 1;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.Cancel();
}
