namespace RawSer.Recipes.Metrics;

/// <summary>Scores of the clips of one corpus, speaker or other group.</summary>
/// <param name="Group">Name of the group.</param>
/// <param name="Clips">Number of clips.</param>
/// <param name="Accuracy">Share of them that are recognised.</param>
/// <param name="AccuracyInterval">Its 95% Wilson interval.</param>
/// <param name="BalancedAccuracy">Mean recall of the classes that occur in the group.</param>
/// <param name="MacroF1">Mean F1 of the classes that occur in the group.</param>
public sealed record GroupScores(string Group, int Clips, double Accuracy, Interval AccuracyInterval, double BalancedAccuracy, double MacroF1)
{
    /// <summary>A row per group, in alphabetical order; clips without group are left out.</summary>
    public static IReadOnlyList<GroupScores> Table(IReadOnlyList<int> truth, IReadOnlyList<int> predicted, int classes, IReadOnlyList<string?> groups) =>
    [
        .. Enumerable.Range(0, truth.Count).Where(i => groups[i] is not null).GroupBy(i => groups[i]!).OrderBy(g => g.Key, StringComparer.Ordinal).Select(group =>
        {
            int[] clips = [.. group];
            var matrix = new ConfusionMatrix(clips.Select(i => truth[i]).ToArray(), clips.Select(i => predicted[i]).ToArray(), classes);
            int[] occurring = [.. Enumerable.Range(0, classes).Where(c => matrix.Support(c) > 0)];
            var report = new ClassificationReport(matrix, [.. occurring.Select(c => $"{c}")], occurring);
            return new GroupScores(group.Key, clips.Length, matrix.Accuracy, Interval.Wilson(matrix.Correct, clips.Length), matrix.BalancedAccuracy, report.Macro.F1);
        }),
    ];
}
