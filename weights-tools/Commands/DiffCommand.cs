using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using RawSer.CommandLine;
using RawSer.Weights;

namespace RawSer.WeightTools.Commands;

/// <summary><c>rawser-weights diff</c>: names, shapes and values of two files. Exit code 1 if they differ.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        Argument<string> first = CommonOptions.File("FIRST");
        Argument<string> second = CommonOptions.File("SECOND");
        Option<string[]> map = CommonOptions.Map();
        Option<double> tolerance = new("--tolerance", "-t") { Description = "Largest difference of two values that counts as equal.", HelpName = "X" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("diff", "Compares two weight files of any formats, floats as F32; maps are applied to the first.") { first, second, map, tolerance, json };
        command.SetAction(parsed =>
        {
            double largest = parsed.GetValue(tolerance);
            if (!(largest >= 0))
            {
                throw CommandFailure.OfUsage(string.Create(CultureInfo.InvariantCulture, $"--tolerance {largest}: expected a number from 0"));
            }

            using WeightSource a = CommonOptions.Open(parsed.GetRequiredValue(first), parsed.GetValue(map));
            using WeightSource b = CommonOptions.Open(parsed.GetRequiredValue(second), null);
            List<(string Name, string Kind, string Text)> differences = [.. Compare(a, b, largest)];
            int equal = a.Entries.Count - differences.Count(difference => difference.Kind != "second");
            if (parsed.GetValue(json))
            {
                JsonArray rows = [.. differences.Select(row => (JsonNode)new JsonObject { ["name"] = row.Name, ["kind"] = row.Kind, ["detail"] = row.Text })];
                Console.WriteLine(new JsonObject { ["type"] = "diff", ["equal"] = equal, ["differences"] = rows }.ToJsonString());
            }
            else
            {
                differences.ForEach(row => Console.WriteLine($"{PrintableText.Of(row.Name)}: {row.Text}"));
                Console.WriteLine($"{equal} equal, {differences.Count} different");
            }

            return differences.Count == 0 ? 0 : CommandFailure.DataCode;
        });
        return command;
    }

    private static IEnumerable<(string Name, string Kind, string Text)> Compare(WeightSource a, WeightSource b, double tolerance)
    {
        foreach (WeightEntry entry in a.Entries)
        {
            if (!b.Contains(entry.Name))
            {
                yield return (entry.Name, "first", $"only in the first file, {entry.Type.Name()} {CommonOptions.Shape(entry.Extents)}");
                continue;
            }

            WeightEntry other = b[entry.Name];
            if (!entry.Extents.SequenceEqual(other.Extents))
            {
                yield return (entry.Name, "shape", $"shape {CommonOptions.Shape(entry.Extents)} and {CommonOptions.Shape(other.Extents)}");
            }
            else if (Values(a, entry, b, other, tolerance) is { } difference)
            {
                yield return (entry.Name, "values", difference);
            }
        }

        foreach (WeightEntry entry in b.Entries.Where(entry => !a.Contains(entry.Name)))
        {
            yield return (entry.Name, "second", $"only in the second file, {entry.Type.Name()} {CommonOptions.Shape(entry.Extents)}");
        }
    }

    private static string? Values(WeightSource a, WeightEntry x, WeightSource b, WeightEntry y, double tolerance)
    {
        if (!IsFloat(x.Type) || !IsFloat(y.Type))
        {
            return x.Type != y.Type ? $"type {x.Type.Name()} and {y.Type.Name()}" : HaveSameBytes(a, x, b, y) ? null : "other bytes";
        }

        if (x.Type == y.Type && HaveSameBytes(a, x, b, y))
        {
            return null;
        }

        (double largest, long count) = (0, 0);
        float[] left = new float[1 << 16];
        float[] right = new float[left.Length];
        for (long done = 0; done < x.ElementCount; done += left.Length)
        {
            int part = (int)Math.Min(left.Length, x.ElementCount - done);
            a.ReadFloats(x, done, left.AsSpan(0, part));
            b.ReadFloats(y, done, right.AsSpan(0, part));
            for (int i = 0; i < part; i++)
            {
                bool isSame = left[i] == right[i] || (float.IsNaN(left[i]) && float.IsNaN(right[i]));
                double difference = isSame ? 0 : Math.Abs((double)left[i] - right[i]);
                largest = difference > largest || double.IsNaN(difference) ? difference : largest;
                count += difference <= tolerance ? 0 : 1;
            }
        }

        return count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{count} of {x.ElementCount} values differ, by up to {largest:g6}");
    }

    private static bool IsFloat(WeightType type) => type is WeightType.F32 or WeightType.F16 or WeightType.BF16 or WeightType.F64;

    private static bool HaveSameBytes(WeightSource a, WeightEntry x, WeightSource b, WeightEntry y)
    {
        byte[] left = new byte[(int)Math.Min(x.Length, 1 << 20)];
        byte[] right = new byte[left.Length];
        for (long done = 0; done < x.Length; done += left.Length)
        {
            int part = (int)Math.Min(left.Length, x.Length - done);
            a.ReadBytes(x, done, left.AsSpan(0, part));
            b.ReadBytes(y, done, right.AsSpan(0, part));
            if (!left.AsSpan(0, part).SequenceEqual(right.AsSpan(0, part)))
            {
                return false;
            }
        }

        return true;
    }
}
