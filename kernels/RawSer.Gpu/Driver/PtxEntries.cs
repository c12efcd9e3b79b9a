using System.Globalization;
using System.Text.RegularExpressions;

namespace RawSer.Gpu.Driver;

/// <summary>Reads from PTX text what older drivers do not tell about a module: its kernels and the bytes of their parameters.</summary>
internal static partial class PtxEntries
{
    public static Dictionary<string, int> ParameterBytes(string ptx)
    {
        var entries = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Match entry in Entry().Matches(ptx))
        {
            int bytes = 0;
            foreach (Match parameter in Parameter().Matches(entry.Groups["parameters"].Value))
            {
                int size = int.Parse(parameter.Groups["bits"].Value, CultureInfo.InvariantCulture) / 8;
                int count = parameter.Groups["count"] is { Success: true } array ? int.Parse(array.Value, CultureInfo.InvariantCulture) : 1;
                int align = parameter.Groups["align"] is { Success: true } stated ? int.Parse(stated.Value, CultureInfo.InvariantCulture) : size;
                bytes = ((bytes + align - 1) & -align) + (size * count);
            }

            entries[entry.Groups["name"].Value] = bytes;
        }

        return entries;
    }

    [GeneratedRegex(@"\.entry\s+(?<name>[\w$%]+)\s*(\((?<parameters>[^)]*)\))?")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\.param\s+(\.align\s+(?<align>\d+)\s+)?\.[a-z]+(?<bits>\d+)\s+(\.ptr[^,\[]*?\s+)?[\w$%]+\s*(\[(?<count>\d+)\])?")]
    private static partial Regex Parameter();
}
