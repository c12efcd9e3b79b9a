using RawSer.Audio.Features;
using RawSer.Audio.Pipeline;
using RawSer.Models;
using RawSer.Models.Pictures;
using RawSer.Models.Recognition;
using RawSer.Models.Vgg;
using RawSer.Nn;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Splits;
using RawSer.Training;
using RawSer.Weights;
using RawSer.Weights.Synthesis;

namespace RawSer.Recipes.Runs;

/// <summary>A network on features; with VGG16, on pictures of them, and perhaps behind convolutions that do not learn.</summary>
internal sealed class FeatureRunNetwork : RunNetwork
{
    private const int SyntheticSeed = 1;

    private readonly NetworkOptions _options;
    private readonly FrozenConvolutions? _base;

    /// <summary>A network without a frozen base, on its device.</summary>
    private FeatureRunNetwork(Recipe recipe, FeatureRecognizerSettings settings, Module network)
        : this(recipe, settings, network, network, null)
    {
    }

    private FeatureRunNetwork(Recipe recipe, FeatureRecognizerSettings settings, Module whole, Module trained, FrozenConvolutions? frozenBase)
        : base(recipe, settings, whole, trained) => (_options, _base) = (settings.Network, frozenBase);

    /// <inheritdoc cref="RunNetwork.CheckPretrained"/>
    public static new PretrainedWeights? CheckPretrained(Recipe recipe)
    {
        if (recipe.Network.Kind != NetworkKind.Vgg16)
        {
            return null;
        }

        string file = recipe.Network.Weights;
        const string procedural = "the convolutions have procedural values, not trained ones: the results say nothing about VGG16";
        if (file == NetworkSettings.SyntheticWeights)
        {
            return new PretrainedWeights(file, null, $"{procedural}; give its weights by --set network.weights=FILE");
        }

        using VggNetwork network = new(VggOptions.Report(classes: 1));
        StateDictReport loaded = VggWeights.Load(network.Features, file);
        bool isFrozen = recipe.Network.TrainedConvolutions < network.Options.ConvolutionCount;
        return new PretrainedWeights(file, isFrozen ? VggWeights.Fingerprint(network.Features) : null, Architecture.IsSynthetic(loaded) ? $"{file}: {procedural}" : null);
    }

    /// <summary>The network of a recipe for features of a profile.</summary>
    /// <exception cref="RecipeException">The recipe makes no network for its profile.</exception>
    /// <exception cref="WeightFileException">The weights of the base cannot be read.</exception>
    /// <exception cref="StateDictException">They do not fit.</exception>
    public static FeatureRunNetwork Create(Recipe recipe, FeatureProfile profile, IReadOnlyList<string> classes, Device device)
    {
        NetworkOptions options = RunSetup.NetworkOptions(recipe, profile, classes.Count);
        FeatureRecognizerSettings settings = new(options, profile, classes);
        Module whole = options.Create(recipe.Seed);
        if (options is not SpectrogramVgg pictures)
        {
            whole.To(device);
            return new FeatureRunNetwork(recipe, settings, whole);
        }

        VggNetwork network = (VggNetwork)whole;
        if (recipe.Network.Weights == NetworkSettings.SyntheticWeights)
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
            ? new FeatureRunNetwork(recipe, settings, whole)
            : new FeatureRunNetwork(recipe, settings, whole, network.From(first), new FrozenConvolutions(pictures, network, first, device));
    }

    /// <summary>
    /// A trained network, on its device, to be judged only. Convolutions that did not learn are packed, as they were while others learned behind them
    /// (<see cref="FrozenConvolutions"/>), so that a run's evaluation gives the same numbers again.
    /// </summary>
    public static FeatureRunNetwork Of(Recipe recipe, FeatureRecognizerSettings settings, Module network)
    {
        if (network is VggNetwork vgg)
        {
            vgg.Features.Part(0, vgg.Options.ConvolutionCount - recipe.Network.TrainedConvolutions).PackWeights(keepOriginals: false);
        }

        return new FeatureRunNetwork(recipe, settings, network);
    }

    /// <inheritdoc/>
    public override IExamples Inputs(RunData data, SplitPart part, bool forTraining, FeatureCache? cache, IRunObserver observer, CancellationToken cancel)
    {
        FeatureExamples examples = data.Examples(part);
        if (_base is null)
        {
            return _options is SpectrogramVgg ? new PreparedExamples(examples, _options) : examples;
        }

        AugmentationSettings settings = Recipe.Augmentation;
        PictureAugmentation augmentation = RunSetup.PictureAugmentation(settings);
        PictureDraws draws = forTraining && !augmentation.IsIdentity ? new PictureDraws(augmentation, settings.PictureDraws, Recipe.Seed) : PictureDraws.None;
        return BaseActivations.Compute(new PictureInputs(_base, examples, draws), cache, observer, cancel);
    }
}
