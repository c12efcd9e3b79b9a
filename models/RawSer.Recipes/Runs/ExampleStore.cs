using RawSer.Audio.Pipeline;

namespace RawSer.Recipes.Runs;

/// <summary>An example's values, or where they are.</summary>
/// <param name="Key">Their key in the cache.</param>
/// <param name="Values">The values, if they stay in memory.</param>
internal readonly record struct StoredExample(byte[] Key, float[]? Values);

/// <summary>
/// Values of the examples of a run, each (rows, frames), under keys of a feature cache. Few examples, and those that no cache takes, stay in memory; of others
/// only the key does, and they are read from the cache each time they are drawn, so that memory does not grow with their number.
/// </summary>
internal sealed class ExampleStore
{
    /// <summary>Bytes up to which all examples stay in memory.</summary>
    public const long DefaultLimit = 64L << 20;

    private readonly FeatureCache? _cache;
    private readonly int _rows, _frames;
    private readonly bool _inMemory;

    /// <summary>A store for a number of examples.</summary>
    public ExampleStore(FeatureCache? cache, long count, int rows, int frames, long limit = DefaultLimit)
    {
        (_cache, _rows, _frames) = (cache, rows, frames);
        _inMemory = cache is null || count * rows * frames * sizeof(float) <= limit;
    }

    /// <summary>What the cache has under a key; null if it has nothing.</summary>
    public StoredExample? Find(byte[] key) => _cache?.Read(key, _rows, _frames) is { } cached ? new StoredExample(key, _inMemory ? cached.Features : null) : null;

    /// <summary>Stores new values in the cache.</summary>
    public StoredExample Add(byte[] key, float[] values)
    {
        _cache?.Write(key, _rows, _frames, new CachedFeatures(values, null));
        return Keep(key, values);
    }

    /// <summary>Takes values that the cache was given already, under this key.</summary>
    public StoredExample Keep(byte[] key, float[] values) => new(key, _inMemory || _cache is not { WriteFailure: null } ? values : null);

    /// <summary>Writes the values of an example.</summary>
    /// <exception cref="RunException">The cache lost it.</exception>
    public void Read(StoredExample example, Span<float> destination)
    {
        if (example.Values is { } values)
        {
            values.CopyTo(destination);
        }
        else if (!_cache!.TryRead(example.Key, _rows, _frames, destination, out _))
        {
            throw new RunException($"{_cache.PathOf(example.Key)}: the cache lost an entry while the run needed it; go on with 'rawser resume', which computes it again");
        }
    }
}
