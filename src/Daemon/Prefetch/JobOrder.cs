using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>What a job was told to do, but for the files themselves: those stay in the index until it runs.</summary>
/// <param name="Id">Its number, never given twice.</param>
/// <param name="DataSet">The data set.</param>
/// <param name="Description">What was asked for, in words.</param>
/// <param name="Concurrency">Files at a time; 0 for the daemon's.</param>
/// <param name="FilesTotal">How many files.</param>
/// <param name="Created">When.</param>
internal sealed record JobOrder(long Id, DataSetId DataSet, string Description, int Concurrency, int FilesTotal, DateTimeOffset Created);
