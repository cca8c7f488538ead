using Grpc.Core;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Tables;
using MimicCxr.Daemon.Tree;

namespace MimicCxr.Daemon.Api;

/// <content>Images by what the tables say about them, and named sets of them.</content>
internal sealed partial class GatewayService
{
    /// <summary>Records that may wait for the next before they are sent: some 50 KB.</summary>
    private const int RecordsAtATime = 256;

    /// <summary>Images in a message of <see cref="QueryBatches"/>: some 300 KB.</summary>
    private const int ImagesInABatch = 1000;

    /// <summary>How long a caller waits for mounts to show what it made; a kernel that waits for a page of a slow file can hold that up.</summary>
    private static readonly TimeSpan ShowLimit = TimeSpan.FromSeconds(5);

    private static readonly WriteOptions WaitForMore = new(WriteFlags.BufferHint);

    /// <inheritdoc/>
    public override Task Query(V1.QueryRequest request, IServerStreamWriter<V1.ImageRecord> responseStream, ServerCallContext context) =>
        AnswerAsync(async () =>
        {
            var (images, found) = await FindAsync(request, context).ConfigureAwait(false);
            for (var i = 0; i < found.Count; i++)
            {
                responseStream.WriteOptions = (i + 1) % RecordsAtATime == 0 ? WriteOptions.Default : WaitForMore;
                await responseStream.WriteAsync(SelectionMessages.ToMessage(images, found[i]), context.CancellationToken).ConfigureAwait(false);
            }

            return true;
        });

    /// <inheritdoc/>
    public override Task QueryBatches(V1.QueryRequest request, IServerStreamWriter<V1.ImageBatch> responseStream, ServerCallContext context) =>
        AnswerAsync(async () =>
        {
            var (images, found) = await FindAsync(request, context).ConfigureAwait(false);
            foreach (var some in found.Chunk(ImagesInABatch))
            {
                var batch = new V1.ImageBatch();
                batch.Images.AddRange(some.Select(image => SelectionMessages.ToMessage(images, image)));
                await responseStream.WriteAsync(batch, context.CancellationToken).ConfigureAwait(false);
            }

            return true;
        });

    /// <inheritdoc/>
    public override Task<V1.TablesDescription> DescribeTables(V1.DescribeTablesRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var (dataSet, images) = await OpenTablesAsync(request.Dataset, context).ConfigureAwait(false);
        return SelectionMessages.Describe(dataSet.Definition.Id, images);
    });

    /// <inheritdoc/>
    public override Task<V1.Selection> CreateSelection(V1.CreateSelectionRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var (dataSet, images) = await OpenTablesAsync(request.Dataset, context).ConfigureAwait(false);
        var created = daemon.Selections.Create(dataSet.Definition.Id, images, request.Name, SelectionMessages.FromMessage(request.Query))
            ?? throw new RpcException(new Status(
                StatusCode.AlreadyExists, $"{dataSet.Definition.Id} has a selection '{request.Name}' already. Delete it, or take another name."));
        await ShowAsync(dataSet).ConfigureAwait(false);
        return SelectionMessages.ToMessage(created);
    });

    /// <inheritdoc/>
    public override Task<V1.ListSelectionsResponse> ListSelections(V1.ListSelectionsRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
        var response = new V1.ListSelectionsResponse();
        response.Selections.AddRange(daemon.Selections.All(dataSet.Definition.Id).Select(SelectionMessages.ToMessage));
        return response;
    });

    /// <inheritdoc/>
    public override Task<V1.Selection> ShowSelection(V1.ShowSelectionRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
        return SelectionMessages.ToMessage(daemon.Selections.Find(dataSet.Definition.Id, request.Name) ?? throw NoSelection(dataSet, request.Name));
    });

    /// <inheritdoc/>
    public override Task<V1.DeleteSelectionResponse> DeleteSelection(V1.DeleteSelectionRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
        if (!daemon.Selections.Delete(dataSet.Definition.Id, request.Name))
        {
            throw NoSelection(dataSet, request.Name);
        }

        await ShowAsync(dataSet).ConfigureAwait(false);
        return new V1.DeleteSelectionResponse();
    });

    private static RpcException NoSelection(OpenDataSet dataSet, string name) => new(new Status(
        StatusCode.NotFound, $"{dataSet.Definition.Id} has no selection '{name}'. 'mimic-cxr select list' shows those that there are."));

    private async Task<(OpenDataSet DataSet, ImageTable Images)> OpenTablesAsync(string dataSetName, ServerCallContext context)
    {
        var dataSet = await OpenAsync(dataSetName, context).ConfigureAwait(false);
        return (dataSet, await daemon.ImageTables.OpenAsync(dataSet.Definition, context.CancellationToken).ConfigureAwait(false));
    }

    private async Task<(ImageTable Images, List<int> Found)> FindAsync(V1.QueryRequest request, ServerCallContext context)
    {
        var (dataSet, images) = await OpenTablesAsync(request.Dataset, context).ConfigureAwait(false);
        var within = request.Selection.Length == 0 ? null : FilesOf(dataSet, request.Selection);
        return (images, daemon.Selections.Run(dataSet.Definition.Id, images, SelectionMessages.FromMessage(request.Query), within));
    }

    /// <summary>Has mounts show the selections that there are, so that whoever is answered then finds them, or finds them gone.</summary>
    private async Task ShowAsync(OpenDataSet dataSet)
    {
        try
        {
            await ShowAllAsync().WaitAsync(ShowLimit, daemon.Time, stopping).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It goes on, and nobody is told anything wrong meanwhile.
        }

        async Task ShowAllAsync()
        {
            await dataSet.RefreshAsync(stopping).ConfigureAwait(false);
            await daemon.Mounts.FlushAsync().ConfigureAwait(false);
        }
    }

    private FileSet FilesOf(OpenDataSet dataSet, string selection) =>
        daemon.Selections.Files(dataSet.Definition.Id, dataSet.Blobs.Catalog, selection) ?? throw NoSelection(dataSet, selection);
}
