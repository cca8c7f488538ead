using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;

namespace MimicCxr.Rpc.Services;

/// <summary>
/// The standard reflection service, grpc.reflection.v1, by which tools such as grpcurl call without .proto files:
/// <c>app.MapGrpc(ServerReflection.BindService(new ReflectionService([Gateway.Descriptor])))</c>.
/// </summary>
public sealed class ReflectionService : ServerReflection.ServerReflectionBase
{
    private readonly Dictionary<string, FileDescriptor> _filesByName = [];
    private readonly Dictionary<string, FileDescriptor> _filesBySymbol = [];
    private readonly ListServiceResponse _services = new();

    /// <summary>Makes the service.</summary>
    /// <param name="services">The services that the server offers; this one is added.</param>
    public ReflectionService(IEnumerable<ServiceDescriptor> services)
    {
        foreach (var service in services.Append(ServerReflection.Descriptor))
        {
            _services.Service.Add(new ServiceResponse { Name = service.FullName });
            AddFile(service.File);
        }
    }

    /// <inheritdoc/>
    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream,
        IServerStreamWriter<ServerReflectionResponse> responseStream,
        ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(requestStream);
        ArgumentNullException.ThrowIfNull(responseStream);
        ArgumentNullException.ThrowIfNull(context);
        while (await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false))
        {
            var response = Answer(requestStream.Current);
            await responseStream.WriteAsync(response, context.CancellationToken).ConfigureAwait(false);
        }
    }

    private ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = _services;
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                AnswerFile(response, _filesByName, request.FileByFilename);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                AnswerFile(response, _filesBySymbol, request.FileContainingSymbol);
                break;
            default:
                // proto3 services have no extensions.
                response.ErrorResponse = Error(StatusCode.Unimplemented, "Extensions cannot be asked for here.");
                break;
        }

        return response;
    }

    private static void AnswerFile(ServerReflectionResponse response, Dictionary<string, FileDescriptor> files, string name)
    {
        if (!files.TryGetValue(name, out var file))
        {
            response.ErrorResponse = Error(StatusCode.NotFound, $"'{name}' is not known here.");
            return;
        }

        response.FileDescriptorResponse = new FileDescriptorResponse();
        response.FileDescriptorResponse.FileDescriptorProto.AddRange(WithImports(file).Distinct().Select(f => f.SerializedData));
    }

    private static IEnumerable<FileDescriptor> WithImports(FileDescriptor file) =>
        file.Dependencies.SelectMany(WithImports).Prepend(file);

    private static ErrorResponse Error(StatusCode code, string message) =>
        new() { ErrorCode = (int)code, ErrorMessage = message };

    private void AddFile(FileDescriptor file)
    {
        if (!_filesByName.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var service in file.Services)
        {
            _filesBySymbol[service.FullName] = file;
            foreach (var method in service.Methods)
            {
                _filesBySymbol[method.FullName] = file;
            }
        }

        foreach (var message in file.MessageTypes)
        {
            AddMessage(message);
        }

        foreach (var enumType in file.EnumTypes)
        {
            _filesBySymbol[enumType.FullName] = file;
        }

        foreach (var import in file.Dependencies)
        {
            AddFile(import);
        }
    }

    private void AddMessage(MessageDescriptor message)
    {
        _filesBySymbol[message.FullName] = message.File;
        foreach (var nested in message.NestedTypes)
        {
            AddMessage(nested);
        }

        foreach (var enumType in message.EnumTypes)
        {
            _filesBySymbol[enumType.FullName] = message.File;
        }
    }
}
