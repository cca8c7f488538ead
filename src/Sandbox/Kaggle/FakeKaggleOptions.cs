using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Sandbox.Kaggle;

/// <summary>How a stand-in for Kaggle behaves when nothing goes wrong.</summary>
public sealed record FakeKaggleOptions
{
    /// <summary>The archive on disk.</summary>
    public required string Archive { get; init; }

    /// <summary>Who may have it; those whose signed data sets do not hold it have not accepted its terms. Their passwords are keys, and tokens.</summary>
    public required IReadOnlyList<FakeAccount> Accounts { get; init; }

    /// <summary>OWNER/NAME of the data set.</summary>
    public string DataSet { get; init; } = "raddar/chest-xrays-indiana-university";

    /// <summary>Requests to the storage that an address is good for; null for any number.</summary>
    public int? AddressRequests { get; init; }
}
