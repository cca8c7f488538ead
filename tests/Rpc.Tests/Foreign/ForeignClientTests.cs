using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace MimicCxr.Rpc.Tests.Foreign;

/// <summary>The judges of src/Rpc: clients of other languages, over the unix socket.</summary>
public sealed class ForeignClientTests
{
    // Debian's modules belong to Debian's interpreter, whatever python3 the PATH finds.
    private const string Python = "/usr/bin/python3";

    private static string Files => Path.Combine(AppContext.BaseDirectory, "foreign");

    [Theory(Timeout = 300_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Grpcio_EveryShapeOfCall_Holds(bool compressResponses)
    {
        await ForeignTool.RequireAsync("python3-grpcio", Python, "-c", "import grpc, google.protobuf");
        await ForeignTool.RequireAsync("protobuf-compiler", "protoc", "--version");
        await ForeignTool.RequireAsync("protobuf-compiler-grpc", "sh", "-c", "command -v grpc_python_plugin");
        var plugin = (await ForeignTool.RunAsync(Files, "sh", "-c", "command -v grpc_python_plugin")).Trim();
        var stubs = Directory.CreateTempSubdirectory("stubs").FullName;
        try
        {
            await ForeignTool.RunAsync(
                Files, "protoc", "-I.", $"--plugin=protoc-gen-grpc_python={plugin}", $"--python_out={stubs}", $"--grpc_python_out={stubs}", "echo.proto", "grpc/health/v1/health.proto");

            // The package "grpc" of the health stubs would hide grpcio itself: its path is joined with theirs.
            await ForeignTool.RunAsync(Files, "cp", "echo_client.py", stubs);
            await CheckAsync(compressResponses, target => ForeignTool.RunAsync(
                stubs, Python, "-c", $"import grpc, runpy, sys; grpc.__path__.append('{stubs}/grpc'); sys.path.insert(0, '{stubs}'); sys.argv[1:] = ['{target}']; runpy.run_path('echo_client.py', run_name='__main__')"));
        }
        finally
        {
            Directory.Delete(stubs, recursive: true);
        }
    }

    [Theory(Timeout = 300_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GrpcJs_EveryShapeOfCall_Holds(bool compressResponses)
    {
        await ForeignTool.RequireAsync("node", "node", "--version");
        await ForeignTool.RequireAsync("npm", "npm", "--version");
        await ForeignTool.RequireAsync("@grpc/grpc-js", "npm", "--prefix", Files, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline");

        await CheckAsync(compressResponses, target => ForeignTool.RunAsync(Files, "node", "echo_client.js", target));
    }

    private static async Task CheckAsync(bool compressResponses, Func<string, Task<string>> runAsync)
    {
        await using var server = await EchoServer.StartAsync(options => options.CompressResponses = compressResponses);
        server.Health.SetStatus("", ServingStatus.Serving);

        var output = await runAsync($"unix:{server.SocketPath}");

        Assert.EndsWith("all checks hold\n", output, StringComparison.Ordinal);
    }
}
