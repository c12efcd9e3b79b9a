using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using RawSer.Audio.Augmentation;
using RawSer.Audio.Pipeline;
using RawSer.Kernels;
using RawSer.Models.Pictures;
using RawSer.Models.Vgg;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>
/// What the frozen convolutions of a VGG network make of clips: computed once and kept on disk (in memory where there is no cache), so that every
/// epoch only runs the layers that learn. Augmented pictures come in a fixed number of draws; an epoch sees one draw of each.
/// </summary>
internal sealed class BaseActivations : IExamples, IExampleAugmentation
{
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
    public static BaseActivations Compute(FrozenBase frozen, FeatureExamples examples, PictureDraws draws, FeatureCache? cache, IRunObserver observer, CancellationToken cancel)
    {
        int count = examples.Count * draws.Count;
        Shape shape = frozen.Output;
        Entry[] entries = new Entry[count];
        List<int> missing = [];
        for (int i = 0; i < count; i++)
        {
            entries[i] = new Entry(frozen.Key(examples[i / draws.Count], i, draws), null);
            if (cache?.Read(entries[i].Key, shape[0], shape[1] * shape[2]) is null)
            {
                missing.Add(i);
            }
        }

        observer.StageStarted("frozen layers", count, "pictures");
        for (int start = 0; start < missing.Count; start += FrozenBase.BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            int[] batch = [.. missing.Skip(start).Take(FrozenBase.BatchSize)];
            float[][] outputs = frozen.Run(examples, batch, draws);
            for (int i = 0; i < batch.Length; i++)
            {
                cache?.Write(entries[batch[i]].Key, shape[0], shape[1] * shape[2], new CachedFeatures(outputs[i], null));
                entries[batch[i]] = entries[batch[i]] with { Values = cache is { WriteFailure: null } ? null : outputs[i] };
            }

            observer.Progress(count - missing.Count + start + batch.Length, "computed once, then read from the cache");
        }

        if (cache?.WriteFailure is { } failure)
        {
            observer.Warning($"what the frozen layers make cannot be kept on disk, and stays in memory: {failure}");
        }

        int[] labels = [.. Enumerable.Range(0, examples.Count).Select(examples.LabelOf)];
        return new BaseActivations(cache, labels, entries, draws.Count, shape);
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

/// <summary>How the pictures of training clips are changed.</summary>
/// <param name="Augmentation">What is changed.</param>
/// <param name="Count">Number of versions of each picture.</param>
/// <param name="Seed">What the changes are drawn from.</param>
internal sealed record PictureDraws(PictureAugmentation Augmentation, int Count, ulong Seed)
{
    /// <summary>Pictures as they are.</summary>
    public static PictureDraws None { get; } = new(new PictureAugmentation(), 1, 0);
}

/// <summary>The convolutions that do not learn, with the way from features to their results.</summary>
internal sealed class FrozenBase
{
    /// <summary>Pictures that run together.</summary>
    public const int BatchSize = 8;

    private readonly SpectrogramVgg _options;
    private readonly VggFeatures _layers;
    private readonly Device _device;
    private readonly string _key;

    /// <summary>The convolutions of a network before <paramref name="first"/>.</summary>
    public FrozenBase(SpectrogramVgg options, VggNetwork network, int first, Device device)
    {
        (_options, _device) = (options, device);
        _layers = network.Features.Part(0, first);
        Output = options.Network.InputOf(first);
        _key = string.Create(CultureInfo.InvariantCulture, $"vgg {first} {options.Low:r} {options.High:r} {options.Preprocessing} {VggWeights.Fingerprint(_layers)} ");
    }

    /// <summary>Shape of what comes out for a picture.</summary>
    public Shape Output { get; }

    /// <summary>What names a result: the features, all settings, the weights, and the draw.</summary>
    /// <param name="features">Features of the clip.</param>
    /// <param name="number">Number of the clip times draws, plus the draw.</param>
    /// <param name="draws">How pictures are changed.</param>
    public byte[] Key(ReadOnlySpan<float> features, int number, PictureDraws draws)
    {
        string draw = draws.Augmentation.IsIdentity ? "" : $"{draws.Augmentation} {draws.Seed} {Stream(number, draws)}";
        return SHA256.HashData([.. Encoding.UTF8.GetBytes(_key + draw), .. MemoryMarshal.AsBytes(features)]);
    }

    /// <summary>Runs the layers over some pictures, by number of the clip times draws, plus the draw.</summary>
    public float[][] Run(FeatureExamples examples, int[] numbers, PictureDraws draws)
    {
        int size = _options.Network.ImageSize, pixels = size * size * SpectrogramPicture.Channels;
        float[] input = new float[numbers.Length * pixels];
        for (int i = 0; i < numbers.Length; i++)
        {
            float[] picture = _options.Draw(examples[numbers[i] / draws.Count], examples.Shape[1], examples.Shape[2]);
            if (!draws.Augmentation.IsIdentity)
            {
                draws.Augmentation.Apply(picture, size, size, SpectrogramPicture.Channels, new PhiloxNumbers(draws.Seed, Stream(numbers[i], draws)));
            }

            PictureInput.Prepare(picture, _options.Preprocessing, input.AsSpan(i * pixels, pixels));
        }

        using NoGradScope noGrad = Autograd.NoGrad();
        using TensorScope scope = Tensor.Scope();
        float[] output = _layers.Forward(Tensor.From(input, _options.InputShape(numbers.Length), _device)).ToArray<float>();
        return [.. output.Chunk(output.Length / numbers.Length)];
    }

    private static ulong Stream(int number, PictureDraws draws) => ((ulong)(number % draws.Count) << 32) | (uint)(number / draws.Count);
}
