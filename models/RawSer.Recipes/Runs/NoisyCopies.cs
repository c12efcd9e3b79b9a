using System.Globalization;
using RawSer.Audio.Augmentation;
using RawSer.Audio.Decoding;
using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Recipes.Experiments;

namespace RawSer.Recipes.Runs;

/// <summary>
/// Copies of training clips with white noise. The ratio is drawn once per clip, the noise anew for each copy; both depend on the seed and on the clip's
/// content alone, so neither the order of the clips nor the number of threads matters. Noise is added by the processor, features are computed by the device.
/// </summary>
internal static class NoisyCopies
{
    /// <summary>Features of the copies, clip by clip: (clips, copies, rows, frames).</summary>
    /// <exception cref="AudioFormatException">A file changed since it was first read.</exception>
    public static float[] Extract(
        FeatureExtractor extractor, IReadOnlyList<(string Path, string Hash)> clips, AugmentationSettings settings, ulong seed, Device device, Action<int> progress, CancellationToken cancel)
    {
        int length = settings.NoiseCopies * extractor.FeatureCount;
        float[] features = new float[checked((long)clips.Count * length)];
        if (device.Backend is HostBackend)
        {
            WorkerPool.Shared.Run(clips.Count, new Body(extractor, clips, settings, seed, features, progress, cancel));
            cancel.ThrowIfCancellationRequested();
            return features;
        }

        for (int i = 0; i < clips.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            using Tensor ofCopies = extractor.ExtractTensor(Copies(extractor, clips[i].Path, clips[i].Hash, settings, seed), device);
            ofCopies.CopyTo(features.AsSpan(checked(i * length), length));
            progress(i + 1);
        }

        return features;
    }

    /// <summary>The samples of a clip's copies.</summary>
    private static float[][] Copies(FeatureExtractor extractor, string path, string hash, AugmentationSettings settings, ulong seed)
    {
        float[] clip = extractor.LoadClip(AudioDecoder.ReadFile(path), path).Samples;
        float[] padded = new float[extractor.Profile.SampleCount];
        clip.AsSpan(0, Math.Min(clip.Length, padded.Length)).CopyTo(padded);
        PhiloxNumbers random = new(seed, ulong.Parse(hash.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        double snr = settings.NoiseSnrLow + ((settings.NoiseSnrHigh - settings.NoiseSnrLow) * random.NextUniform());
        float[][] copies = new float[settings.NoiseCopies][];
        for (int copy = 0; copy < copies.Length; copy++)
        {
            copies[copy] = new float[padded.Length];
            AdditiveNoise.Add(padded, snr, random, copies[copy]);
        }

        return copies;
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
            long at = (long)index * settings.NoiseCopies * extractor.FeatureCount;
            foreach (float[] copy in Copies(extractor, path, hash, settings, seed))
            {
                extractor.Extract(copy, features.AsSpan(checked((int)at), extractor.FeatureCount));
                at += extractor.FeatureCount;
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
