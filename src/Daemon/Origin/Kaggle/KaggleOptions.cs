namespace MimicCxr.Daemon.Origin.Kaggle;

/// <summary>How to talk to Kaggle.</summary>
internal sealed record KaggleOptions : OriginOptions
{
    /// <summary>Kaggle itself.</summary>
    public static readonly Uri DefaultEndpoint = new("https://www.kaggle.com");

    /// <summary>The server, without a path.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>OWNER/NAME of the data set.</summary>
    public required string DataSet { get; init; }

    /// <summary>Its version by Kaggle's count: what is asked for stays the same whatever is published after it.</summary>
    public required string Version { get; init; }
}
