using RawSer.GoldenCheck;
using RawSer.Recipes.Tuning;

namespace RawSer.Recipes.Tests.Tuning;

/// <summary>Callbacks, schedules and searches against what Keras and keras-tuner do.</summary>
public sealed class KerasTableGoldens
{
    [TestCaseSource(nameof(Names))]
    public void Passes(string name) => GoldenData.Check("keras", name, "reference");

    [Test]
    public void A_search_must_be_told_every_score()
    {
        var search = new Hyperband(new SearchSpace([SearchDimension.LogUniform("lr", 1e-5, 1e-1)], 1), 9);
        Assert.That(search.Next(), Is.Not.Null);
        Assert.That(search.Next, Throws.InvalidOperationException.With.Message.Contains("trial 0 is still running"));
        Assert.That(() => search.Report(3, 1), Throws.ArgumentException.With.Message.Contains("trial 3 does not exist"));
        Assert.That(() => new Hyperband(new SearchSpace([], 1), 9, factor: 1), Throws.ArgumentException.With.Message.Contains("expected at least 1, 2 and 1"));
    }

    private static IEnumerable<string> Names() => GoldenData.Names(
        "keras", "early_stopping", "reduce_lr", "model_checkpoint", "callback_mode", "lr_schedule", "hyperband", "hyperband_table", "hyperband_duplicates", "random_search");
}
