using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Kernels.Spectral;

namespace RawSer.Audio.Tests.Features;

public class FeatureExtractorTests
{
    [TestCase("report-mfcc", 128, 94)]
    [TestCase("report-mel", 128, 188)]
    [TestCase("librosa-0.11-mfcc", 128, 94)]
    [TestCase("iliazenkov-mfcc", 40, 282)]
    [TestCase("torchaudio-mfcc", 40, 241)]
    public void ProfilesHaveTheirShapes(string name, int rows, int frames)
    {
        FeatureProfile profile = FeatureProfile.Get(name);
        var extractor = new FeatureExtractor(profile);
        Assert.That((extractor.Rows, extractor.Frames, profile.Rows, profile.Frames), Is.EqualTo((rows, frames, rows, frames)));
    }

    [Test]
    public void EveryProfileHasItsOwnKeyUnlessItMeansTheSame()
    {
        string[] keys = [.. FeatureProfile.Names.Select(n => FeatureProfile.Get(n).Key)];
        Assert.Multiple(() =>
        {
            Assert.That(keys, Is.Unique);
            Assert.That((FeatureProfile.Get("report-mfcc") with { Name = "mine" }).Key, Is.EqualTo(FeatureProfile.Get("report-mfcc").Key));
            Assert.That(() => FeatureProfile.Get("mfcc"), Throws.ArgumentException.With.Message.Contains("report-mfcc"));
        });
    }

    [Test]
    public void ABatchIsItsClips()
    {
        var extractor = new FeatureExtractor(FeatureProfile.Get("report-mfcc"));
        float[][] clips = [.. Enumerable.Range(0, 7).Select(i => Signals.Noise(20000 + 7000 * i, i))];
        using TensorScope scope = Tensor.Scope();
        Tensor batch = extractor.ExtractTensor(clips, Device.Cpu);
        float[] expected = [.. clips.SelectMany(c => extractor.Extract(c))];
        Assert.Multiple(() =>
        {
            Assert.That(batch.Shape, Is.EqualTo(Shape.Create([7, 1, 128, 94])));
            Assert.That(batch.ToArray<float>(), Is.EqualTo(expected));
        });
    }

    [Test]
    public void ShortClipsArePaddedAndLongOnesCut()
    {
        var extractor = new FeatureExtractor(FeatureProfile.Get("librosa-0.11-mel"));
        float[] clip = Signals.Voice(60000, 16000);
        float[] padded = [.. clip[..100], .. new float[47900]];
        Assert.Multiple(() =>
        {
            Assert.That(extractor.Extract(clip), Is.EqualTo(extractor.Extract(clip.AsSpan(0, 48000))));
            Assert.That(extractor.Extract(clip.AsSpan(0, 100)), Is.EqualTo(extractor.Extract(padded)));
        });
    }

    [Test]
    public void SilentTinyAndClippedClipsPass([Values("report-mfcc", "report-mel", "torchaudio-mfcc")] string name)
    {
        var extractor = new FeatureExtractor(FeatureProfile.Get(name));
        foreach (float[] clip in (float[][])[new float[48000], [1e-30f], [.. Signals.Noise(48000, 1, 1e-9)], [.. Signals.Noise(48000, 1, 9).Select(x => Math.Clamp(x, -1, 1))]])
        {
            Assert.That(extractor.Extract(clip), Has.All.Matches<float>(float.IsFinite));
        }
    }

    [Test]
    public void NonFiniteSamplesAreRefusedByName([Values(float.NaN, float.PositiveInfinity)] float bad)
    {
        var extractor = new FeatureExtractor(FeatureProfile.Get("report-mfcc"));
        float[] clip = Signals.Noise(1000, 1);
        clip[37] = bad;
        Assert.Multiple(() =>
        {
            Assert.That(() => extractor.Extract(clip), Throws.ArgumentException.With.Message.Contains("sample 37 of the clip is NaN or infinite"));
            Assert.That(
                () => extractor.ExtractBatch([Signals.Noise(10, 1), clip], new float[2 * extractor.FeatureCount]),
                Throws.ArgumentException.With.Message.StartsWith("clip 1: sample 37"));
            Assert.That(() => extractor.Extract([]), Throws.ArgumentException.With.Message.Contains("empty"));
        });
    }

    [Test]
    public void SamplesWhosePowersAreInfiniteAreRefused([Values("report-mfcc", "report-mel", "torchaudio-mfcc")] string name)
    {
        var extractor = new FeatureExtractor(FeatureProfile.Get(name));
        float[] clip = Signals.Noise(1000, 1);
        clip[37] = -1e12f;
        Assert.That(extractor.Extract(clip), Has.All.Matches<float>(float.IsFinite));
        clip[37] = -1e30f;
        Assert.That(() => extractor.Extract(clip), Throws.ArgumentException.With.Message.Contains("sample 37 of the clip is -1E+30: a spectrum needs samples up to 1E+12"));
    }

    /// <summary>The figure in the documentation of <see cref="TransformPrecision.Single"/>.</summary>
    [TestCase("report-mfcc")]
    [TestCase("report-mel")]
    [TestCase("librosa-0.8-mfcc")]
    public void SinglePrecisionStaysWithinTwoThousandths(string name)
    {
        FeatureProfile profile = FeatureProfile.Get(name);
        float[] clip = Signals.Voice(48000, 16000);
        float[] single = new FeatureExtractor(profile with { Precision = TransformPrecision.Single }).Extract(clip);
        float[] twice = new FeatureExtractor(profile with { Precision = TransformPrecision.Double }).Extract(clip);
        Assert.That(single.Zip(twice).Max(p => Math.Abs(p.First - p.Second)), Is.LessThan(2e-3).And.GreaterThan(0));
    }

    [Test]
    public void NothingIsAllocatedPerClip()
    {
        var extractor = new FeatureExtractor(FeatureProfile.Get("report-mfcc"));
        float[] clip = Signals.Noise(30000, 1), features = new float[extractor.FeatureCount];
        extractor.Extract(clip, features);
        extractor.Extract(clip, features);
        long[] allocated = new long[100];
        for (int i = 0; i < allocated.Length; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            extractor.Extract(clip, features);
            allocated[i] = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        string each = string.Join(", ", allocated.Select((bytes, i) => (Bytes: bytes, Clip: i)).Where(c => c.Bytes > 0).Select(c => $"clip {c.Clip}: {c.Bytes}"));
        Assert.That(allocated.Sum(), Is.Zero, each);
    }
}
