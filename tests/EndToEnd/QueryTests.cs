using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>Queries beside what users do without this product: pandas over the tables.</summary>
public sealed class QueryTests : EndToEndTest
{
    [Fact]
    public async Task Query_200RandomOnes_FindWhatPandasFinds()
    {
        await Requires.PythonAsync("pandas");
        var origin = await StartOriginAsync(images: 400, imageBytes: 2_048);
        var daemon = await StartDaemonAsync(origin);

        var result = await new GrpcioClient(Workspace, daemon).CompareQueriesAsync(origin.Folder, queries: 200);

        Assert.Empty(result.GetProperty("different").EnumerateArray());
        Assert.Equal((200, 400), (result.GetProperty("queries").GetInt32(), result.GetProperty("images").GetInt32()));
        // Queries that find nothing or everything would show little.
        Assert.InRange(result.GetProperty("some").GetInt32(), 100, 200);
    }
}
