using System.Text.Json;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>Calls a daemon's API with Python's grpcio and stubs that protoc makes from protos/: nothing of it is ours.</summary>
internal sealed class GrpcioClient(Workspace workspace, DaemonProcess daemon)
{
    /// <summary>Runs one verb of Programs/gateway.py.</summary>
    public async Task<JsonElement> CallAsync(string verb, params string[] arguments)
    {
        await Requires.PythonAsync("grpc", "google.protobuf");
        Requires.Programs("protoc", "grpc_python_plugin");
        var stubs = await MakeStubsAsync();
        return Json.Parse(await Command.PythonAsync("gateway.py", [stubs, Path.Combine(daemon.State, "daemon.sock"), verb, .. arguments]));
    }

    private async Task<string> MakeStubsAsync()
    {
        var stubs = workspace["stubs"];
        if (!Directory.Exists(stubs))
        {
            Directory.CreateDirectory(stubs);
            var protos = Path.Combine(Build.Repository, "protos");
            (await Command.RunAsync(
                "protoc",
                ["-I", protos, "--python_out", stubs, "--grpc_python_out", stubs, "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin", "mimiccxr/v1/gateway.proto", "mimiccxr/v1/jobs.proto", "mimiccxr/v1/verify.proto"])).Succeeded();
        }

        return stubs;
    }
}
