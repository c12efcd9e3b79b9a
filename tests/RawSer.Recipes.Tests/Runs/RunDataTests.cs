using RawSer.Audio.Pipeline;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Runs;
using RawSer.Recipes.Splits;
using RawSer.Recipes.Synthesis;
using RawSer.Training;

namespace RawSer.Recipes.Tests.Runs;

/// <summary>Features that are too many for memory are read from the cache when they are drawn.</summary>
public sealed class RunDataTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rawser-run-data-").FullName;

    private string Corpus => Path.Combine(_folder, "corpus");

    [OneTimeSetUp]
    public void MakeCorpus() =>
        SyntheticCorpus.Write(Corpus, new SyntheticCorpusOptions { RavdessActors = 4, SaveeSentences = 1, TessWords = 1, CremaDActors = 1 });

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Features_are_the_same_bits_from_memory_from_a_new_cache_and_from_an_old_one()
    {
        RunData memory = Extract(null, largestInMemory: long.MaxValue);
        float[][] expected = Values(memory);
        foreach (string state in (string[])["new", "old"])
        {
            RunData cached = Extract(new FeatureCache(Path.Combine(_folder, "same")), largestInMemory: 0);
            Assert.That(cached.Standardizer!.Means, Is.EqualTo(memory.Standardizer!.Means), state);
            Assert.That(cached.Standardizer.Deviations, Is.EqualTo(memory.Standardizer.Deviations), state);
            Assert.That(Values(cached), Is.EqualTo(expected), state);
        }
    }

    [Test]
    public void What_the_cache_holds_takes_no_memory()
    {
        FeatureCache cache = new(Path.Combine(_folder, "growth"));
        Extract(cache, largestInMemory: 0); // fills the cache, and the workspaces of the threads
        long kept = Held(() => Extract(cache, largestInMemory: long.MaxValue), out long bytes), left = Held(() => Extract(cache, largestInMemory: 0), out _);
        Assert.That(kept, Is.GreaterThan(bytes / 10 * 9));
        Assert.That(left, Is.LessThan(bytes / 10));
    }

    [Test]
    public void An_entry_that_the_cache_lost_meanwhile_is_an_error_with_its_path()
    {
        string folder = Path.Combine(_folder, "lost");
        FeatureExamples examples = Extract(new FeatureCache(folder), largestInMemory: 0).Examples(SplitPart.Train);
        Directory.Delete(folder, recursive: true);
        Assert.That(() => examples.ToArray(0), Throws.TypeOf<RunException>().With.Message.Contains(folder));
    }

    /// <summary>Bytes of managed memory that the features hold, and how many bytes they are.</summary>
    private static long Held(Func<RunData> extract, out long bytes)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        RunData data = extract();
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        bytes = Enum.GetValues<SplitPart>().Sum(part => (long)data.Examples(part).Count) * data.Extractor.FeatureCount * sizeof(float);
        return held;
    }

    private static float[][] Values(RunData data) =>
    [
        .. from part in Enum.GetValues<SplitPart>()
           let examples = data.Examples(part)
           from i in Enumerable.Range(0, examples.Count)
           select examples.ToArray(i),
    ];

    /// <summary>The clips and two noisy copies of those that train.</summary>
    private RunData Extract(FeatureCache? cache, long largestInMemory)
    {
        Recipe recipe = RecipeFile.Load("cnn");
        recipe = recipe with { Augmentation = recipe.Augmentation with { NoiseCopies = 2 } };
        RunData data = RunData.Divide(recipe, [CorpusSource.Parse(Path.Combine(Corpus, "RAVDESS"))], null, new SilentObserver(), CancellationToken.None);
        data.LargestInMemory = largestInMemory;
        data.ExtractFeatures(recipe, cache, Device.Cpu, standardizer: null, forTraining: true, new SilentObserver(), CancellationToken.None);
        return data;
    }

    private sealed class SilentObserver : IRunObserver
    {
        public void StageStarted(string title, long total, string unit)
        {
        }

        public void Progress(long done, string detail)
        {
        }

        public void EpochFinished(EpochMetrics epoch)
        {
        }

        public void Message(string text)
        {
        }

        public void Warning(string text) => Assert.Fail(text);
    }
}
