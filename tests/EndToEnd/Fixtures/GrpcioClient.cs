using System.Text.Json;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>Calls a daemon's API with Python's grpcio and stubs that protoc makes from protos/: nothing of it is ours.</summary>
internal sealed class GrpcioClient(Workspace workspace, DaemonProcess daemon)
{
    /// <summary>Runs one verb of Programs/gateway.py.</summary>
    public Task<JsonElement> CallAsync(string verb, params string[] arguments) => RunAsync("gateway.py", [verb, .. arguments]);

    /// <summary>Asks random queries, and pandas what their answers should be.</summary>
    /// <param name="tables">The data set's folder at the origin.</param>
    /// <param name="queries">How many.</param>
    public Task<JsonElement> CompareQueriesAsync(string tables, int queries) => RunAsync("label_queries.py", tables, $"{queries}");

    private async Task<JsonElement> RunAsync(string program, params string[] arguments)
    {
        await Requires.PythonAsync("grpc", "google.protobuf");
        Requires.Programs("protoc", "grpc_python_plugin");
        var stubs = await MakeStubsAsync();
        return Json.Parse(await Command.PythonAsync(program, [stubs, Path.Combine(daemon.State, "daemon.sock"), .. arguments]));
    }

    private async Task<string> MakeStubsAsync()
    {
        var stubs = workspace["stubs"];
        if (!Directory.Exists(stubs))
        {
            Directory.CreateDirectory(stubs);
            var protos = Path.Combine(Build.Repository, "protos");
            var files = Directory.EnumerateFiles(Path.Combine(protos, "mimiccxr/v1")).Select(path => Path.GetRelativePath(protos, path));
            (await Command.RunAsync(
                "protoc",
                ["-I", protos, "--python_out", stubs, "--grpc_python_out", stubs, "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin", .. files])).Succeeded();
        }

        return stubs;
    }
}
