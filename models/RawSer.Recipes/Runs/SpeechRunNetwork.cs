using RawSer.Audio.Pipeline;
using RawSer.Models.Recognition;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Splits;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>A network on waveforms: a speech encoder with its classifier, or a small head on the embeddings of an encoder that stays as it is.</summary>
internal sealed class SpeechRunNetwork : RunNetwork
{
    private readonly SpeechRecognizerSettings _settings;
    private readonly FrozenEncoder? _encoder;

    private SpeechRunNetwork(Recipe recipe, SpeechRecognizerSettings settings, Module network, FrozenEncoder? encoder)
        : base(recipe, settings, network, network) => (_settings, _encoder) = (settings, encoder);

    /// <summary>The folder of a recipe's encoder.</summary>
    /// <exception cref="RecipeException">The recipe names no folder.</exception>
    /// <exception cref="InvalidDataException">The folder is no model.</exception>
    public static HuggingFaceFolder OpenEncoder(Recipe recipe) => HuggingFaceFolder.Open(recipe.Encoder.Folder ?? throw new RecipeException(
        $"recipe '{recipe.Name}': encoder.folder is not set; give the folder of a Wav2Vec2 model, for example --set encoder.folder=wav2vec2-base (config.json and model.safetensors)"));

    /// <summary>The network of a recipe.</summary>
    /// <exception cref="RecipeException">The recipe names no folder.</exception>
    /// <exception cref="InvalidDataException">The folder is no model.</exception>
    public static SpeechRunNetwork Create(Recipe recipe, IReadOnlyList<string> classes, Device device)
    {
        EncoderSettings encoder = recipe.Encoder;
        HuggingFaceFolder folder = OpenEncoder(recipe);
        SpeechRecognizerSettings settings = SpeechRecognizerSettings.Of(folder, encoder.Train != EncoderTraining.None, encoder.Seconds, recipe.Network.Dropout, classes);
        Module network = settings.Build();
        if (network is WaveformNetwork { Network: ReportClassifier classifier })
        {
            classifier.Initialize(recipe.Seed);
            folder.Load(classifier, newHead: true);
            if (encoder.Train == EncoderTraining.Transformer)
            {
                classifier.Body.FeatureEncoder.Freeze();
            }

            classifier.Body.GradientCheckpointing = encoder.Checkpointing == Checkpointing.On;
        }
        else
        {
            network.Initialize(recipe.Seed);
        }

        network.To(device);
        return new SpeechRunNetwork(recipe, settings, network, settings.FrozenEncoder is null ? null : new FrozenEncoder(folder, settings, device));
    }

    /// <summary>A trained network, on its device.</summary>
    /// <exception cref="InvalidDataException">The encoder that it stands on is not there any more.</exception>
    public static SpeechRunNetwork Of(Recipe recipe, SpeechRecognizerSettings settings, Module network, Device device) =>
        new(recipe, settings, network, settings.FrozenEncoder is null ? null : new FrozenEncoder(settings.OpenFrozenEncoder(), settings, device));

    /// <inheritdoc/>
    public override IExamples Inputs(RunData data, SplitPart part, bool forTraining, FeatureCache? cache, IRunObserver observer, CancellationToken cancel)
    {
        if (_encoder is not null)
        {
            return BaseActivations.Compute(new ClipInputs(_encoder, data, part), cache, observer, cancel);
        }

        IReadOnlyList<int> clips = data.Split[part];
        return new WaveformExamples(
            [.. clips.Select(i => data.Clips.Clips[i].Path)], [.. clips.Select(i => data.Clips.Labels[i])], new WaveformRows(_settings.Preprocessing, _settings.Duration));
    }

    /// <inheritdoc/>
    public override void Describe(IRunObserver observer)
    {
        if (_encoder is null)
        {
            observer.Message(FormattableString.Invariant($"{Recipe.Encoder.Folder}: {Whole.ParameterCount:N0} parameters, {Whole.TrainableParameterCount:N0} of them trained"));
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _encoder?.Dispose();
        base.Dispose();
    }
}
