using System.Text.Json;

namespace RawSer.GoldenCheck;

/// <summary>Which attributes of a case a handler has read: <c>name</c>, or <c>name.inner</c> inside an object or in any object of an array.</summary>
internal sealed class AttributesRead
{
    public const char Separator = '.';

    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);

    public void Add(string path) => _paths.Add(path);

    /// <summary>Attributes, not null, that were never read.</summary>
    public IEnumerable<string> Missed(JsonElement attributes, string path = "")
    {
        if (attributes.ValueKind != JsonValueKind.Object || _paths.Contains(path))
        {
            return [];
        }

        return attributes.EnumerateObject().Where(item => item.Value.ValueKind != JsonValueKind.Null && !_paths.Contains(path + item.Name)).SelectMany(Inside).Distinct();

        IEnumerable<string> Inside(JsonProperty item)
        {
            string inner = path + item.Name + Separator;
            if (!_paths.Any(read => read.StartsWith(inner, StringComparison.Ordinal)))
            {
                return [path + item.Name];
            }

            return item.Value.ValueKind == JsonValueKind.Array ? item.Value.EnumerateArray().SelectMany(element => Missed(element, inner)) : Missed(item.Value, inner);
        }
    }
}
