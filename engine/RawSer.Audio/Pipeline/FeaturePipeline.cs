using System.Security.Cryptography;
using RawSer.Audio.Decoding;
using RawSer.Audio.Features;
using RawSer.Kernels;

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
/// the number of threads; files that can't be used are reported, not thrown.
/// </summary>
public sealed class FeaturePipeline(FeatureExtractor extractor, FeatureCache? cache = null)
{
    /// <summary>The extractor.</summary>
    public FeatureExtractor Extractor => extractor;

    /// <summary>Processes files.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="progress">Called with the number of files done so far, from any thread.</param>
    /// <param name="cancellation">Stops after the files in work.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public FileFeatures[] Run(IReadOnlyList<string> paths, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        var results = new FileFeatures[paths.Count];
        WorkerPool.Shared.Run(paths.Count, new Body(this, paths, results, progress, cancellation));
        cancellation.ThrowIfCancellationRequested();
        return results;
    }

    /// <summary>Processes one file.</summary>
    public FileFeatures Run(string path)
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
                return result with { Features = cached.Features, Warning = cached.Warning, FromCache = true };
            }

            Waveform clip = extractor.LoadClip(file, path);
            float[] features = extractor.Extract(clip.Samples);
            string? warning = clip.Warning ?? ClipCondition.Describe(clip.Samples);
            cache?.Write(key, extractor.Rows, extractor.Frames, new CachedFeatures(features, warning));
            return result with { Features = features, Warning = warning };
        }
        catch (AudioFormatException e)
        {
            return result with { Failure = $"{e.Reason} (at byte {e.Offset})" };
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return result with { Failure = e.Message };
        }
    }

    private readonly struct Body(
        FeaturePipeline pipeline, IReadOnlyList<string> paths, FileFeatures[] results, Action<int>? progress, CancellationToken cancellation) : IParallelBody
    {
        private readonly StrongCounter _done = new();

        public void Invoke(int index)
        {
            if (cancellation.IsCancellationRequested)
            {
                return;
            }

            results[index] = pipeline.Run(paths[index]);
            int done = _done.Increment();
            progress?.Invoke(done);
        }
    }

    private sealed class StrongCounter
    {
        private int _value;

        public int Increment() => Interlocked.Increment(ref _value);
    }
}
