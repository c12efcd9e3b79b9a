using RawSer.Audio.Features;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Synthesis;
using RawSer.Recipes.Tests.Corpora;

namespace RawSer.Recipes.Tests.Synthesis;

public sealed class SyntheticCorpusTests
{
    private static readonly SyntheticCorpusOptions Small = new() { RavdessActors = 2, SaveeSentences = 1, TessWords = 1, CremaDActors = 2, CremaDSentences = 1 };

    [Test]
    public void Files_are_read_as_the_four_corpora()
    {
        using var tree = new FileTree([]);
        var steps = new List<int>();
        int clips = SyntheticCorpus.Write(tree.Root, Small, (done, all) =>
        {
            lock (steps)
            {
                steps.Add(done);
            }
        });
        ScanReport scan = CorpusScanner.Scan([CorpusSource.Parse(tree.Root)], new AudioProbe());
        Assert.That(scan.Refused, Is.Empty);
        Assert.That(scan.Clips, Has.Count.EqualTo(clips).And.Count.EqualTo(32 + 28 + 14 + 12));
        Assert.That(scan.Count(c => c.Corpus).Select(c => c.Value), Is.EqualTo(new[] { "CREMA-D", "RAVDESS", "SAVEE", "TESS" }));
        Assert.That(scan.Clips.Select(c => c.Audio!.Seconds), Is.All.InRange(1.2, 5.0));
        Assert.That(scan.Clips.Select(c => c.Audio!.Sha256).Distinct().Count(), Is.EqualTo(clips));
        Assert.That(steps.Order(), Is.EqualTo(Enumerable.Range(1, clips)));
    }

    [Test]
    public void A_clip_depends_on_its_path_and_the_seed_alone()
    {
        const string Path = "SAVEE/AudioData/DC/su02.wav";
        float[] first = SyntheticCorpus.Synthesize(Path, 1);
        Assert.That(SyntheticCorpus.Synthesize(Path, 1), Is.EqualTo(first));
        Assert.That(SyntheticCorpus.Synthesize("elsewhere/ALL/DC_su02.wav", 1), Is.EqualTo(first));
        Assert.That(SyntheticCorpus.Synthesize(Path, 2), Is.Not.EqualTo(first));
        Assert.That(first.All(float.IsFinite) && first.Max(Math.Abs) is > 0.05f and <= 1, Is.True);
    }

    [Test]
    public void Emotions_of_unseen_speakers_can_be_learnt_but_not_trivially()
    {
        var options = new SyntheticCorpusOptions();
        IReadOnlyList<string> paths = SyntheticCorpus.Paths(options);
        Clip[] clips = [.. paths.Select(p => LabelRulesTests.Clips([p]).Single())];
        LabelledClips labelled = new LabelRules().Apply(clips);
        var extractor = new FeatureExtractor(FeatureProfile.Get("report-mfcc"));
        double[][] features = new double[clips.Length][];
        Parallel.For(0, clips.Length, i =>
        {
            float[] samples = SyntheticCorpus.Synthesize(paths[i], options.Seed);
            features[i] = Summary(extractor.Extract(samples.AsSpan(Math.Min(8000, samples.Length - 8000))), extractor.Frames);
        });

        // Nearest class mean of standardised summaries, every third speaker unseen.
        string[] speakers = [.. clips.Select(c => c.SpeakerKey!).Distinct()];
        bool[] unseen = [.. clips.Select(c => Array.IndexOf(speakers, c.SpeakerKey) % 3 == 2)];
        int[] train = [.. Enumerable.Range(0, clips.Length).Where(i => !unseen[i])];
        int width = features[0].Length;
        double[] mean = [.. Enumerable.Range(0, width).Select(d => train.Average(i => features[i][d]))];
        double[] deviation = [.. Enumerable.Range(0, width).Select(d => Math.Sqrt(train.Average(i => Math.Pow(features[i][d] - mean[d], 2))) + 1e-9)];
        double[][] centres = [.. Enumerable.Range(0, 7).Select(c => Enumerable.Range(0, width).Select(d => train.Where(i => labelled.Labels[i] == c).Average(i => (features[i][d] - mean[d]) / deviation[d])).ToArray())];
        int Nearest(int i) => Enumerable.Range(0, 7).MinBy(c => Enumerable.Range(0, width).Sum(d => Math.Pow(((features[i][d] - mean[d]) / deviation[d]) - centres[c][d], 2)));
        int[] test = [.. Enumerable.Range(0, clips.Length).Where(i => unseen[i])];
        double accuracy = test.Count(i => Nearest(i) == labelled.Labels[i]) / (double)test.Length;
        TestContext.Out.WriteLine($"nearest class mean on {test.Length} clips of unseen speakers: {accuracy:P1}");
        Assert.That(accuracy, Is.InRange(0.4, 0.9));
    }

    [Test]
    public void Numbers_outside_a_corpus_are_refused()
    {
        Assert.That(SyntheticCorpus.Paths(new SyntheticCorpusOptions()), Has.Count.EqualTo(508));
        Assert.That(() => SyntheticCorpus.Paths(new SyntheticCorpusOptions { RavdessActors = 25 }), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("25 actors of RAVDESS: expected 1 to 24"));
        Assert.That(() => SyntheticCorpus.Synthesize("x.wav", 0), Throws.ArgumentException.With.Message.Contains("is no name of RAVDESS"));
    }

    // Mean and deviation over time of the first coefficients.
    private static double[] Summary(float[] mfcc, int frames)
    {
        const int Coefficients = 20;
        double[] summary = new double[2 * Coefficients];
        for (int c = 0; c < Coefficients; c++)
        {
            float[] row = mfcc[(c * frames)..((c + 1) * frames)];
            double mean = row.Average();
            summary[2 * c] = mean;
            summary[(2 * c) + 1] = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)));
        }

        return summary;
    }
}
