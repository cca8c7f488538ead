namespace Grpc.Core;

/// <summary>What is known of a method without the types of its messages.</summary>
public interface IMethod
{
    /// <summary>The shape of its calls.</summary>
    MethodType Type { get; }

    /// <summary>The service with its package: "mimiccxr.v1.Gateway".</summary>
    string ServiceName { get; }

    /// <summary>The method's own name.</summary>
    string Name { get; }

    /// <summary>The path of the HTTP request: "/mimiccxr.v1.Gateway/GetStatus".</summary>
    string FullName { get; }
}
