namespace MimicCxr.Daemon.Store;

/// <summary>Objects that machines leave for each other in the store. They are no files of a data set.</summary>
internal static class OwnObjects
{
    /// <summary>What their keys begin with; no slug begins with a '.'.</summary>
    public const string Prefix = ".mimic-cxr/";

    /// <summary>What the keys of claims begin with.</summary>
    public const string Claims = Prefix + "claims/";
}
