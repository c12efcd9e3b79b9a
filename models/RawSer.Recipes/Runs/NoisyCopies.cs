using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using RawSer.Audio.Augmentation;
using RawSer.Audio.Decoding;
using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Recipes.Experiments;

namespace RawSer.Recipes.Runs;

/// <summary>
/// Copies of training clips with white noise. The ratio is drawn once per clip, the noise anew for each copy; both depend on the seed and on the clip's
/// content alone, so neither the order of the clips nor the number of threads matters. Noise is added by the processor, features are computed by the device.
/// The features are kept in the cache, if there is one.
/// </summary>
internal static class NoisyCopies
{
    /// <summary>Features of the copies, clip by clip, the copies of a clip one after the other.</summary>
    /// <exception cref="AudioFormatException">A file changed since it was first read.</exception>
    public static StoredExample[] Extract(
        FeatureExtractor extractor, IReadOnlyList<(string Path, string Hash)> clips, AugmentationSettings settings, ulong seed, Device device, ExampleStore store,
        Action<int> progress, CancellationToken cancel)
    {
        StoredExample[] features = new StoredExample[clips.Count * settings.NoiseCopies];
        Body body = new(extractor, clips, settings, seed, device, store, features, progress, cancel);
        if (device.Backend is HostBackend)
        {
            WorkerPool.Shared.Run(clips.Count, body);
        }
        else
        {
            for (int i = 0; i < clips.Count; i++)
            {
                body.Invoke(i);
            }
        }

        cancel.ThrowIfCancellationRequested();
        return features;
    }

    /// <summary>What names the features of a clip's copies: all that they depend on.</summary>
    private static byte[][] Keys(FeatureExtractor extractor, string hash, AugmentationSettings settings, ulong seed)
    {
        byte[][] keys = new byte[settings.NoiseCopies][];
        for (int copy = 0; copy < keys.Length; copy++)
        {
            string identity = FormattableString.Invariant($"noisy copy 1, {copy}, {settings.NoiseSnrLow:R} {settings.NoiseSnrHigh:R} {seed} {extractor.Profile.Key} ");
            keys[copy] = SHA256.HashData([.. Encoding.UTF8.GetBytes(identity), .. Convert.FromHexString(hash)]);
        }

        return keys;
    }

    /// <summary>The features of a clip's copies.</summary>
    private static float[][] Features(FeatureExtractor extractor, float[][] samples, Device device)
    {
        if (device.Backend is HostBackend)
        {
            return Array.ConvertAll(samples, copy => extractor.Extract(copy));
        }

        using Tensor ofCopies = extractor.ExtractTensor(samples, device);
        return [.. ofCopies.ToArray<float>().Chunk(extractor.FeatureCount)];
    }

    /// <summary>The samples of a clip's copies.</summary>
    private static float[][] Samples(FeatureExtractor extractor, string path, string hash, AugmentationSettings settings, ulong seed)
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
        Device device,
        ExampleStore store,
        StoredExample[] features,
        Action<int> progress,
        CancellationToken cancel) : IParallelBody
    {
        private readonly StrongBox<int> _done = new();

        public void Invoke(int index)
        {
            if (cancel.IsCancellationRequested)
            {
                return;
            }

            (string path, string hash) = clips[index];
            byte[][] keys = Keys(extractor, hash, settings, seed);
            StoredExample?[] found = Array.ConvertAll(keys, store.Find);
            float[][] values = Array.TrueForAll(found, copy => copy is not null) ? [] : Features(extractor, Samples(extractor, path, hash, settings, seed), device);
            for (int i = 0; i < keys.Length; i++)
            {
                features[(index * keys.Length) + i] = values.Length == 0 ? found[i]!.Value : store.Add(keys[i], values[i]);
            }

            progress(Interlocked.Increment(ref _done.Value));
        }
    }
}
