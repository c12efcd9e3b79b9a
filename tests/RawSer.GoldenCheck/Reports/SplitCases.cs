using System.Text.Json;
using RawSer.Recipes.Sampling;
using RawSer.Recipes.Splits;

namespace RawSer.GoldenCheck.Reports;

/// <summary>Sizes of splits, class counts of stratified ones, and folds of groups.</summary>
internal static class SplitCases
{
    public static void Register(HandlerTable table) => table.Kind("report_splits", (golden, run) =>
    {
        JsonElement part = LabelCases.Part(golden);
        foreach (JsonElement row in part.GetProperty("sizes").EnumerateArray())
        {
            (int train, int test) = StratifiedAllocation.Sizes(row.GetProperty("n").GetInt32(), Share(row, "test_size"), Share(row, "train_size"));
            run.Equal($"sizes of {row.GetRawText()}", $"[{train}, {test}]", $"[{string.Join(", ", LabelCases.Numbers(row.GetProperty("sizes")))}]");
        }

        foreach (JsonElement row in part.GetProperty("stratified").EnumerateArray())
        {
            Stratified(run, row);
        }

        foreach (JsonProperty groups in part.GetProperty("groups").EnumerateObject())
        {
            int folds = groups.Value.GetProperty("n_splits").GetInt32();
            int[] got = groups.Value.TryGetProperty("sizes", out JsonElement sizes)
                ? GroupAllocation.FoldsBySize(Whole(sizes), folds)
                : GroupAllocation.StratifiedFolds([.. groups.Value.GetProperty("group_class_counts").EnumerateArray().Select(Whole)], folds);
            int[] expected = Whole(groups.Value.GetProperty("fold_of_group"));

            // A group without a clip is in no fold.
            run.Equal(groups.Name, string.Join(" ", got.Where((_, g) => expected[g] >= 0)), string.Join(" ", expected.Where(f => f >= 0)));
        }
    });

    // Which class gets a clip more is drawn, so every outcome must be one that scikit-learn can have, and enough seeds must give them all.
    private static void Stratified(GoldenRun run, JsonElement row)
    {
        int[] totals = Whole(row.GetProperty("totals"));
        HashSet<string> possible = [.. row.GetProperty("sorted_outcomes").EnumerateArray().Select(o => $"{Joined(Whole(o.GetProperty("train")))} / {Joined(Whole(o.GetProperty("test")))}")];
        var seen = new HashSet<string>();
        int[] least = [.. totals.Select(_ => int.MaxValue)], greatest = new int[totals.Length];
        for (ulong seed = 0; seed < 60; seed++)
        {
            (int[] train, int[] test) = StratifiedAllocation.Counts(totals, Share(row, "test_size"), Share(row, "train_size"), new CounterRandom(seed, "golden"));
            seen.Add($"{Joined(train.Order())} / {Joined(test.Order())}");
            least = [.. least.Zip(test, Math.Min)];
            greatest = [.. greatest.Zip(test, Math.Max)];
        }

        run.Check($"outcomes of {Joined(totals)}", seen.SetEquals(possible), $"got {string.Join(" or ", seen)}, expected {string.Join(" or ", possible)}");
        run.Equal($"least test counts of {Joined(totals)}", Joined(least), Joined(Whole(row.GetProperty("test_min"))));
        run.Equal($"greatest test counts of {Joined(totals)}", Joined(greatest), Joined(Whole(row.GetProperty("test_max"))));
    }

    private static double? Share(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static int[] Whole(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetInt32())];

    private static string Joined(IEnumerable<int> counts) => string.Join(" ", counts);
}
