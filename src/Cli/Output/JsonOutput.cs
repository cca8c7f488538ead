using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MimicCxr.Cli.Output;

/// <summary>How this command writes JSON: snake case, one object a line.</summary>
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(CacheDocument))]
[JsonSerializable(typeof(EntryDocument))]
[JsonSerializable(typeof(JobDocument))]
[JsonSerializable(typeof(FindingDocument))]
[JsonSerializable(typeof(VerifyDocument))]
[JsonSerializable(typeof(EvictDocument))]
[JsonSerializable(typeof(SurveyDocument))]
[JsonSerializable(typeof(CostDocument))]
[JsonSerializable(typeof(SelectionDocument))]
[JsonSerializable(typeof(ImageDocument))]
[JsonSerializable(typeof(Credentials))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class JsonOutput : JsonSerializerContext
{
    /// <summary>The context to use: nothing is escaped that JSON itself does not ask for.</summary>
    public static JsonOutput Plain { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
