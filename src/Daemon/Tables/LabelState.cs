namespace MimicCxr.Daemon.Tables;

/// <summary>What a labeler says about one finding of a study. The numbers are the two bits that a label takes in <see cref="Labeler"/>.</summary>
internal enum LabelState
{
    /// <summary>An empty field, or no row at all for the study.</summary>
    NotMentioned = 0,

    /// <summary>1.0</summary>
    Positive = 1,

    /// <summary>0.0</summary>
    Negative = 2,

    /// <summary>-1.0</summary>
    Uncertain = 3,
}
