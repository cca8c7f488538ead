using MimicCxr.Daemon.Hosting;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Hosting;

/// <summary>Flags, environment and a config.json for options to be read from.</summary>
public abstract class OptionsTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private protected Dictionary<string, string> Variables { get; } = [];

    private protected string StatePath => _folder.Path;

    private protected string ConfigPath => _folder["config.json"];

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void WriteConfig(string json) => File.WriteAllText(ConfigPath, json);

    private protected DaemonOptions Read(params string[] args) =>
        OptionsValidator.Validate(OptionsReader.Read([.. args, "--state-dir", StatePath], Variables));

    /// <summary>What the user is told, a line an error.</summary>
    private protected string[] Errors(params string[] args)
    {
        var e = Assert.Throws<StartException>(() => Read(args));
        Assert.Equal(ExitCode.WrongUsage, e.ExitCode);
        return e.Message.Split(Environment.NewLine);
    }
}
