using System.Diagnostics;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;
using Status = MimicCxr.V1.Status;

namespace MimicCxr.Cli.Demo;

/// <summary>One demo from its data set to the end of its daemon. Disposing of it takes everything away again.</summary>
internal sealed class DemoSession(CliHost host, DemoPlace place) : IAsyncDisposable
{
    private const int Pictures = 40;
    private static readonly TimeSpan PatienceForStop = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PatienceForUploads = TimeSpan.FromSeconds(10);

    private readonly DemoView _view = new(host.Terminal);
    private DemoOrigin? _origin;
    private RunningDaemon? _daemon;

    /// <summary>Makes, serves and mounts the data set.</summary>
    public async Task SetUpAsync(CancellationToken cancellationToken)
    {
        _view.Begin();
        var started = Stopwatch.GetTimestamp();
        _origin = await DemoOrigin.StartAsync(place.DataSets, cancellationToken);
        var dataSet = _origin.DataSet;
        _view.Step(
            "data set",
            $"{dataSet.Patients} patients, {dataSet.Studies} studies, {dataSet.Images} JPEGs of {Quantity.Bytes(dataSet.ImageBytes)}, "
            + $"lists, tables and reports, made in {Since(started)}");
        _view.Step("origin", $"{_origin.Address} stands in for PhysioNet: sign-in, agreement, slow password check");

        started = Stopwatch.GetTimestamp();
        _daemon = await new DaemonStarter(host, place.State).EnsureAsync(
            ["--origin", _origin.Address.ToString().TrimEnd('/')], DemoOrigin.DaemonEnvironment(), cancellationToken);
        _view.Step("daemon", $"process {_daemon.ProcessId} with a folder as its store, started in {Since(started)}");

        started = Stopwatch.GetTimestamp();
        var response = await _daemon.Connection.Client.MountAsync(
            new MountRequest { Mountpoint = place.MountPoint }, cancellationToken: cancellationToken);
        var counts = DemoCounts.Of(_origin);
        _view.Step(
            "mount",
            $"{response.Mount.Dataset} at {place.MountPoint} in {Since(started)}, its lists and what reports there are fetched with "
            + $"{Quantity.Count(counts.Requests, "request", "requests")} and {Quantity.Count(counts.PasswordChecks, "password check", "password checks")}");
    }

    /// <summary>Reads pictures twice and shows what that cost.</summary>
    public async Task ShowAsync(CancellationToken cancellationToken)
    {
        var reading = await DemoReading.PrepareAsync(place.MountPoint, Pictures);
        var before = DemoCounts.Of(_origin!);
        var first = await reading.ReadAsync(cancellationToken);
        var between = DemoCounts.Of(_origin!);
        var second = await reading.ReadAsync(cancellationToken);
        var after = DemoCounts.Of(_origin!);

        _view.Compare(first, second, between.Since(before), after.Since(between));
        _view.Kept(await WaitForUploadsAsync(cancellationToken));
        if (first.Right != first.Files || second.Right != second.Files)
        {
            throw new CliException(ExitCode.Failed, "some pictures did not have the checksum of the list");
        }
    }

    /// <summary>Tells what to try, and waits for Ctrl-C.</summary>
    public async Task LeaveMountedAsync(CancellationToken cancellationToken)
    {
        _view.Invite(place, Path.Combine(host.ProgramDirectory, "mimic-cxr"));
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, host.Time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            host.Terminal.Note("the demo ends");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            // The daemon unmounts when it ends, also what a shell still stands in.
            _daemon.Dispose();
            var end = await new DaemonStopper(place.State, host.Time).StopAsync(PatienceForStop, CancellationToken.None);
            if (end is DaemonEnd.HeldByOpenFiles or DaemonEnd.StillAnswers)
            {
                await KillAsync(_daemon.ProcessId);
            }
        }

        if (_origin is not null)
        {
            await _origin.DisposeAsync();
        }

        place.Dispose();
    }

    private static async Task KillAsync(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
        catch (ArgumentException)
        {
            // It has ended after all.
        }
    }

    private async Task<Status> WaitForUploadsAsync(CancellationToken cancellationToken)
    {
        var started = host.Time.GetTimestamp();
        while (true)
        {
            var status = await _daemon!.Connection.GetStatusAsync(cancellationToken);
            if (status.Store is not { PendingUploads: > 0 } || host.Time.GetElapsedTime(started) > PatienceForUploads)
            {
                return status;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), host.Time, cancellationToken);
        }
    }

    private static string Since(long started) => Quantity.Duration(Stopwatch.GetElapsedTime(started));
}
