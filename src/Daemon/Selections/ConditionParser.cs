using System.Buffers;
using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Selections;

/// <summary>
/// Reads conditions on labels:
/// <code>
/// condition := term ("or" term)*
/// term      := factor ("and" factor)*
/// factor    := "not" factor | "(" condition ")" | [LABELER ":"] LABEL "=" STATE (("|" | ",") STATE)*
/// STATE     := 1 | positive | 0 | negative | -1 | uncertain | none | nothing at all, which is none: not mentioned
/// </code>
/// Labels are those of the tables, blanks and all (Support Devices=1), in any case; a labeler that is not named is the first one.
/// </summary>
internal sealed class ConditionParser
{
    /// <summary>No one writes more; a program that does makes a condition that nobody can read.</summary>
    private const int LongestText = 10_000;

    /// <summary>Parentheses and "not" within each other: as many calls deep is the parser, and the condition.</summary>
    private const int Deepest = 100;

    private static readonly SearchValues<char> AfterState = SearchValues.Create(" \t\r\n|,()");

    private readonly IReadOnlyList<Labeler> _labelers;
    private readonly string _text;
    private int _at;
    private int _depth;

    private ConditionParser(string text, IReadOnlyList<Labeler> labelers) => (_text, _labelers) = (text, labelers);

    /// <summary>Reads a condition.</summary>
    /// <exception cref="ArgumentException">It is none, or names a label that the tables do not have.</exception>
    public static Condition Parse(string text, IReadOnlyList<Labeler> labelers)
    {
        if (text.Length > LongestText)
        {
            throw new ArgumentException($"A condition is {text.Length} characters long; at most {LongestText} are allowed.");
        }

        var parser = new ConditionParser(text, labelers);
        var condition = parser.ReadCondition();
        return parser.IsAtEnd ? condition : throw parser.Wrong("'and', 'or' or the end");
    }

    private bool IsAtEnd
    {
        get
        {
            SkipBlanks();
            return _at == _text.Length;
        }
    }

    private Condition ReadCondition()
    {
        var parts = new List<Condition> { ReadTerm() };
        while (TryTakeWord("or"))
        {
            parts.Add(ReadTerm());
        }

        return parts.Count == 1 ? parts[0] : new Condition.Any([.. parts]);
    }

    private Condition ReadTerm()
    {
        var parts = new List<Condition> { ReadFactor() };
        while (TryTakeWord("and"))
        {
            parts.Add(ReadFactor());
        }

        return parts.Count == 1 ? parts[0] : new Condition.All([.. parts]);
    }

    private Condition ReadFactor()
    {
        if (++_depth > Deepest)
        {
            throw new ArgumentException($"The condition has more than {Deepest} parentheses or 'not' within each other.");
        }

        Condition factor;
        if (TryTakeWord("not"))
        {
            factor = new Condition.Not(ReadFactor());
        }
        else if (TryTake('('))
        {
            factor = ReadCondition();
            if (!TryTake(')'))
            {
                throw Wrong("')'");
            }
        }
        else
        {
            factor = ReadTest();
        }

        _depth--;
        return factor;
    }

    private Condition.Test ReadTest()
    {
        SkipBlanks();
        var rest = _text.AsSpan(_at);
        var end = rest.IndexOfAny("=()");
        if (end <= 0 || rest[end] != '=')
        {
            throw Wrong("LABEL=STATE, say Pneumonia=1,");
        }

        var name = rest[..end].Trim().ToString();
        var (labeler, label) = Find(name);
        _at += end + 1;
        var states = 1 << (int)ReadState();
        while (TryTake('|') || TryTake(','))
        {
            states |= 1 << (int)ReadState();
        }

        return new Condition.Test(labeler, label, states);
    }

    private LabelState ReadState()
    {
        SkipBlanks();
        var rest = _text.AsSpan(_at);
        var end = rest.IndexOfAny(AfterState);
        var word = end < 0 ? rest : rest[..end];
        // "Fracture= and Edema=1": nothing stands there, which is a state too.
        LabelState? state = IsWord(word, "and") || IsWord(word, "or") ? null : word switch
        {
            "1" or "1.0" => LabelState.Positive,
            "0" or "0.0" => LabelState.Negative,
            "-1" or "-1.0" => LabelState.Uncertain,
            _ when IsWord(word, "positive") => LabelState.Positive,
            _ when IsWord(word, "negative") => LabelState.Negative,
            _ when IsWord(word, "uncertain") => LabelState.Uncertain,
            _ when IsWord(word, "none") => LabelState.NotMentioned,
            _ when word.IsEmpty => null,
            _ => throw Wrong("1, 0, -1 or none"),
        };
        _at += state is null ? 0 : word.Length;
        return state ?? LabelState.NotMentioned;
    }

    private (Labeler Labeler, int Label) Find(string name)
    {
        if (_labelers.Count == 0)
        {
            throw new ArgumentException("This data set has no table of labels, so there can be no condition on them.");
        }

        var parts = name.Split(':', 2, StringSplitOptions.TrimEntries);
        var labeler = parts.Length == 1 ? _labelers[0] : _labelers.FirstOrDefault(known => IsWord(known.Name, parts[0]))
            ?? throw new ArgumentException($"There is no labeler '{parts[0]}'; there are {string.Join(", ", _labelers.Select(known => known.Name))}.");
        for (var label = 0; label < labeler.Labels.Count; label++)
        {
            if (IsWord(labeler.Labels[label], parts[^1]))
            {
                return (labeler, label);
            }
        }

        throw new ArgumentException($"There is no label '{parts[^1]}'; {labeler.Name} has {string.Join(", ", labeler.Labels)}.");
    }

    private bool TryTake(char expected)
    {
        SkipBlanks();
        var found = _at < _text.Length && _text[_at] == expected;
        _at += found ? 1 : 0;
        return found;
    }

    /// <summary>Takes a word that ends where it ends: "not" is not the beginning of "nothing".</summary>
    private bool TryTakeWord(string word)
    {
        SkipBlanks();
        var end = _at + word.Length;
        if (end > _text.Length || !IsWord(_text.AsSpan(_at, word.Length), word) || (end < _text.Length && _text[end] != '(' && !char.IsWhiteSpace(_text[end])))
        {
            return false;
        }

        _at = end;
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }

    private ArgumentException Wrong(string expected) =>
        new($"The condition '{_text}' has no {expected} at character {_at + 1}{(_at < _text.Length ? $": '{_text[_at..Math.Min(_text.Length, _at + 20)]}'" : ", its end")}.");

    private static bool IsWord(ReadOnlySpan<char> text, ReadOnlySpan<char> word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);
}
