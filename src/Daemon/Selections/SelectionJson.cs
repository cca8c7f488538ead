using System.Text.Json.Serialization;

namespace MimicCxr.Daemon.Selections;

/// <summary>How the index keeps a query.</summary>
[JsonSerializable(typeof(ImageQuery))]
internal sealed partial class SelectionJson : JsonSerializerContext;
