namespace RawSer.Weights.Synthesis;

/// <summary>
/// Names and shapes of all tensors of a published network, under the names of its library, and the procedural values for them: ranges that
/// keep the activations of a deep network finite.
/// </summary>
public sealed class Architecture
{
    private const string SyntheticKey = "rawser.synthetic";

    private static readonly Dictionary<string, Func<Architecture>> Known = new(StringComparer.Ordinal)
    {
        ["vgg16"] = () => new("vgg16", "VGG16 with the ImageNet classifier, names of torchvision", VggShapes.Of(1000)),
        ["vgg16-features"] = () => new("vgg16-features", "the convolutions of VGG16, names of torchvision", VggShapes.Of(null)),
        ["wav2vec2-base"] = () => Wav2Vec2("wav2vec2-base", "Wav2Vec2Model base", new()),
        ["wav2vec2-base-old"] = () => Wav2Vec2("wav2vec2-base-old", "Wav2Vec2Model base, weight norm as weight_g and weight_v", new() { HasOldWeightNorm = true }),
        ["wav2vec2-base-ctc"] = () => Wav2Vec2("wav2vec2-base-ctc", "Wav2Vec2ForCTC base, 32 letters", new() { Head = "ctc" }),
        ["wav2vec2-base-pretraining"] = () => Wav2Vec2("wav2vec2-base-pretraining", "Wav2Vec2ForPreTraining base", new() { Head = "pretraining" }),
        ["wav2vec2-base-ser"] = () => Wav2Vec2("wav2vec2-base-ser", "Wav2Vec2ForSequenceClassification base, 7 labels, weighted layer sum", new() { Head = "ser" }),
        ["wav2vec2-large"] = () => Wav2Vec2("wav2vec2-large", "Wav2Vec2Model large, stable layer norm", Wav2Vec2Shapes.Large),
    };

    private Architecture(string name, string description, IReadOnlyList<(string Name, long[] Shape)> shapes)
    {
        Name = name;
        Description = description;
        var byName = shapes.ToDictionary(item => item.Name, item => item.Shape, StringComparer.Ordinal);
        Tensors = [.. shapes.Select(item => Rule(item.Name, item.Shape, byName))];
    }

    /// <summary>Names of all architectures.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>Name as in <see cref="Get"/>.</summary>
    public string Name { get; }

    /// <summary>For people.</summary>
    public string Description { get; }

    /// <summary>All tensors.</summary>
    public IReadOnlyList<ProceduralTensor> Tensors { get; }

    /// <summary>An architecture by its name.</summary>
    /// <exception cref="ArgumentException">The name is unknown; the message lists the known ones.</exception>
    public static Architecture Get(string name) => Known.TryGetValue(name, out Func<Architecture>? create)
        ? create()
        : throw new ArgumentException($"architecture '{WeightFileException.Printable(name)}' is unknown; known: {string.Join(", ", Known.Keys)}");

    /// <summary>Checks that a file has exactly these names with these shapes.</summary>
    /// <exception cref="StateDictException">It has not; the message lists all missing, unexpected, different and tied tensors.</exception>
    public void Check(WeightSource source)
    {
        var expected = Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        string[] missing = [.. expected.Keys.Where(name => !source.Contains(name))];
        string[] unexpected = [.. source.Entries.Select(entry => entry.Name).Where(name => !expected.ContainsKey(name))];
        StateDictMismatch[] mismatches =
            [.. source.Entries.Where(entry => expected.TryGetValue(entry.Name, out ProceduralTensor? tensor) && !tensor.Extents.SequenceEqual(entry.Extents))
                .Select(entry => new StateDictMismatch(entry.Name, $"shape {WeightEntry.Format(expected[entry.Name].Extents)}", $"shape {WeightEntry.Format(entry.Extents)}"))];
        if (missing.Length + unexpected.Length + mismatches.Length > 0)
        {
            Dictionary<string, string> shapes = missing.ToDictionary(name => name, name => WeightEntry.Format(expected[name].Extents));
            foreach (string name in unexpected)
            {
                shapes[name] = WeightEntry.Format(source[name].Extents);
            }

            string[] tied = [.. source.TiedNames().Select(names => string.Join(" = ", names.Select(WeightFileException.Printable)))];
            throw new StateDictException(source.Path, missing, unexpected, mismatches, shapes, tied);
        }
    }

    /// <summary>Whether a file whose weights were loaded says that its values are procedural (<see cref="Save"/>), so that results with them mean nothing.</summary>
    public static bool IsSynthetic(StateDictReport loaded) => loaded.Metadata.ContainsKey(SyntheticKey);

    /// <summary>Writes all tensors with the values of a seed to a safetensors file.</summary>
    /// <exception cref="WeightFileException">The file cannot be written.</exception>
    public void Save(string path, int seed)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("format", "pt");
        writer.AddMetadata(SyntheticKey, $"{Name}, seed {seed}: procedural values, not trained");
        foreach (ProceduralTensor tensor in Tensors)
        {
            writer.Add(tensor.Name, WeightType.F32, tensor.Extents, stream => tensor.Write(seed, stream));
        }

        writer.Save(path);
    }

    private static Architecture Wav2Vec2(string name, string description, Wav2Vec2Shapes shapes) => new(name, description, shapes.All());

    /// <summary>
    /// The range of a tensor's values by its name: near 1 for scales of norms, small for biases, uniform with the variance of He et al. (2015)
    /// before a rectifier (6 / fan-in) and of LeCun (3 / fan-in) elsewhere.
    /// </summary>
    private static ProceduralTensor Rule(string name, long[] shape, Dictionary<string, long[]> shapes)
    {
        string leaf = name[(name.LastIndexOf('.') + 1)..];
        if (leaf is "original0" or "weight_g")
        {
            long[] directions = shapes[name[..^1] + (leaf == "original0" ? "1" : "v")];
            double magnitude = Math.Sqrt((double)directions[0] / shape[^1]);
            return new(name, shape, magnitude, 0.2 * magnitude);
        }

        if (leaf == "weight" && name.Contains("norm", StringComparison.Ordinal))
        {
            return new(name, shape, 1, 0.2);
        }

        if (leaf is "masked_spec_embed" or "codevectors" or "layer_weights")
        {
            return new(name, shape, 0, 1);
        }

        bool isRectified = name.Contains("feature_extractor.conv_layers", StringComparison.Ordinal) || name.StartsWith("features.", StringComparison.Ordinal)
            || name.StartsWith("classifier.", StringComparison.Ordinal) && shapes.ContainsKey("features.0.weight");
        return leaf.Contains("bias", StringComparison.Ordinal)
            ? new(name, shape, 0, 0.1)
            : new(name, shape, 0, Math.Sqrt((isRectified ? 6.0 : 3.0) / shape.Skip(1).Aggregate(1L, (product, extent) => product * extent)));
    }
}
