namespace MimicCxr.Daemon.Verify;

/// <summary>What to verify, and how.</summary>
/// <param name="Files">Ordinals of the files, in path order.</param>
/// <param name="IsWanted">Whether an object that is none of the data set's files is told of, by what its key goes on with below the data set.</param>
/// <param name="IsDeep">Whether every object is read; else what the store keeps beside it is compared.</param>
/// <param name="Repairs">Whether what is missing or damaged is put right.</param>
internal sealed record VerifyOrder(IReadOnlyList<int> Files, Func<string, bool> IsWanted, bool IsDeep, bool Repairs);
