namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>An account at the stand-in.</summary>
/// <param name="Name">User name.</param>
/// <param name="Password">In plain text: nothing here is secret.</param>
/// <param name="SignedDataSets">
/// Data sets ("mimic-cxr-jpg/2.1.0") whose agreement the account has signed; null means all.
/// </param>
public sealed record FakeAccount(string Name, string Password, IReadOnlyList<string>? SignedDataSets = null)
{
    internal bool HasSigned(string dataSet) => SignedDataSets is null || SignedDataSets.Contains(dataSet);
}
