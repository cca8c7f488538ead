using Grpc.Core;
using MimicCxr.Daemon.Tree;
using MimicCxr.Daemon.Tree.Layers;

namespace MimicCxr.Daemon.Api;

/// <content>Mounts.</content>
internal sealed partial class GatewayService
{
    /// <inheritdoc/>
    public override Task<V1.MountResponse> Mount(V1.MountRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        if (!Path.IsPathRooted(request.Mountpoint))
        {
            throw new ArgumentException($"The mount point '{request.Mountpoint}' is not an absolute path.");
        }

        var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
        await ShowAsync(dataSet).ConfigureAwait(false);
        if (request.Reports.Length > 0)
        {
            dataSet = Place(dataSet, ReportPlacesNames.Parse(request.Reports));
        }

        var mounted = await daemon.Mounts.MountAsync(request.Mountpoint, dataSet, context.CancellationToken).ConfigureAwait(false);
        return new V1.MountResponse { Mount = StatusReport.ToMessage(mounted) };
    });

    /// <inheritdoc/>
    public override Task<V1.UnmountResponse> Unmount(V1.UnmountRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var wanted = request.All ? daemon.Mounts.All : [.. daemon.Mounts.All.Where(mounted => IsAt(mounted, request.Mountpoint))];
        if (wanted.Count == 0 && !request.All)
        {
            throw new RpcException(new Status(StatusCode.NotFound, $"This daemon has nothing mounted at {request.Mountpoint}."));
        }

        var response = new V1.UnmountResponse();
        foreach (var mounted in wanted)
        {
            response.Unmounted.Add(StatusReport.ToMessage(mounted));
            await daemon.Mounts.UnmountAsync(mounted).ConfigureAwait(false);
        }

        return response;
    });

    /// <inheritdoc/>
    public override Task<V1.ListMountsResponse> ListMounts(V1.ListMountsRequest request, ServerCallContext context)
    {
        var response = new V1.ListMountsResponse();
        response.Mounts.AddRange(daemon.Mounts.All.Select(StatusReport.ToMessage));
        return Task.FromResult(response);
    }

    private OpenDataSet Place(OpenDataSet dataSet, ReportPlaces places)
    {
        if (!dataSet.Definition.IsArchive)
        {
            return daemon.Reports.Place(dataSet, places);
        }

        return places == ReportPlaces.None
            ? dataSet
            : throw new ArgumentException($"{dataSet.Definition.Id} has no reports beside its images: leave out --reports. Their texts are in its tables.");
    }

    private static bool IsAt(Mounted mounted, string path) =>
        mounted.Fuse.MountPoint == Path.TrimEndingDirectorySeparator(path);
}
