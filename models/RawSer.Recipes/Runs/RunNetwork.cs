using RawSer.Audio.Features;
using RawSer.Audio.Pipeline;
using RawSer.Models.Recognition;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Splits;
using RawSer.Training;
using RawSer.Weights;

namespace RawSer.Recipes.Runs;

/// <summary>Weights that the network of a recipe begins with.</summary>
/// <param name="Place">The file or folder.</param>
/// <param name="Frozen">Fingerprint of the weights if some of them stay as they are, so that what learns has a meaning behind them only.</param>
/// <param name="Warning">What is to be known about them; null for nothing.</param>
internal sealed record PretrainedWeights(string Place, string? Frozen, string? Warning);

/// <summary>
/// The network of a run: the whole, which is stored and used, and the part that learns, which takes what a frozen base made. Without a frozen base
/// both are the same.
/// </summary>
internal abstract class RunNetwork : IDisposable
{
    private protected RunNetwork(Recipe recipe, RecognizerSettings settings, Module whole, Module trained) =>
        (Recipe, Settings, Whole, Trained) = (recipe, settings, whole, trained);

    /// <summary>The recipe, with what a search has found.</summary>
    public Recipe Recipe { get; }

    /// <summary>What is stored beside the weights.</summary>
    public RecognizerSettings Settings { get; }

    /// <summary>All layers that are stored.</summary>
    public Module Whole { get; }

    /// <summary>The layers from the first that learns on; they share their parameters with <see cref="Whole"/>.</summary>
    public Module Trained { get; }

    /// <summary>Whether the networks of a recipe read features, not waveforms.</summary>
    public static bool ReadsFeatures(Recipe recipe) => recipe.Network.Kind != NetworkKind.Wav2Vec2;

    /// <summary>Refuses a recipe whose pretrained weights are not there or do not fit, before anything is made.</summary>
    /// <returns>The weights; null if the network begins without any.</returns>
    /// <exception cref="RecipeException">The recipe names none.</exception>
    /// <exception cref="InvalidDataException">A folder is no model.</exception>
    /// <exception cref="WeightFileException">A file cannot be read.</exception>
    /// <exception cref="StateDictException">Its tensors do not fit.</exception>
    public static PretrainedWeights? CheckPretrained(Recipe recipe)
    {
        if (ReadsFeatures(recipe))
        {
            return FeatureRunNetwork.CheckPretrained(recipe);
        }

        HuggingFaceFolder encoder = SpeechRunNetwork.OpenEncoder(recipe);
        (Wav2Vec2Model model, StateDictReport loaded) = encoder.LoadBody();
        model.Dispose();
        return new PretrainedWeights(
            encoder.Path,
            recipe.Encoder.Train == EncoderTraining.None ? encoder.Fingerprint() : null,
            encoder.Caution(loaded));
    }

    /// <summary>The network of a recipe with its initial values and pretrained weights.</summary>
    /// <exception cref="RecipeException">The recipe makes no network for its data.</exception>
    /// <exception cref="InvalidDataException">A folder is no model.</exception>
    /// <exception cref="WeightFileException">Pretrained weights cannot be read.</exception>
    /// <exception cref="StateDictException">They do not fit.</exception>
    public static RunNetwork Create(Recipe recipe, RunData data, Device device) => ReadsFeatures(recipe)
        ? FeatureRunNetwork.Create(recipe, data.Extractor.Profile, data.Clips.Classes, device)
        : SpeechRunNetwork.Create(recipe, data.Clips.Classes, device);

    /// <summary>The network of a weight file that a run of a recipe wrote, to be judged, with the statistics of its features.</summary>
    /// <exception cref="InvalidDataException">The file is no trained recogniser, or what it stands on is not there any more.</exception>
    /// <exception cref="WeightFileException">It is missing or broken.</exception>
    public static (RunNetwork Network, FeatureStandardizer? Standardizer) Load(Recipe recipe, string path, Device device)
    {
        (Module network, RecognizerSettings settings, FeatureStandardizer? standardizer) = RecognizerFile.Load(path);
        network.To(device);
        return settings switch
        {
            FeatureRecognizerSettings features => (FeatureRunNetwork.Of(recipe, features, network), standardizer),
            SpeechRecognizerSettings speech => (SpeechRunNetwork.Of(recipe, speech, network, device), standardizer),
            _ => throw new InvalidOperationException($"no run has a network of {settings.GetType()}"),
        };
    }

    /// <summary>Examples of a part of the data as <see cref="Trained"/> takes them.</summary>
    /// <param name="data">The clips, with their features if the network reads such.</param>
    /// <param name="part">The part.</param>
    /// <param name="forTraining">Whether they are changed from epoch to epoch as the recipe says.</param>
    /// <param name="cache">What frozen layers made in earlier runs; null for none.</param>
    /// <param name="observer">Progress.</param>
    /// <param name="cancel">Stops.</param>
    public abstract IExamples Inputs(RunData data, SplitPart part, bool forTraining, FeatureCache? cache, IRunObserver observer, CancellationToken cancel);

    /// <summary>Says what the network is, where that is worth a line.</summary>
    public virtual void Describe(IRunObserver observer)
    {
    }

    /// <summary>Frees the memory.</summary>
    public virtual void Dispose() => Whole.Dispose();
}
