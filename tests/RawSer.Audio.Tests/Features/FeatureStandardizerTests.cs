using RawSer.Audio.Features;

namespace RawSer.Audio.Tests.Features;

public class FeatureStandardizerTests
{
    [Test]
    public void TrainingFeaturesGetMeanZeroAndDeviationOne([Values] StandardizationScope scope)
    {
        const int Clips = 50, Rows = 3, Frames = 4;
        float[] features = Signals.Noise(Clips * Rows * Frames, 1, 20);
        for (int i = 0; i < features.Length; i++)
        {
            features[i] += 100 * (i % (Rows * Frames));
        }

        FeatureStandardizer standardizer = Fit(scope, features, Rows, Frames);
        standardizer.Apply(features);
        foreach (IGrouping<int, float> group in features.Select((x, i) => (x, i)).GroupBy(
            p => scope switch { StandardizationScope.Cell => p.i % 12, StandardizationScope.Row => p.i % 12 / 4, _ => 0 }, p => p.x))
        {
            double mean = group.Average(x => (double)x);
            Assert.That(mean, Is.EqualTo(0).Within(1e-5));
            Assert.That(Math.Sqrt(group.Average(x => (x - mean) * (x - mean))), Is.EqualTo(1).Within(1e-5));
        }
    }

    /// <summary>scikit-learn's StandardScaler gives the same for these numbers: population deviation, 1 for the constant cell.</summary>
    [Test]
    public void DividesByThePopulationDeviationAndKeepsConstants()
    {
        FeatureStandardizer standardizer = Fit(StandardizationScope.Cell, [1, -1131.3708f, 3, -1131.3708f], 2, 1);
        Assert.That((standardizer.Means, standardizer.Deviations), Is.EqualTo((new[] { 2, -1131.3708f }, new[] { 1f, 1f })));
        float[] other = [4, -1131.3708f];
        standardizer.Apply(other);
        Assert.That(other, Is.EqualTo(new[] { 2f, 0 }));
    }

    [Test]
    public void ItsArraysRestoreIt()
    {
        float[] features = Signals.Noise(5 * 6, 3), again = [.. features];
        FeatureStandardizer fitted = Fit(StandardizationScope.Row, features, 2, 3);
        fitted.Apply(features);
        new FeatureStandardizer(StandardizationScope.Row, 2, 3, fitted.Means, fitted.Deviations).Apply(again);
        Assert.That(again, Is.EqualTo(features));
    }

    [Test]
    public void RefusesWhatDoesNotFit() => Assert.Multiple(() =>
    {
        Assert.That(() => Fit(StandardizationScope.Cell, [], 2, 3), Throws.ArgumentException);
        Assert.That(() => FeatureStandardizer.Fit(StandardizationScope.Cell, 1, (_, _) => { }, 0, 3), Throws.ArgumentException);
        Assert.That(() => Fit(StandardizationScope.Global, [1, float.NaN], 1, 2), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => new FeatureStandardizer(StandardizationScope.Row, 2, 3, [0, 0], [1, 0]), Throws.ArgumentException.With.Message.Contains("positive"));
    });

    private static FeatureStandardizer Fit(StandardizationScope scope, float[] features, int rows, int frames)
    {
        int cells = rows * frames;
        return FeatureStandardizer.Fit(scope, features.Length / cells, (clip, destination) => features.AsSpan(clip * cells, cells).CopyTo(destination), rows, frames);
    }
}
