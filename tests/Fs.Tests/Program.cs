using MimicCxr.Fs.Tests.Support;

// With this argument the program is a small daemon over the sample tree; otherwise it runs the tests.
return args is [MountHost.Argument, var mountPoint, ..]
    ? await MountHost.RunAsync(mountPoint, args.Length > 2 ? Enum.Parse<MimicCxr.Fs.Fuse.ReadMode>(args[2]) : default)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
