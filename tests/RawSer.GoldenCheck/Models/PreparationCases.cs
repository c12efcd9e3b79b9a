using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Models.Wav2Vec2;

namespace RawSer.GoldenCheck.Models;

/// <summary>What stands before and around the encoder: prepared waveforms, random span masks, buckets of relative positions.</summary>
internal static class PreparationCases
{
    private const int Draws = 2000;
    private const double StandardErrors = 6;

    public static void Register(HandlerTable table)
    {
        table.Kind("feature_extractor", FeatureExtractor);
        table.Kind("mask_statistics", MaskStatistics);
        table.Kind("relative_position_buckets", Buckets);
    }

    private static void FeatureExtractor(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        WaveformNormalizer normalizer = new()
        {
            Normalize = attrs.Bool("do_normalize"),
            ReturnMask = attrs.Bool("return_attention_mask"),
            Padding = attrs.IsString("padding")
                ? attrs.Choice("padding", ("longest", ClipPadding.Longest), ("max_length", ClipPadding.MaxLength))
                : attrs.Bool("padding") ? ClipPadding.Longest : ClipPadding.None,
            MaxLength = attrs.IntOrNull("max_length"),
            Truncate = attrs.Bool("truncation", false),
            PadToMultipleOf = attrs.IntOrNull("pad_to_multiple_of"),
        };
        WaveformBatch batch = normalizer.Prepare([.. golden.InputNames.Select(name => golden.Tensor(name).Floats)], normalizer.SampleRate);
        run.Output("input_values", batch.Values, [batch.Count, batch.Length]);
        if (batch.Mask is { } mask)
        {
            run.Output("attention_mask", mask, [batch.Count, batch.Length]);
        }
    }

    private static void MaskStatistics(GoldenCase golden, GoldenRun run)
    {
        using JsonDocument table = JsonDocument.Parse(File.ReadAllBytes(golden.PathOf(golden.File!)));
        Generator random = new(1);
        foreach (JsonElement row in table.RootElement.GetProperty("compute_mask_indices").EnumerateArray())
        {
            int length = row.GetProperty("sequence_length").GetInt32();
            SpanMaskOptions options = new(row.GetProperty("mask_prob").GetDouble(), row.GetProperty("mask_length").GetInt32(), row.GetProperty("min_masks").GetInt32());
            double[] means = Numbers(row, "mean_masked"), deviations = Numbers(row, "std_of_mean"), least = Numbers(row, "min_masked"), most = Numbers(row, "max_masked");
            int[] lengths = row.GetProperty("input_lengths").ValueKind == JsonValueKind.Null
                ? [.. means.Select(_ => length)]
                : [.. Numbers(row, "input_lengths").Select(n => (int)n)];
            string what = $"p {options.Probability} of {length}";
            foreach (JsonProperty spans in row.GetProperty("spans").EnumerateObject())
            {
                int[] got = [.. lengths.Select(n => SpanMask.Spans(options, length, n, double.Parse(spans.Name)))];
                run.Equal($"{what}, spans at {spans.Name}", string.Join(" ", got), string.Join(" ", spans.Value.EnumerateArray()));
            }

            Means(run, what, Counts(options, length, lengths, random), means, deviations, least, most);
        }
    }

    /// <summary>Masked positions of each row, draw by draw.</summary>
    private static List<double>[] Counts(SpanMaskOptions options, int length, int[] lengths, Generator random)
    {
        List<double>[] counts = [.. lengths.Select(_ => new List<double>())];
        for (int draw = 0; draw < Draws; draw++)
        {
            bool[] mask = SpanMask.Draw(options, length, lengths, random);
            for (int b = 0; b < lengths.Length; b++)
            {
                counts[b].Add(mask.AsSpan(b * length, length).Count(true));
            }
        }

        return counts;
    }

    private static void Means(GoldenRun run, string what, List<double>[] counts, double[] means, double[] deviations, double[] least, double[] most)
    {
        for (int b = 0; b < counts.Length; b++)
        {
            double mean = counts[b].Average();
            double variance = counts[b].Sum(n => (n - mean) * (n - mean)) / (Draws - 1) / Draws;
            double allowed = StandardErrors * Math.Sqrt(variance + (deviations[b] * deviations[b]));
            run.Check($"{what}, mean of row {b}", Math.Abs(mean - means[b]) <= allowed + 1e-9, $"got {mean:g6}, expected {means[b]:g6} within {allowed:g3}");

            // The extremes of the library's draws are no bounds of the distribution, but none of ours may lie far outside.
            double slack = most[b] - least[b];
            run.Check($"{what}, extremes of row {b}", counts[b].Min() >= least[b] - slack && counts[b].Max() <= most[b] + slack, $"got {counts[b].Min()} to {counts[b].Max()}, the library {least[b]} to {most[b]}");
        }
    }

    private static void Buckets(GoldenCase golden, GoldenRun run)
    {
        using JsonDocument table = JsonDocument.Parse(File.ReadAllBytes(golden.PathOf(golden.File!)));
        foreach (JsonElement row in table.RootElement.EnumerateArray())
        {
            int buckets = row.GetProperty("num_buckets").GetInt32(), distance = row.GetProperty("max_distance").GetInt32(), first = row.GetProperty("first").GetInt32();
            HashSet<int> ambiguous = [.. Numbers(row, "ambiguous").Select(n => (int)n)];
            int i = first;
            foreach (int expected in row.GetProperty("buckets").EnumerateArray().Select(b => b.GetInt32()))
            {
                if (!ambiguous.Contains(i))
                {
                    run.Equal($"bucket of {i} among {buckets} up to {distance}", RelativePositionBuckets.Of(i, buckets, distance), expected);
                }

                i++;
            }
        }
    }

    private static double[] Numbers(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(n => n.GetDouble())];
}
