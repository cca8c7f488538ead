namespace MimicCxr.Fs;

/// <summary>The outcome of <see cref="IBackedFileTree.TryGetBacking"/>: a lease, "not here yet", or "never".</summary>
public readonly record struct BackingResult
{
    private BackingResult(IBackingFile? file, bool isPending) => (File, IsPending) = (file, isPending);

    /// <summary>The bytes are not whole yet: wait with <see cref="IBackedFileTree.OpenBackingAsync"/>.</summary>
    public static BackingResult Pending => new(null, true);

    /// <summary>This file cannot be passed through; it is read through <see cref="IFileTree.TryRead"/>.</summary>
    public static BackingResult None => default;

    /// <summary>The lease, owned by the caller; null when pending or when there is none.</summary>
    public IBackingFile? File { get; }

    /// <summary>Whether the opener has to wait first.</summary>
    public bool IsPending { get; }

    /// <summary>The file is here.</summary>
    public static BackingResult Leased(IBackingFile file) => new(file, false);
}
