using Google.Protobuf.Collections;
using Grpc.Core;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Tree;
using MimicCxr.Daemon.Verify;

namespace MimicCxr.Daemon.Api;

/// <content>The store: is it right, what is in it, what leaves it.</content>
internal sealed partial class GatewayService
{
    /// <summary>Findings in one message; each is a few hundred bytes.</summary>
    private const int FindingsPerReport = 500;

    /// <inheritdoc/>
    public override Task Verify(V1.VerifyRequest request, IServerStreamWriter<V1.VerifyReport> responseStream, ServerCallContext context) =>
        AnswerAsync(async () =>
        {
            var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
            var spelling = SpellingOf(dataSet);
            var patterns = request.Patterns.Select(pattern => new PathPattern(spelling.Relative(pattern))).ToList();
            var order = new VerifyOrder(
                Choose(dataSet, request.Patterns, request.Selection),
                path => (patterns.Count == 0 && request.Selection.Length == 0) || patterns.Exists(pattern => pattern.IsMatch(path)),
                request.Deep,
                request.Repair);
            var verification = new Verification(daemon.VerifyParts, dataSet.Blobs, order);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
            var run = verification.RunAsync(stop.Token);
            try
            {
                while (!run.IsCompleted || verification.Findings.TryPeek(out _))
                {
                    await responseStream.WriteAsync(VerifyMessages.Report(verification, FindingsPerReport), stop.Token).ConfigureAwait(false);
                    var more = verification.Findings.WaitToReadAsync(stop.Token).AsTask();
                    await Task.WhenAny(run, more, Task.Delay(ProgressInterval, stop.Token)).ConfigureAwait(false);
                    stop.Token.ThrowIfCancellationRequested();
                }

                await run.ConfigureAwait(false);
                var last = VerifyMessages.Report(verification, FindingsPerReport);
                last.Ended = true;
                await responseStream.WriteAsync(last, stop.Token).ConfigureAwait(false);
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return true;
        });

    /// <inheritdoc/>
    public override Task<V1.EvictResponse> Evict(V1.EvictRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        if (request.Patterns.Count == 0)
        {
            return request.Store
                ? throw new ArgumentException("Say which objects are to be removed from the store: a PATH or GLOB, or '**' for all.")
                : VerifyMessages.ToMessage(daemon.Evictions.EvictAll());
        }

        var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
        return VerifyMessages.ToMessage(
            await daemon.Evictions.EvictAsync(dataSet.Blobs, Choose(dataSet, request.Patterns), request.Store, context.CancellationToken).ConfigureAwait(false));
    });

    /// <inheritdoc/>
    public override Task<V1.RebuildIndexResponse> RebuildIndex(V1.RebuildIndexRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        await daemon.DataSets.OpenKnownAsync().WaitAsync(context.CancellationToken).ConfigureAwait(false);
        var response = new V1.RebuildIndexResponse();
        foreach (var dataSet in daemon.DataSets.Loaded)
        {
            var result = await daemon.Survey.RunAsync(dataSet.Blobs, context.CancellationToken).ConfigureAwait(false);
            response.Surveys.Add(new V1.Survey
            {
                Dataset = dataSet.Definition.Id.ToString(),
                Found = result.Found,
                NewlyKnown = result.New,
                Gone = result.Gone,
            });
        }

        return response;
    });

    /// <inheritdoc/>
    public override Task<V1.MeasureResponse> Measure(V1.MeasureRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
        var census = Census.Take(dataSet.Blobs, Choose(dataSet, request.Patterns, request.Selection));
        return new V1.MeasureResponse
        {
            Dataset = dataSet.Definition.Id.ToString(),
            Files = census.Files,
            Bytes = census.Bytes,
            FilesOfUnknownSize = census.FilesOfUnknownSize,
            EstimatedBytes = census.EstimatedBytes,
            StoredFiles = census.StoredFiles,
            StoredBytes = census.StoredBytes,
            StoreUrl = daemon.Store.Url,
        };
    });

    /// <summary>Ordinals in path order; every file where there are neither patterns nor a selection.</summary>
    private List<int> Choose(OpenDataSet dataSet, RepeatedField<string> patterns, string selection = "")
    {
        var choice = NewChoice(dataSet);
        AddSelection(choice, dataSet, selection);
        if (patterns.Count == 0 && selection.Length == 0)
        {
            choice.AddAll();
        }

        foreach (var pattern in patterns)
        {
            choice.Add(pattern);
        }

        return [.. choice.Finish().Files];
    }
}
