using RawSer.GoldenCheck;
using RawSer.Recipes.Metrics;

namespace RawSer.Recipes.Tests.Metrics;

public sealed class MetricsTests
{
    [TestCaseSource(nameof(Names))]
    public void Agrees_with_scikit_learn(string name) => GoldenData.Check("reports", name, "reference");

    private static IEnumerable<string> Names() => GoldenData.Names("reports");

    [TestCase(0.125, 2, "0.12")]
    [TestCase(0.375, 2, "0.38")]
    [TestCase(-0.125, 2, "-0.12")]
    [TestCase(0.135, 2, "0.14")]
    [TestCase(0.285, 2, "0.28")]
    [TestCase(0.5, 0, "0")]
    [TestCase(1.5, 0, "2")]
    [TestCase(1.0, 3, "1.000")]
    [TestCase(double.NaN, 2, "nan")]
    public void Rounds_as_python_does(double value, int digits, string text) =>
        Assert.That(ClassificationReport.Fixed(value, digits), Is.EqualTo(text));

    [Test]
    public void Bootstrap_of_a_share_is_near_its_wilson_interval_and_repeats()
    {
        int[] hits = [.. Enumerable.Range(0, 400).Select(i => i % 10 < 7 ? 1 : 0)];
        Interval drawn = Interval.Bootstrap(400, clips => clips.Average(i => hits[i]), samples: 2000, seed: 1);
        Interval wilson = Interval.Wilson(280, 400);
        Assert.That(drawn.Low, Is.EqualTo(wilson.Low).Within(0.01));
        Assert.That(drawn.High, Is.EqualTo(wilson.High).Within(0.01));
        Assert.That(Interval.Bootstrap(400, clips => clips.Average(i => hits[i]), samples: 2000, seed: 1), Is.EqualTo(drawn));
    }

    [Test]
    public void Bootstrap_over_speakers_is_wider_when_speakers_differ()
    {
        int[] hits = [.. Enumerable.Range(0, 400).Select(i => i / 100 % 2)];
        string[] speakers = [.. Enumerable.Range(0, 400).Select(i => $"{i / 100}")];
        Interval clips = Interval.Bootstrap(400, sample => sample.Average(i => hits[i]));
        Interval groups = Interval.Bootstrap(400, sample => sample.Average(i => hits[i]), speakers);
        Assert.That(groups.High - groups.Low, Is.GreaterThan(5 * (clips.High - clips.Low)));
    }

    [Test]
    public void Group_table_has_a_row_per_group()
    {
        IReadOnlyList<GroupScores> table = GroupScores.Table([0, 0, 1, 1, 2], [0, 1, 1, 1, 0], 3, ["b", "b", "a", "a", null]);
        Assert.That(table.Select(g => (g.Group, g.Clips, g.Accuracy, g.BalancedAccuracy, g.MacroF1)), Is.EqualTo(new[] { ("a", 2, 1.0, 1.0, 1.0), ("b", 2, 0.5, 0.5, 2 / 3.0) }));
    }

    [Test]
    public void Wrong_inputs_are_named()
    {
        Assert.That(() => new ConfusionMatrix([0], [1, 0], 2), Throws.ArgumentException.With.Message.Contains("1 true classes, 2 predictions"));
        Assert.That(() => new ConfusionMatrix([0], [2], 2), Throws.ArgumentException.With.Message.Contains("clip 0 has true class 0 and predicted class 2"));
        Assert.That(() => new Probabilities([[0.5, 0.5]], [2]), Throws.ArgumentException.With.Message.Contains("true class 2"));
        Assert.That(() => new Probabilities([], []), Throws.ArgumentException.With.Message.Contains("at least one clip"));
        Assert.That(Interval.Wilson(0, 0), Is.EqualTo(new Interval(0, 1)));
    }
}
