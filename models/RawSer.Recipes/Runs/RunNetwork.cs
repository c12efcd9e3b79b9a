using RawSer.Audio.Features;
using RawSer.Audio.Pipeline;
using RawSer.Models;
using RawSer.Models.Pictures;
using RawSer.Models.Vgg;
using RawSer.Nn;
using RawSer.Recipes.Experiments;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>
/// The network of a run: the whole, which is stored and used, and the part that learns, which takes what a frozen base made. Without a frozen base
/// both are the same.
/// </summary>
internal sealed class RunNetwork : IDisposable
{
    /// <summary>The value of <c>network.weights</c> that stands for procedural ones.</summary>
    public const string Synthetic = "synthetic";

    private const int SyntheticSeed = 1;

    private readonly FrozenBase? _base;

    private RunNetwork(Recipe recipe, NetworkOptions options, Module whole, Module trained, FrozenBase? frozenBase)
    {
        _base = frozenBase;
        (Recipe, Options, Whole, Trained) = (recipe, options, whole, trained);
    }

    /// <summary>The recipe, with what a search has found.</summary>
    public Recipe Recipe { get; }

    /// <summary>What the network was built from.</summary>
    public NetworkOptions Options { get; }

    /// <summary>All layers.</summary>
    public Module Whole { get; }

    /// <summary>The layers from the first that learns on; they share their parameters with <see cref="Whole"/>.</summary>
    public Module Trained { get; }

    /// <summary>The network of a recipe with its initial values, and the weights of its base.</summary>
    /// <exception cref="RecipeException">The recipe makes no network for its profile.</exception>
    /// <exception cref="Weights.WeightFileException">The weights of the base cannot be read.</exception>
    /// <exception cref="Weights.StateDictException">They do not fit.</exception>
    public static RunNetwork Create(Recipe recipe, FeatureProfile profile, int classes, Device device)
    {
        NetworkOptions options = RunSetup.NetworkOptions(recipe, profile, classes);
        Module whole = options.Create(recipe.Seed);
        if (options is not SpectrogramVgg pictures)
        {
            whole.To(device);
            return new RunNetwork(recipe, options, whole, whole, null);
        }

        VggNetwork network = (VggNetwork)whole;
        if (recipe.Network.Weights == Synthetic)
        {
            VggWeights.Synthesize(network.Features, SyntheticSeed);
        }
        else
        {
            VggWeights.Load(network.Features, recipe.Network.Weights);
        }

        network.To(device);
        network.Features.TrainLast(recipe.Network.TrainedConvolutions);
        int first = pictures.Network.ConvolutionCount - recipe.Network.TrainedConvolutions;
        return first == 0
            ? new RunNetwork(recipe, options, whole, whole, null)
            : new RunNetwork(recipe, options, whole, network.From(first), new FrozenBase(pictures, network, first, device));
    }

    /// <summary>Examples as the part that learns takes them.</summary>
    public IExamples Inputs(FeatureExamples examples, bool forTraining, FeatureCache? cache, IRunObserver observer, CancellationToken cancel)
    {
        if (_base is null)
        {
            return Options is SpectrogramVgg ? new PreparedExamples(examples, Options) : examples;
        }

        AugmentationSettings settings = Recipe.Augmentation;
        PictureAugmentation augmentation = RunSetup.PictureAugmentation(settings);
        PictureDraws draws = forTraining && !augmentation.IsIdentity ? new PictureDraws(augmentation, settings.PictureDraws, Recipe.Seed) : PictureDraws.None;
        return BaseActivations.Compute(_base, examples, draws, cache, observer, cancel);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => Whole.Dispose();
}
