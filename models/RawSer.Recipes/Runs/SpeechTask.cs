using System.Security.Cryptography;
using System.Text;
using RawSer.Audio.Pipeline;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Splits;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>
/// The network and examples of a run with a speech encoder: the whole network on waveforms, or, with an encoder that stays as it is, a small head on
/// embeddings that are computed once and kept in the feature cache.
/// </summary>
internal sealed class SpeechTask : IDisposable
{
    private const int HeadSize = 256;

    private SpeechTask(Module network, IExamples train, IExamples validation, IExamples test)
    {
        Network = network;
        Train = train;
        Validation = validation;
        Test = test;
    }

    /// <summary>What is trained.</summary>
    public Module Network { get; }

    /// <summary>Training examples.</summary>
    public IExamples Train { get; }

    /// <summary>Validation examples.</summary>
    public IExamples Validation { get; }

    /// <summary>Test examples.</summary>
    public IExamples Test { get; }

    /// <summary>The folder of a recipe's encoder.</summary>
    /// <exception cref="RecipeException">The recipe names no folder.</exception>
    /// <exception cref="InvalidDataException">The folder is no model.</exception>
    public static HuggingFaceFolder OpenEncoder(Recipe recipe) => HuggingFaceFolder.Open(recipe.Encoder.Folder ?? throw new RecipeException(
        $"recipe '{recipe.Name}': encoder.folder is not set; give the folder of a Wav2Vec2 model, for example --set encoder.folder=wav2vec2-base (config.json and model.safetensors)"));

    /// <summary>Loads the encoder of a recipe and prepares network and examples.</summary>
    /// <exception cref="RecipeException">The recipe names no folder.</exception>
    /// <exception cref="InvalidDataException">The folder is no model.</exception>
    public static SpeechTask Create(Recipe recipe, RunData data, Device device, FeatureCache? cache, IRunObserver observer, CancellationToken cancel)
    {
        HuggingFaceFolder folder = OpenEncoder(recipe);
        return recipe.Encoder.Train == EncoderTraining.None
            ? OnEmbeddings(recipe, folder, data, device, cache, observer, cancel)
            : OnWaveforms(recipe, folder, data, device, observer);
    }

    /// <summary>Frees the memory of the network.</summary>
    public void Dispose() => Network.Dispose();

    private static SpeechTask OnWaveforms(Recipe recipe, HuggingFaceFolder folder, RunData data, Device device, IRunObserver observer)
    {
        ReportClassifier classifier = new ReportClassifier(
            folder.Config with { ApplySpecAugment = false }, data.Clips.Classes.Count, recipe.Network.Dropout).Initialize(recipe.Seed); // without masks, as the report
        folder.Load(classifier, newHead: true);
        if (recipe.Encoder.Train == EncoderTraining.Transformer)
        {
            classifier.Body.FeatureEncoder.Freeze();
        }

        classifier.Body.GradientCheckpointing = recipe.Encoder.Checkpointing == Checkpointing.On;
        observer.Message(FormattableString.Invariant($"{folder.Path}: {classifier.ParameterCount:N0} parameters, {classifier.TrainableParameterCount:N0} of them trained"));
        WaveformExamples Part(SplitPart part)
        {
            IReadOnlyList<int> clips = data.Split[part];
            return new WaveformExamples(
                [.. clips.Select(i => data.Clips.Clips[i].Path)], [.. clips.Select(i => data.Clips.Labels[i])], folder.Preprocessing, recipe.Encoder.Seconds);
        }

        WaveformNetwork network = new(classifier);
        network.To(device);
        return new SpeechTask(network, Part(SplitPart.Train), Part(SplitPart.Validation), Part(SplitPart.Test));
    }

    private static SpeechTask OnEmbeddings(
        Recipe recipe, HuggingFaceFolder folder, RunData data, Device device, FeatureCache? cache, IRunObserver observer, CancellationToken cancel)
    {
        int[] all = [.. data.Split.Train, .. data.Split.Validation, .. data.Split.Test];
        Dictionary<int, float[]> embeddings = Embeddings(recipe.Encoder, folder, data, all, device, cache, observer, cancel);
        int features = folder.Config.HiddenSize;
        FeatureExamples Part(SplitPart part)
        {
            IReadOnlyList<int> clips = data.Split[part];
            return new FeatureExamples([.. clips.SelectMany(i => embeddings[i])], [.. clips.Select(i => data.Clips.Labels[i])], 1, features);
        }

        EmbeddingHead head = new EmbeddingHead(features, HeadSize, data.Clips.Classes.Count, recipe.Network.Dropout).Initialize(recipe.Seed);
        head.To(device);
        return new SpeechTask(head, Part(SplitPart.Train), Part(SplitPart.Validation), Part(SplitPart.Test));
    }

    /// <summary>The mean of the last hidden frames of each clip. The encoder is loaded only if one is not in the cache.</summary>
    private static Dictionary<int, float[]> Embeddings(
        EncoderSettings settings, HuggingFaceFolder folder, RunData data, int[] clips, Device device, FeatureCache? cache, IRunObserver observer, CancellationToken cancel)
    {
        byte[] identity = cache is null ? [] : Identity(folder, settings);
        int features = folder.Config.HiddenSize;
        Dictionary<int, float[]> embeddings = [];
        SpeechEmbedder? embedder = null;
        observer.StageStarted("embeddings", clips.Length, "clips");
        try
        {
            foreach (int clip in clips)
            {
                cancel.ThrowIfCancellationRequested();
                byte[] key = SHA256.HashData([.. identity, .. Convert.FromHexString(data.Clips.Clips[clip].Audio!.Sha256)]);
                if (cache?.Read(key, 1, features) is { } cached)
                {
                    embeddings[clip] = cached.Features;
                }
                else
                {
                    embedder ??= new SpeechEmbedder(folder, device);
                    SpeechEmbedding embedding = embedder.Embed(embedder.Read(data.Clips.Clips[clip].Path, settings.Seconds), embedder.Layers, mean: true);
                    embeddings[clip] = embedding.Values;
                    cache?.Write(key, 1, features, new CachedFeatures(embedding.Values, null));
                }

                observer.Progress(embeddings.Count, folder.Path);
            }
        }
        finally
        {
            embedder?.Dispose();
        }

        if (cache?.WriteFailure is string failure)
        {
            observer.Warning($"the feature cache cannot be written and is not used: {failure}");
        }

        return embeddings;
    }

    /// <summary>What embeddings depend on besides the clip: every file of the model, and the length.</summary>
    private static byte[] Identity(HuggingFaceFolder folder, EncoderSettings settings)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"speech-embedding 1, mean of {settings.Seconds:R} s\n")));
        foreach (string file in Directory.EnumerateFiles(folder.Path).Order(StringComparer.Ordinal))
        {
            using FileStream stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }

        return hash.GetHashAndReset();
    }
}
