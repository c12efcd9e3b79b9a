using RawSer.Audio.Pipeline;
using RawSer.Kernels;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>
/// What layers that do not learn make of examples: computed once and kept on disk, so that every epoch only runs the layers that learn. Results that are
/// few, or that no cache takes, stay in memory. Augmented examples come in a fixed number of draws; an epoch sees one draw of each.
/// </summary>
internal sealed class BaseActivations : IExamples, IExampleAugmentation
{
    private const long LargestInMemory = 64L << 20;

    private readonly FeatureCache? _cache;
    private readonly int[] _labels;
    private readonly Entry[] _entries;
    private readonly int _draws;

    private BaseActivations(FeatureCache? cache, int[] labels, Entry[] entries, int draws, Shape shape)
    {
        (_cache, _labels, _entries, _draws) = (cache, labels, entries, draws);
        Shape = shape;
    }

    /// <inheritdoc/>
    public int Count => _labels.Length;

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <inheritdoc/>
    public int LabelOf(int index) => _labels[index];

    /// <inheritdoc/>
    public void CopyTo(int index, Span<float> destination) => Read(index, draw: 0, destination);

    /// <summary>The draw of an epoch; they take turns.</summary>
    public void Apply(Span<float> example, int index, int epoch)
    {
        if (epoch % _draws != 0)
        {
            Read(index, epoch % _draws, example);
        }
    }

    /// <summary>Computes what is not in the cache.</summary>
    public static BaseActivations Compute(BaseInputs inputs, FeatureCache? cache, IRunObserver observer, CancellationToken cancel)
    {
        int count = inputs.Count * inputs.Draws;
        Shape shape = inputs.Output;
        bool inMemory = count * shape.ElementCount * sizeof(float) <= LargestInMemory;
        Entry[] entries = new Entry[count];
        List<int> missing = [];
        for (int i = 0; i < count; i++)
        {
            byte[] key = inputs.Key(i);
            float[]? cached = cache?.Read(key, shape[0], shape[1] * shape[2])?.Features;
            entries[i] = new Entry(key, inMemory ? cached : null);
            if (cached is null)
            {
                missing.Add(i);
            }
        }

        observer.StageStarted(inputs.Title, count, "examples");
        for (int start = 0; start < missing.Count; start += inputs.BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            int[] batch = [.. missing.Skip(start).Take(inputs.BatchSize)];
            float[][] outputs = inputs.Run(batch);
            for (int i = 0; i < batch.Length; i++)
            {
                cache?.Write(entries[batch[i]].Key, shape[0], shape[1] * shape[2], new CachedFeatures(outputs[i], null));
                entries[batch[i]] = entries[batch[i]] with { Values = inMemory || cache is not { WriteFailure: null } ? outputs[i] : null };
            }

            observer.Progress(count - missing.Count + start + batch.Length, "computed once, then read from the cache");
        }

        if (cache?.WriteFailure is { } failure)
        {
            observer.Warning($"what the frozen layers make cannot be kept on disk, and stays in memory: {failure}");
        }

        int[] labels = [.. Enumerable.Range(0, inputs.Count).Select(inputs.LabelOf)];
        return new BaseActivations(cache, labels, entries, inputs.Draws, shape);
    }

    private void Read(int index, int draw, Span<float> destination)
    {
        Entry entry = _entries[(index * _draws) + draw];
        float[] values = entry.Values
            ?? _cache!.Read(entry.Key, Shape[0], Shape[1] * Shape[2])?.Features
            ?? throw new RunException($"{_cache.PathOf(entry.Key)}: the cache lost an entry while the run needed it; go on with 'rawser resume', which computes it again");
        values.CopyTo(destination);
    }

    private readonly record struct Entry(byte[] Key, float[]? Values);
}
