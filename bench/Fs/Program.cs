using MimicCxr.Bench.Fs;

// Without arguments says how it is used; see README.md beside this file.
return args switch
{
    ["host", var mountPoint, var pool, .. var options] => await Host.RunAsync(mountPoint, pool, options),
    ["read", var folder, var threads, var passes] => Reader.Run(folder, int.Parse(threads), int.Parse(passes)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("host MOUNTPOINT POOL [MODE [DEVICE-THREADS]] | read FOLDER THREADS PASSES");
    return 2;
}
