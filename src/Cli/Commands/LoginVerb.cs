using System.CommandLine;
using System.Text;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary><c>login</c>: keeps the PhysioNet account for the daemon.</summary>
internal sealed class LoginVerb : Verb
{
    private readonly Option<string?> _user = new("--user") { HelpName = "NAME", Description = "The account's name, instead of asking" };
    private readonly Option<bool> _passwordStdin = new("--password-stdin")
    {
        Description = "Read the password from the first line of standard input, for scripts; needs --user",
    };

    /// <summary>Creates the verb.</summary>
    public LoginVerb(CliHost host)
        : base(
            host,
            "login",
            "Asks for the PhysioNet account, without echo, and keeps it for the daemon where only you can read it.",
            "mimic-cxr login",
            "pass physionet | mimic-cxr login --user alice --password-stdin")
    {
        Add(_user);
        Add(_passwordStdin);
        Validators.Add(result =>
        {
            if (result.GetValue(_passwordStdin) && string.IsNullOrEmpty(result.GetValue(_user)))
            {
                result.AddError("--password-stdin needs --user NAME");
            }
        });
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var state = Host.StateDirectory(arguments);
        string? user = arguments.GetValue(_user), password;
        if (arguments.GetValue(_passwordStdin))
        {
            password = await Host.Input().ReadLineAsync(cancellationToken);
        }
        else if (Console.IsInputRedirected)
        {
            throw new CliException(ExitCode.Usage, "login asks at a terminal; from a script use --user NAME --password-stdin");
        }
        else
        {
            user ??= await AskAsync("PhysioNet user name: ", cancellationToken);
            password = AskWithoutEcho($"Password of {user}: ");
        }

        if (string.IsNullOrEmpty(user) || string.IsNullOrEmpty(password))
        {
            throw new CliException(ExitCode.Usage, "user name and password must not be empty; nothing was kept");
        }

        await KeepAsync(state, new Credentials(user, password), cancellationToken);
        await Terminal.Out.WriteLineAsync(
            $"kept the account {user} in {state.CredentialsPath}; it is first tested when the daemon asks PhysioNet for something");
        return ExitCode.Done;
    }

    // Written whole beside its place and then renamed, so that a daemon never reads half of it.
    private static async Task KeepAsync(StateDirectory state, Credentials credentials, CancellationToken cancellationToken)
    {
        state.Create();
        var temporary = $"{state.CredentialsPath}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using (var file = new FileStream(temporary, options))
            {
                await JsonSerializer.SerializeAsync(file, credentials, JsonOutput.Plain.Credentials, cancellationToken);
            }

            File.Move(temporary, state.CredentialsPath, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private async Task<string?> AskAsync(string question, CancellationToken cancellationToken)
    {
        await Terminal.Error.WriteAsync(question);
        return (await Host.Input().ReadLineAsync(cancellationToken))?.Trim();
    }

    private string AskWithoutEcho(string question)
    {
        Terminal.Error.Write(question);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Terminal.Error.WriteLine();
        return typed.ToString();
    }
}
