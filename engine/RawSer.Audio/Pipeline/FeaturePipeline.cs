using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using RawSer.Audio.Decoding;
using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Kernels.Spectral;

namespace RawSer.Audio.Pipeline;

/// <summary>What became of one file: features, or the reason why there are none.</summary>
/// <param name="Path">The file.</param>
public sealed record FileFeatures(string Path)
{
    /// <summary>(rows, frames), row-major; null if the file failed.</summary>
    public float[]? Features { get; init; }

    /// <summary>Why there are no features, in one line.</summary>
    public string? Failure { get; init; }

    /// <summary>What is odd about a file that was used: truncated, silent, clipped.</summary>
    public string? Warning { get; init; }

    /// <summary>SHA-256 of the file's bytes in lower-case hex; empty if it could not be read.</summary>
    public string ContentHash { get; init; } = "";

    /// <summary>The features come from the cache.</summary>
    public bool FromCache { get; init; }
}

/// <summary>
/// Features of many files on all threads of the engine, with an optional cache. The result is in the order of the files and does not depend on
/// the number of threads; files that can't be used are reported, not thrown. On a device that is not the host's, files are read, decoded and
/// resampled on the processor and their features computed on the device, some files at a time. The cache does not ask where features were
/// computed: those of a device differ from the processor's by roundings in float32.
/// </summary>
/// <param name="extractor">The profile.</param>
/// <param name="cache">Features of earlier runs; null for none.</param>
/// <param name="device">Where features are computed; the processor when null.</param>
public sealed class FeaturePipeline(FeatureExtractor extractor, FeatureCache? cache = null, Device? device = null)
{
    private const int FilesPerBatch = 64;

    /// <summary>The extractor.</summary>
    public FeatureExtractor Extractor => extractor;

    /// <summary>Processes files.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="progress">Called with the number of files done so far, from any thread.</param>
    /// <param name="cancellation">Stops after the files in work.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="NotSupportedException">The device cannot compute the profile.</exception>
    public FileFeatures[] Run(IReadOnlyList<string> paths, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        var results = new FileFeatures[paths.Count];
        if (device is null || device.Backend is HostBackend)
        {
            WorkerPool.Shared.Run(paths.Count, new Body(this, paths, results, progress, cancellation));
        }
        else
        {
            for (int start = 0; start < paths.Count && !cancellation.IsCancellationRequested; start += FilesPerBatch)
            {
                int count = Math.Min(FilesPerBatch, paths.Count - start);
                RunBatch(paths, start, results.AsSpan(start, count), device);
                progress?.Invoke(start + count);
            }
        }

        cancellation.ThrowIfCancellationRequested();
        return results;
    }

    /// <summary>Processes one file on the processor.</summary>
    public FileFeatures Run(string path) => Finish(Read(path), null);

    private void RunBatch(IReadOnlyList<string> paths, int start, Span<FileFeatures> results, Device device)
    {
        var files = new FileClip[results.Length];
        WorkerPool.Shared.Run(files.Length, new ReadBody(this, paths, start, files));
        float[][] clips = [.. files.Where(file => file.Clip is not null).Select(file => file.Clip!.Samples)];
        float[] features = [];
        if (clips.Length > 0)
        {
            using Tensor tensor = extractor.ExtractTensor(clips, device);
            features = tensor.ToArray<float>();
        }

        for (int i = 0, clip = 0; i < files.Length; i++)
        {
            results[i] = files[i].Clip is null
                ? files[i].Result
                : Finish(files[i], features.AsSpan(clip++ * extractor.FeatureCount, extractor.FeatureCount).ToArray());
        }
    }

    /// <summary>The clip of a file, or what the cache has of it, or why there is none.</summary>
    private FileClip Read(string path)
    {
        var result = new FileFeatures(path);
        try
        {
            byte[] file = AudioDecoder.ReadFile(path);
            byte[] hash = SHA256.HashData(file);
            result = result with { ContentHash = Convert.ToHexStringLower(hash) };
            byte[] key = FeatureCache.KeyOf(hash, extractor.Profile);
            if (cache?.Read(key, extractor.Rows, extractor.Frames) is { } cached)
            {
                return new(result with { Features = cached.Features, Warning = cached.Warning, FromCache = true }, key, null);
            }

            Waveform clip = extractor.LoadClip(file, path);
            StftPlan.CheckClip(clip.Samples);
            return new(result, key, clip);
        }
        catch (AudioFormatException e)
        {
            return new(result with { Failure = $"{e.Reason} (at byte {e.Offset})" }, [], null);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return new(result with { Failure = e.Message }, [], null);
        }
    }

    /// <summary>Computes the features of a clip unless they are given, and stores them.</summary>
    private FileFeatures Finish(FileClip file, float[]? features)
    {
        if (file.Clip is not { } clip)
        {
            return file.Result;
        }

        features ??= extractor.Extract(clip.Samples);
        string? warning = clip.Warning ?? ClipCondition.Describe(clip.Samples);
        cache?.Write(file.Key, extractor.Rows, extractor.Frames, new CachedFeatures(features, warning));
        return file.Result with { Features = features, Warning = warning };
    }

    /// <summary>A file that was read: its result as far as it goes, the cache's key, and the clip whose features are still to be computed.</summary>
    private readonly record struct FileClip(FileFeatures Result, byte[] Key, Waveform? Clip);

    private readonly struct ReadBody(FeaturePipeline pipeline, IReadOnlyList<string> paths, int start, FileClip[] files) : IParallelBody
    {
        public void Invoke(int index) => files[index] = pipeline.Read(paths[start + index]);
    }

    private readonly struct Body(
        FeaturePipeline pipeline, IReadOnlyList<string> paths, FileFeatures[] results, Action<int>? progress, CancellationToken cancellation) : IParallelBody
    {
        private readonly StrongBox<int> _done = new();

        public void Invoke(int index)
        {
            if (cancellation.IsCancellationRequested)
            {
                return;
            }

            results[index] = pipeline.Run(paths[index]);
            int done = Interlocked.Increment(ref _done.Value);
            progress?.Invoke(done);
        }
    }
}
