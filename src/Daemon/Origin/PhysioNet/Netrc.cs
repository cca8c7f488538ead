namespace MimicCxr.Daemon.Origin.PhysioNet;

/// <summary>Reads the netrc format (netrc(5) of GNU inetutils; what wget and curl read).</summary>
internal static class Netrc
{
    /// <summary>The entry of a host, else the default entry, else null.</summary>
    public static Account? Find(string text, string host)
    {
        string? login = null, password = null;
        var applies = false;
        using var words = Words(text).GetEnumerator();
        while (words.MoveNext())
        {
            switch (words.Current)
            {
                case "machine" or "default" when applies && login is not null && password is not null:
                    return new Account(login, password);
                case "machine":
                    applies = words.MoveNext() && string.Equals(words.Current, host, StringComparison.OrdinalIgnoreCase);
                    (login, password) = (null, null);
                    break;
                case "default":
                    applies = true;
                    (login, password) = (null, null);
                    break;
                case "login" when words.MoveNext() && applies:
                    login = words.Current;
                    break;
                case "password" when words.MoveNext() && applies:
                    password = words.Current;
                    break;
                case "account":
                    words.MoveNext();
                    break;
            }
        }

        return applies && login is not null && password is not null ? new Account(login, password) : null;
    }

    private static IEnumerable<string> Words(string text)
    {
        var inMacro = false;
        foreach (var line in text.Split('\n'))
        {
            // A macro runs to the next empty line and holds no entries; a comment to the end of its line.
            inMacro = inMacro && !string.IsNullOrWhiteSpace(line);
            foreach (var word in inMacro ? [] : line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries))
            {
                inMacro = word == "macdef";
                if (inMacro || word.StartsWith('#'))
                {
                    break;
                }

                yield return word;
            }
        }
    }
}
