using RawSer.Audio.Features;
using RawSer.Audio.Pipeline;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Splits;

namespace RawSer.Recipes.Runs;

/// <summary>
/// The clips of a run, from folders to examples: scan, label, split, features, noise, standardisation. Clips that cannot be used are left out and listed.
/// </summary>
public sealed class RunData
{
    /// <summary>Files whose features are held at once before they are stored.</summary>
    private const int FilesAtOnce = 256;

    private readonly Dictionary<SplitPart, FeatureExamples> _examples = [];

    private RunData(LabelledClips clips, Split split, FeatureExtractor extractor, IReadOnlyList<RefusedFile> refused)
    {
        Clips = clips;
        Split = split;
        Extractor = extractor;
        Refused = refused;
    }

    /// <summary>The labelled clips.</summary>
    public LabelledClips Clips { get; }

    /// <summary>The parts, without clips that have no features.</summary>
    public Split Split { get; private set; }

    /// <summary>From clips to features.</summary>
    public FeatureExtractor Extractor { get; }

    /// <summary>Files that were left out, and why.</summary>
    public IReadOnlyList<RefusedFile> Refused { get; private set; }

    /// <summary>Statistics of the training part; null when the recipe standardises nothing.</summary>
    public FeatureStandardizer? Standardizer { get; private set; }

    /// <summary>
    /// Bytes of features that stay in memory; 64 MiB at first. More are left in the cache, if there is one, and read each time they are drawn: memory does not
    /// grow with the number of clips.
    /// </summary>
    public long LargestInMemory { get; set; } = ExampleStore.DefaultLimit;

    /// <summary>Whether <see cref="ExtractFeatures"/> has run.</summary>
    public bool HasFeatures => _examples.Count > 0;

    /// <summary>Scans the data, labels and splits it, without reading features.</summary>
    /// <param name="recipe">Corpora, labels and split.</param>
    /// <param name="sources">The folders.</param>
    /// <param name="splitPath">A split file to use instead of the recipe's split plan; null for none.</param>
    /// <param name="observer">Progress.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="CorpusException">There are no clips, or they cannot be divided as asked.</exception>
    public static RunData Divide(Recipe recipe, IReadOnlyList<CorpusSource> sources, string? splitPath, IRunObserver observer, CancellationToken cancel)
    {
        (LabelledClips clips, RefusedFile[] refused) = Scan(recipe.Labels, recipe.Corpora, sources, observer, cancel);
        Split split;
        if (splitPath is null)
        {
            split = Splitter.Divide(clips, recipe.Split);
        }
        else
        {
            using FileStream stream = File.OpenRead(splitPath);
            split = SplitFile.Read(stream, splitPath, clips);
        }

        observer.Message($"{split.Train.Count} clips to train, {split.Validation.Count} to validate, {split.Test.Count} to test");
        return split.Train.Count == 0
            ? throw new CorpusException("the split leaves no clips to train on; change split.kind, its shares or its speakers")
            : new RunData(clips, split, new FeatureExtractor(FeatureProfile.Get(recipe.Features.Profile)), refused);
    }

    /// <summary>All clips of some data, with the classes of a trained network, as one part (the training part).</summary>
    /// <exception cref="CorpusException">There are no clips of these classes.</exception>
    public static RunData Whole(Recipe recipe, IReadOnlyList<string> classes, IReadOnlyList<CorpusSource> sources, IRunObserver observer, CancellationToken cancel)
    {
        (LabelledClips clips, RefusedFile[] refused) = Scan(recipe.Labels with { Classes = classes }, [], sources, observer, cancel);
        Split all = new([.. Enumerable.Range(0, clips.Clips.Count)], [], []);
        return new RunData(clips, all, new FeatureExtractor(FeatureProfile.Get(recipe.Features.Profile)), refused);
    }

    /// <summary>Computes the features of all parts, adds noisy copies of the training clips, and standardises by the training part.</summary>
    /// <param name="recipe">Augmentation and standardisation.</param>
    /// <param name="cache">Features of earlier runs, and the place of those that are too many for memory; null for none.</param>
    /// <param name="device">Where features are computed.</param>
    /// <param name="standardizer">Statistics to use instead of fitting them, when a trained network is evaluated.</param>
    /// <param name="forTraining">Whether noisy copies are wanted.</param>
    /// <param name="observer">Progress.</param>
    /// <param name="cancel">Stops.</param>
    public void ExtractFeatures(Recipe recipe, FeatureCache? cache, Device device, FeatureStandardizer? standardizer, bool forTraining, IRunObserver observer, CancellationToken cancel)
    {
        int[] all = [.. Split.Train, .. Split.Validation, .. Split.Test];
        int copies = forTraining ? recipe.Augmentation.NoiseCopies : 0;
        ExampleStore store = new(cache, all.LongLength + ((long)Split.Train.Count * copies), Extractor.Rows, Extractor.Frames, LargestInMemory);
        Dictionary<int, StoredExample> features = [];
        List<RefusedFile> failed = [];
        observer.StageStarted("features", all.Length, "clips");
        foreach (int[] clips in all.Chunk(FilesAtOnce))
        {
            int before = features.Count + failed.Count;
            FileFeatures[] files = new FeaturePipeline(Extractor, cache, device).Run(
                [.. clips.Select(i => Clips.Clips[i].Path)], done => observer.Progress(before + done, Extractor.Profile.Name), cancel);
            foreach ((int clip, FileFeatures file) in clips.Zip(files))
            {
                if (file.Features is { } values)
                {
                    features[clip] = store.Keep(FeatureCache.KeyOf(Convert.FromHexString(file.ContentHash), Extractor.Profile), values);
                }
                else
                {
                    failed.Add(new RefusedFile(file.Path, file.Failure ?? "no features"));
                }
            }
        }

        WarnOf(failed, observer);
        Refused = [.. Refused, .. failed];
        Split = new Split(Usable(Split.Train, features), Usable(Split.Validation, features), Usable(Split.Test, features));
        if (Split.Train.Count == 0)
        {
            throw new CorpusException($"none of the training clips has features; the first failure: {failed[0].Reason}");
        }

        StoredExample[] noisy = copies > 0 ? Noise(recipe, device, store, observer, cancel) : [];
        if (cache?.WriteFailure is string failure)
        {
            observer.Warning($"the feature cache cannot be written and is not used: {failure}");
        }

        FeatureExamples train = Examples(store, Split.Train, features, noisy, copies);
        Standardizer = standardizer ?? Fit(recipe.Features.Standardize, train);
        _examples[SplitPart.Train] = train.With(Standardizer);
        _examples[SplitPart.Validation] = Examples(store, Split.Validation, features, [], 0).With(Standardizer);
        _examples[SplitPart.Test] = Examples(store, Split.Test, features, [], 0).With(Standardizer);
    }

    /// <summary>The features of a part; those of the training part are the clips, then the noisy copies.</summary>
    /// <exception cref="InvalidOperationException">There are no features yet.</exception>
    public FeatureExamples Examples(SplitPart part) =>
        _examples.TryGetValue(part, out FeatureExamples? examples) ? examples : throw new InvalidOperationException("the features were not extracted");

    private static (LabelledClips Clips, RefusedFile[] Refused) Scan(
        LabelRules labels, IReadOnlyList<string> corpora, IReadOnlyList<CorpusSource> sources, IRunObserver observer, CancellationToken cancel)
    {
        observer.StageStarted("scanning the data", sources.Count, "folders");
        ScanReport scan = CorpusScanner.Scan(sources, new AudioProbe(), cancel);
        IReadOnlyList<Clip> chosen = corpora.Count == 0 ? scan.Clips : [.. scan.Clips.Where(c => corpora.Contains(c.Corpus, StringComparer.OrdinalIgnoreCase))];
        if (chosen.Count == 0 && scan.Clips.Count > 0)
        {
            throw new CorpusException($"corpora {string.Join(", ", corpora)}: none of the {scan.Clips.Count} clips is of them; they are of {string.Join(", ", scan.Clips.Select(c => c.Corpus).Distinct().Order())}");
        }

        if (chosen.Count == 0)
        {
            string reason = scan.Refused.Count > 0 ? $"; {scan.Refused.Count} files were refused, the first: {scan.Refused[0].Path}: {scan.Refused[0].Reason}" : "";
            throw new CorpusException($"no clips in {string.Join(", ", sources.Select(s => s.Path))}{reason}");
        }

        LabelledClips clips = labels.Apply(labels.CremaD == CremaDLabels.Perceived ? CremaDVotes.Read(chosen) : chosen);
        RefusedFile[] refused = [.. scan.Refused, .. clips.Dropped];
        observer.Message($"{clips.Clips.Count} clips of {string.Join(", ", chosen.Select(c => c.Corpus).Distinct().Order())}; classes {string.Join(", ", clips.Classes)}");
        WarnOf(refused, observer);
        return (clips, refused);
    }

    private static int[] Usable(IReadOnlyList<int> part, Dictionary<int, StoredExample> features) => [.. part.Where(features.ContainsKey)];

    private static void WarnOf(IReadOnlyList<RefusedFile> refused, IRunObserver observer)
    {
        const int Shown = 10;
        foreach (RefusedFile file in refused.Take(Shown))
        {
            observer.Warning($"left out: {file.Path}: {file.Reason}");
        }

        if (refused.Count > Shown)
        {
            observer.Warning($"left out: {refused.Count - Shown} more files ('rawser corpora scan' lists all)");
        }
    }

    private StoredExample[] Noise(Recipe recipe, Device device, ExampleStore store, IRunObserver observer, CancellationToken cancel)
    {
        (string, string)[] clips = [.. Split.Train.Select(i => (Clips.Clips[i].Path, Clips.Clips[i].Audio!.Sha256))];
        observer.StageStarted("noisy copies", clips.Length, "clips");
        return NoisyCopies.Extract(Extractor, clips, recipe.Augmentation, recipe.Seed, device, store, done => observer.Progress(done, $"{recipe.Augmentation.NoiseCopies} each"), cancel);
    }

    private FeatureExamples Examples(ExampleStore store, IReadOnlyList<int> part, Dictionary<int, StoredExample> features, StoredExample[] noisy, int copies)
    {
        int[] labels = [.. part.Select(i => Clips.Labels[i]), .. part.SelectMany(i => Enumerable.Repeat(Clips.Labels[i], copies))];
        return new FeatureExamples(store, [.. part.Select(i => features[i]), .. noisy], labels, [1, Extractor.Rows, Extractor.Frames]);
    }

    private FeatureStandardizer? Fit(Standardization standardization, FeatureExamples train) => standardization switch
    {
        Standardization.Cell => FeatureStandardizer.Fit(StandardizationScope.Cell, train.Count, train.CopyTo, Extractor.Rows, Extractor.Frames),
        Standardization.Row => FeatureStandardizer.Fit(StandardizationScope.Row, train.Count, train.CopyTo, Extractor.Rows, Extractor.Frames),
        _ => null,
    };
}
