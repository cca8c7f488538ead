namespace MimicCxr.Fs.Fuse;

/// <summary>Threads of a session. They block in the kernel or in a queue, so they must not be the pool's.</summary>
internal static class DedicatedThread
{
    /// <summary>Starts a thread.</summary>
    /// <returns>Ends with the body, and with its exception if it throws.</returns>
    public static Task Run(string name, Action body)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                body();
                ended.SetResult();
            }
            catch (Exception exception)
            {
                ended.SetException(exception);
            }
        })
        {
            IsBackground = true,
            Name = name,
        };
        thread.Start();
        return ended.Task;
    }
}
