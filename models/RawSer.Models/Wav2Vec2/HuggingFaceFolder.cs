using System.Security.Cryptography;
using RawSer.Audio.Features;
using RawSer.Nn;
using RawSer.Weights;
using RawSer.Weights.Synthesis;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// A model folder as transformers writes it: <c>config.json</c>, weights (<c>model.safetensors</c>, <c>pytorch_model.bin</c>, or the index of their
/// shards) and perhaps <c>preprocessor_config.json</c>. Names may carry the body's prefix or not, and spell weight norm either way.
/// </summary>
public sealed class HuggingFaceFolder
{
    /// <summary>Name of the file with the network's shape.</summary>
    public const string ConfigName = "config.json";

    /// <summary>Name of the file that says how clips are prepared.</summary>
    public const string PreprocessorName = "preprocessor_config.json";

    private static readonly string[] WeightFiles = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

    /// <summary>Parts of heads that other networks have: a file may hold them whether or not they are wanted.</summary>
    private static readonly string[] HeadParts = ["lm_head.", "quantizer.", "project_hid.", "project_q.", "projector.", "classifier.", "layer_weights"];

    private static readonly (string Stored, string Ours)[] WeightNormNames =
    [
        (".parametrizations.weight.original0", ".weight_g"), (".parametrizations.weight.original1", ".weight_v"),
    ];

    private HuggingFaceFolder(string path, Wav2Vec2Config config, WaveformNormalizer preprocessing)
    {
        Path = path;
        Config = config;
        Preprocessing = preprocessing;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Its <c>config.json</c>.</summary>
    public Wav2Vec2Config Config { get; }

    /// <summary>Its <c>preprocessor_config.json</c>; without one, normalised clips with a mask where the feature encoder has layer norm.</summary>
    public WaveformNormalizer Preprocessing { get; }

    /// <summary>Whether there are weights.</summary>
    public bool HasWeights => WeightPath is not null;

    private string? WeightPath
    {
        get
        {
            foreach (string name in WeightFiles)
            {
                string file = System.IO.Path.Combine(Path, name);
                if (File.Exists(file))
                {
                    return file;
                }
            }

            return null;
        }
    }

    /// <summary>Reads the two JSON files of a folder.</summary>
    /// <exception cref="InvalidDataException">One is not valid, or describes another network.</exception>
    public static HuggingFaceFolder Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new InvalidDataException($"{path}: no such folder; expected one with config.json and model.safetensors or pytorch_model.bin");
        }

        Wav2Vec2Config config = Wav2Vec2ConfigFile.Read(System.IO.Path.Combine(path, ConfigName));
        return new HuggingFaceFolder(path, config, PreprocessorConfig.Read(System.IO.Path.Combine(path, PreprocessorName), config));
    }

    /// <summary>The texts of the two JSON files, from which <see cref="Wav2Vec2ConfigFile"/> and <see cref="PreprocessorConfig"/> read; the second is null if there is none.</summary>
    public (string Config, string? Preprocessor) ReadTexts()
    {
        string preprocessor = System.IO.Path.Combine(Path, PreprocessorName);
        return (File.ReadAllText(System.IO.Path.Combine(Path, ConfigName)), File.Exists(preprocessor) ? File.ReadAllText(preprocessor) : null);
    }

    /// <summary>SHA-256 over all files that make the model, in hexadecimal: the same network gives the same embeddings.</summary>
    public string Fingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.EnumerateFiles(Path).Where(f => System.IO.Path.GetExtension(f) is ".json" or ".safetensors" or ".bin").Order(StringComparer.Ordinal))
        {
            using FileStream stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Opens the weights; the caller disposes them.</summary>
    /// <exception cref="InvalidDataException">There are none.</exception>
    /// <exception cref="WeightFileException">They are broken.</exception>
    public WeightSource OpenWeights() => WeightPath is { } file
        ? WeightSource.Open(file)
        : throw new InvalidDataException($"{Path}: no weights; expected one of {string.Join(", ", WeightFiles)}");

    /// <summary>What users should know of weights that were loaded from here; null for nothing.</summary>
    /// <param name="loaded">What loading reported.</param>
    public string? Caution(StateDictReport loaded) =>
        Architecture.IsSynthetic(loaded) ? $"{Path}: the encoder has procedural values, not trained ones: the results say nothing about it" : null;

    /// <summary>The body of the network with the weights of the folder, for inference.</summary>
    /// <returns>The network, and what of it the file did not have and the other way round.</returns>
    /// <exception cref="WeightFileException">The weights are broken.</exception>
    /// <exception cref="StateDictException">They belong to another network; the message lists every tensor that is missing, unexpected or different.</exception>
    public (Wav2Vec2Model Model, StateDictReport Report) LoadBody()
    {
        Wav2Vec2Model model = new(Config);
        try
        {
            return (model, Load(model, bodyPrefix: ""));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads the weights into a network with this folder's config.</summary>
    /// <param name="network">A body, or a network that has the body as the part <see cref="Wav2Vec2Config.BodyName"/>.</param>
    /// <param name="newHead">Whether parameters outside the body may be missing: they keep their initial values.</param>
    /// <exception cref="WeightFileException">The weights are broken.</exception>
    /// <exception cref="StateDictException">They belong to another network.</exception>
    public StateDictReport Load(Module network, bool newHead = false) =>
        network is Wav2Vec2Model ? Load(network, bodyPrefix: "") : Load(network, $"{Config.BodyName}.", newHead);

    private StateDictReport Load(Module network, string bodyPrefix, bool newHead = false)
    {
        using WeightSource source = OpenWeights();
        HashSet<string> wanted = [.. network.NamedState().Select(state => state.Name)];
        Dictionary<string, string> names = source.Entries.ToDictionary(entry => entry.Name, entry => OurName(entry.Name, bodyPrefix));
        string embedding = $"{bodyPrefix}masked_spec_embed";
        IEnumerable<string> heads = wanted.Where(name => !name.StartsWith(bodyPrefix, StringComparison.Ordinal));
        StateDictOptions options = new()
        {
            Rename = names,
            Ignore = [.. names.Where(name => !wanted.Contains(name.Value) && MayBeLeftOver(name.Key, name.Value, embedding)).Select(name => name.Key)],
            Optional = [embedding, .. newHead ? heads : []],
        };
        StateDictReport report = StateDict.Load(network, source, options);
        if (report.Missing.Contains(embedding))
        {
            // Files without it were fine-tuned without masks; any finite vector serves, and nothing reads it in inference.
            Tensor vector = network.State(embedding);
            vector.CopyFrom<float>(new float[vector.ElementCount]);
        }

        return report;
    }

    /// <summary>A name of the file as the network calls it.</summary>
    private string OurName(string stored, string bodyPrefix)
    {
        string name = stored;
        foreach ((string old, string ours) in WeightNormNames)
        {
            if (name.EndsWith(old, StringComparison.Ordinal))
            {
                name = name[..^old.Length] + ours;
            }
        }

        string prefix = $"{Config.BodyName}.";
        bool hasPrefix = name.StartsWith(prefix, StringComparison.Ordinal);
        return hasPrefix || IsOfHead(name) ? (hasPrefix ? bodyPrefix + name[prefix.Length..] : name) : bodyPrefix + name;
    }

    private static bool IsOfHead(string name) => HeadParts.Any(part => part.EndsWith('.') ? name.StartsWith(part, StringComparison.Ordinal) : name == part);

    private static bool MayBeLeftOver(string stored, string ours, string embedding) => IsOfHead(stored) || ours == embedding;
}
