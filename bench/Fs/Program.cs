using MimicCxr.Bench.Fs;

// A mount without daemon and network, to measure the kernel and src/Fs alone. FOLLOW is true (default) or false.
return args switch
{
    ["host", var mountPoint, var pool, .. var options] => await Host.RunAsync(mountPoint, pool, options),
    ["read", var folder, var threads, var passes] => Reader.Run(folder, int.Parse(threads), int.Parse(passes)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("host MOUNTPOINT POOL [MODE [DEVICE-THREADS [FOLLOW]]] | read FOLDER THREADS PASSES");
    return 2;
}
