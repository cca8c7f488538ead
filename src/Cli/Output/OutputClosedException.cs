namespace MimicCxr.Cli.Output;

/// <summary>Whoever read standard output has left (<c>| head</c>): nothing more to do, and nothing to complain about.</summary>
internal sealed class OutputClosedException(Exception cause) : Exception("standard output was closed", cause);
