using System.Globalization;
using RawSer.Audio.Augmentation;
using RawSer.Audio.Decoding;
using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Recipes.Experiments;

namespace RawSer.Recipes.Runs;

/// <summary>
/// Copies of training clips with white noise. The ratio is drawn once per clip, the noise anew for each copy; both depend on the seed and on the clip's
/// content alone, so neither the order of the clips nor the number of threads matters.
/// </summary>
internal static class NoisyCopies
{
    /// <summary>Features of the copies, clip by clip: (clips, copies, rows, frames).</summary>
    /// <exception cref="AudioFormatException">A file changed since it was first read.</exception>
    public static float[] Extract(
        FeatureExtractor extractor, IReadOnlyList<(string Path, string Hash)> clips, AugmentationSettings settings, ulong seed, Action<int> progress, CancellationToken cancel)
    {
        float[] features = new float[checked((long)clips.Count * settings.NoiseCopies * extractor.FeatureCount)];
        WorkerPool.Shared.Run(clips.Count, new Body(extractor, clips, settings, seed, features, progress, cancel));
        cancel.ThrowIfCancellationRequested();
        return features;
    }

    private readonly struct Body(
        FeatureExtractor extractor,
        IReadOnlyList<(string Path, string Hash)> clips,
        AugmentationSettings settings,
        ulong seed,
        float[] features,
        Action<int> progress,
        CancellationToken cancel) : IParallelBody
    {
        private readonly Counter _done = new();

        public void Invoke(int index)
        {
            if (cancel.IsCancellationRequested)
            {
                return;
            }

            (string path, string hash) = clips[index];
            float[] clip = extractor.LoadClip(AudioDecoder.ReadFile(path), path).Samples;
            float[] padded = new float[extractor.Profile.SampleCount];
            clip.AsSpan(0, Math.Min(clip.Length, padded.Length)).CopyTo(padded);
            PhiloxNumbers random = new(seed, ulong.Parse(hash.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            double snr = settings.NoiseSnrLow + ((settings.NoiseSnrHigh - settings.NoiseSnrLow) * random.NextUniform());
            float[] noisy = new float[padded.Length];
            for (int copy = 0; copy < settings.NoiseCopies; copy++)
            {
                AdditiveNoise.Add(padded, snr, random, noisy);
                long at = (((long)index * settings.NoiseCopies) + copy) * extractor.FeatureCount;
                extractor.Extract(noisy, features.AsSpan(checked((int)at), extractor.FeatureCount));
            }

            progress(_done.Next());
        }
    }

    private sealed class Counter
    {
        private int _value;

        public int Next() => Interlocked.Increment(ref _value);
    }
}
