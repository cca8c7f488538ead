namespace MimicCxr.Sandbox.CommandLine;

/// <summary>The arguments of the program are wrong; the message says which and what is allowed.</summary>
internal sealed class UsageException(string message) : Exception(message);
