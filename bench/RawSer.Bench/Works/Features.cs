using RawSer.Audio.Features;
using RawSer.Kernels;

namespace RawSer.Bench.Works;

/// <summary>The report's MFCCs (128 x 94) of 64 clips of 3 s.</summary>
internal static class Features
{
    private const int Clips = 64;

    public static void Measure(double seconds)
    {
        var extractor = new FeatureExtractor(FeatureProfile.Get("report-mfcc"));
        var random = new Random(1);
        float[][] clips = [.. Enumerable.Range(0, Clips).Select(_ => Noise(random, extractor.Profile.SampleCount))];
        float[] features = new float[Clips * extractor.FeatureCount];
        Measurement.Of($"features/{Clips}x3s", seconds, WorkerPool.Shared.ThreadCount, () => extractor.ExtractBatch(clips, features)).Print();
    }

    private static float[] Noise(Random random, int length)
    {
        float[] samples = new float[length];
        for (int i = 0; i < length; i++)
        {
            samples[i] = (random.NextSingle() - 0.5f) * 0.3f;
        }

        return samples;
    }
}
