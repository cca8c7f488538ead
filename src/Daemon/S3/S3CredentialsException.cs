namespace MimicCxr.Daemon.S3;

/// <summary>No credentials were found.</summary>
internal sealed class S3CredentialsException(Exception cause) : Exception(cause.Message, cause);
