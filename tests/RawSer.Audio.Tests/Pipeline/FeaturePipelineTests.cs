using RawSer.Audio.Decoding;
using RawSer.Audio.Features;
using RawSer.Audio.Pipeline;

namespace RawSer.Audio.Tests.Pipeline;

public class FeaturePipelineTests
{
    private static readonly FeatureProfile Profile = FeatureProfile.Get("librosa-0.11-mfcc") with { Duration = 0.5 };

    private string _folder = "";

    private string Cache => Path.Combine(_folder, "cache");

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawser-pipeline-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void ResultsComeInTheOrderOfTheFilesAndFailuresWithTheirReasons()
    {
        float[] nan = Signals.Noise(4000, 9);
        nan[11] = float.NaN;
        string[] files =
        [
            Write("a.wav", Signals.Noise(9000, 1)), Path.Combine(_folder, "missing.wav"), Write("b.wav", Signals.Noise(9000, 2)),
            Write("nan.wav", nan), WriteBytes("page.wav", "<html></html>"u8.ToArray()), Write("silent.wav", new float[4000]),
            Write("clipped.wav", [.. Signals.Noise(8000, 3, 5)], WavSampleFormat.Pcm16), Write("tiny.wav", [0.1f]), WriteBytes("empty.wav", []),
        ];
        var extractor = new FeatureExtractor(Profile);
        FileFeatures[] results = new FeaturePipeline(extractor).Run(files);
        Assert.Multiple(() =>
        {
            Assert.That(results.Select(r => r.Path), Is.EqualTo(files));
            Assert.That(results[0].Features, Is.EqualTo(extractor.Extract(Signals.Noise(9000, 1))));
            Assert.That(results[2].Features, Is.EqualTo(extractor.Extract(Signals.Noise(9000, 2))));
            Assert.That(results[7].Features, Has.Length.EqualTo(extractor.FeatureCount));
            Assert.That(results.Select(r => r.Failure is null), Is.EqualTo(new[] { true, false, true, false, false, true, true, true, false }));
            Assert.That(results.Where(r => r.Failure is not null).Select(r => r.Failure!.Contains('\n')), Is.All.False);
            Assert.That(results[3].Failure, Does.Contain("sample 11"));
            Assert.That(results[4].Failure, Does.Contain("HTML"));
            Assert.That(results[8].Failure, Does.Contain("empty"));
            Assert.That(results[5].Warning, Does.StartWith("silent"));
            Assert.That(results[6].Warning, Does.StartWith("clipped: 8"));
            Assert.That(results[0].ContentHash, Has.Length.EqualTo(64));
        });
    }

    [Test]
    public void ADeviceGivesTheSameFeaturesFailuresAndWarningsAndFillsTheCache()
    {
        float[] nan = Signals.Noise(900, 9);
        nan[11] = float.NaN;
        string[] files =
        [
            Write("a.wav", Signals.Noise(9000, 1)), Path.Combine(_folder, "missing.wav"), Write("nan.wav", nan), Write("silent.wav", new float[4000]),
            Write("tiny.wav", [0.1f]), WriteBytes("empty.wav", []), Write("b.wav", Signals.Noise(1000, 2)),
        ];
        var extractor = new FeatureExtractor(Profile with { Duration = 0.1, FftSize = 400, HopLength = 160 });
        FileFeatures[] expected = new FeaturePipeline(extractor).Run(files);
        List<int> progress = [];
        FileFeatures[] results = new FeaturePipeline(extractor, new FeatureCache(Cache), Device.Emulator).Run(files, progress.Add);
        FileFeatures[] cached = new FeaturePipeline(extractor, new FeatureCache(Cache)).Run(files);
        Assert.Multiple(() =>
        {
            Assert.That(progress, Is.EqualTo(new[] { files.Length }));
            for (int i = 0; i < files.Length; i++)
            {
                Assert.That(results[i] with { Features = null }, Is.EqualTo(expected[i] with { Features = null }));
                Assert.That(results[i].Features, expected[i].Features is { } features ? Is.EqualTo(features).Within(2e-3) : Is.Null);
                Assert.That(cached[i].Features, Is.EqualTo(results[i].Features));
                Assert.That(cached[i].FromCache, Is.EqualTo(results[i].Features is not null));
            }
        });
    }

    [Test]
    public void TheCacheGivesTheSameFeaturesAndWarnings()
    {
        string[] files = [Write("a.wav", Signals.Noise(9000, 1)), Write("silent.wav", new float[400])];
        var extractor = new FeatureExtractor(Profile);
        FileFeatures[] first = new FeaturePipeline(extractor, new FeatureCache(Cache)).Run(files);
        FileFeatures[] second = new FeaturePipeline(extractor, new FeatureCache(Cache)).Run(files);
        Assert.Multiple(() =>
        {
            Assert.That(first.Select(r => r.FromCache), Is.All.False);
            Assert.That(second.Select(r => r.FromCache), Is.All.True);
            Assert.That(second.Select(r => r.Features), Is.EqualTo(first.Select(r => r.Features)));
            Assert.That(second.Select(r => r.Warning), Is.EqualTo(first.Select(r => r.Warning)));
            Assert.That(Directory.GetFiles(Cache, "*.tmp", SearchOption.AllDirectories), Is.Empty);
        });
    }

    [Test]
    public void AnotherProfileOrContentIsAnotherEntry()
    {
        string file = Write("a.wav", Signals.Noise(9000, 1));
        var cache = new FeatureCache(Cache);
        new FeaturePipeline(new FeatureExtractor(Profile), cache).Run(file);
        FileFeatures otherProfile = new FeaturePipeline(new FeatureExtractor(Profile with { Lifter = 22 }), cache).Run(file);
        Write("a.wav", Signals.Noise(9000, 2));
        FileFeatures otherContent = new FeaturePipeline(new FeatureExtractor(Profile), cache).Run(file);
        Assert.That((otherProfile.FromCache, otherContent.FromCache), Is.EqualTo((false, false)));
    }

    [Test]
    public void DamagedEntriesAreComputedAnew()
    {
        string file = Write("a.wav", Signals.Noise(9000, 1));
        var pipeline = new FeaturePipeline(new FeatureExtractor(Profile), new FeatureCache(Cache));
        FileFeatures whole = pipeline.Run(file);
        string entry = Directory.GetFiles(Cache, "*", SearchOption.AllDirectories).Single();
        byte[] good = File.ReadAllBytes(entry);
        byte[] flipped = [.. good];
        flipped[good.Length / 2] ^= 1;
        byte[][] damaged = [[], good[..20], good[..^1], flipped, [.. good, 0], new byte[good.Length]];
        foreach (byte[] bytes in damaged)
        {
            File.WriteAllBytes(entry, bytes);
            FileFeatures again = pipeline.Run(file);
            Assert.That((again.FromCache, again.Failure), Is.EqualTo((false, (string?)null)));
            Assert.That(again.Features, Is.EqualTo(whole.Features));
            Assert.That(File.ReadAllBytes(entry), Is.EqualTo(good), "the entry is repaired");
        }
    }

    [Test]
    public void AFolderThatCannotBeWrittenCostsNoFeatures()
    {
        string blocked = WriteBytes("not-a-folder", [1]);
        var cache = new FeatureCache(blocked);
        FileFeatures result = new FeaturePipeline(new FeatureExtractor(Profile), cache).Run(Write("a.wav", Signals.Noise(9000, 1)));
        Assert.That((result.Features is not null, cache.WriteFailure is not null), Is.EqualTo((true, true)));
    }

    [Test]
    public void ProgressReachesTheEndAndCancellationStops()
    {
        string[] files = [.. Enumerable.Range(0, 20).Select(i => Write($"{i}.wav", Signals.Noise(500, i)))];
        var pipeline = new FeaturePipeline(new FeatureExtractor(Profile));
        int highest = 0;
        pipeline.Run(files, done => InterlockedMax(ref highest, done));
        using var source = new CancellationTokenSource();
        Assert.Multiple(() =>
        {
            Assert.That(highest, Is.EqualTo(20));
            Assert.That(() => pipeline.Run(files, _ => source.Cancel(), source.Token), Throws.InstanceOf<OperationCanceledException>());
        });
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }

    private string Write(string name, float[] samples, WavSampleFormat format = WavSampleFormat.Float32) =>
        WriteBytes(name, WavWriter.Encode(samples, 1, 16000, format));

    private string WriteBytes(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
