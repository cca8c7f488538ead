using System.Text.Json;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>Programs that print one JSON object.</summary>
internal static class Json
{
    /// <summary>The object that a program printed; fails unless it ended with 0.</summary>
    public static JsonElement Parse(Outcome outcome)
    {
        using var document = JsonDocument.Parse(outcome.Succeeded().Output);
        return document.RootElement.Clone();
    }
}
