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
    private readonly ExampleStore _store;
    private readonly int[] _labels;
    private readonly StoredExample[] _examples;
    private readonly int _draws;

    private BaseActivations(ExampleStore store, int[] labels, StoredExample[] examples, int draws, Shape shape)
    {
        (_store, _labels, _examples, _draws) = (store, labels, examples, draws);
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
        ExampleStore store = new(cache, count, shape[0], shape[1] * shape[2]);
        StoredExample[] examples = new StoredExample[count];
        List<int> missing = [];
        for (int i = 0; i < count; i++)
        {
            byte[] key = inputs.Key(i);
            if (store.Find(key) is { } found)
            {
                examples[i] = found;
            }
            else
            {
                examples[i] = new StoredExample(key, null);
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
                examples[batch[i]] = store.Add(examples[batch[i]].Key, outputs[i]);
            }

            observer.Progress(count - missing.Count + start + batch.Length, "computed once, then read from the cache");
        }

        if (cache?.WriteFailure is { } failure)
        {
            observer.Warning($"what the frozen layers make cannot be kept on disk, and stays in memory: {failure}");
        }

        int[] labels = [.. Enumerable.Range(0, inputs.Count).Select(inputs.LabelOf)];
        return new BaseActivations(store, labels, examples, inputs.Draws, shape);
    }

    private void Read(int index, int draw, Span<float> destination) => _store.Read(_examples[(index * _draws) + draw], destination);
}
