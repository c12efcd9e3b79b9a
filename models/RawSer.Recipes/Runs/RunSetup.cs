using RawSer.Audio.Features;
using RawSer.Models;
using RawSer.Models.Pictures;
using RawSer.Models.Ser;
using RawSer.Models.Vgg;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Recipes.Experiments;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>From the settings of a recipe to the engine's objects.</summary>
public static class RunSetup
{
    // Streams of the run's seed: dropout draws from its own.
    private const ulong DropoutStream = 0x64726F706F7574;

    /// <summary>The network of a recipe for the features of a profile.</summary>
    /// <exception cref="RecipeException">They make none.</exception>
    public static NetworkOptions NetworkOptions(Recipe recipe, FeatureProfile profile, int classes)
    {
        NetworkSettings settings = recipe.Network;
        NetworkOptions options = settings.Kind == NetworkKind.Vgg16
            ? new SpectrogramVgg
            {
                Classes = classes,
                Hidden = (settings.Hidden1, settings.Hidden2),
                Dropout = settings.Dropout,
                Low = recipe.Picture.Low,
                High = recipe.Picture.High,
                Preprocessing = recipe.Picture.Preprocessing,
            }
            : SerOptions(settings, profile, classes);
        try
        {
            options.Validate();
            options.CheckProfile(profile);
            if (options is SpectrogramVgg { Network.ConvolutionCount: int count } && settings.TrainedConvolutions > count)
            {
                throw new ArgumentException($"network.trained_convolutions = {settings.TrainedConvolutions}; vgg16 has {count}");
            }

            return options;
        }
        catch (ArgumentException e)
        {
            throw new RecipeException($"recipe '{recipe.Name}': {e.Message}", e);
        }
    }

    /// <summary>What random layers draw from, and the optimiser, of a network that is to learn.</summary>
    public static (Generator Random, Optimizer Optimizer) Learner(Recipe recipe, Module network)
    {
        Generator random = new(recipe.Seed, DropoutStream);
        network.UseRandom(random);
        return (random, Optimizer(recipe.Optimizer, network));
    }

    /// <summary>How pictures of training clips are changed.</summary>
    public static PictureAugmentation PictureAugmentation(AugmentationSettings settings) => new() { Flip = settings.Flip, Rotation = settings.Rotation, Zoom = settings.Zoom };

    /// <summary>The optimiser of a recipe over the parameters of a network that require gradients.</summary>
    public static Optimizer Optimizer(OptimizerSettings settings, Module network)
    {
        Tensor[] parameters = [.. network.Parameters().Where(p => p.RequiresGrad)];
        double rate = settings.LearningRate, decay = settings.WeightDecay;
        return settings.Kind switch
        {
            OptimizerKind.Adam => new Adam(parameters, rate, new AdamOptions { WeightDecay = decay }),
            OptimizerKind.KerasAdam => new Adam(parameters, rate, AdamOptions.Keras with { WeightDecay = decay }),
            OptimizerKind.AdamW => new AdamW(parameters, rate, new AdamOptions { WeightDecay = decay }),
            OptimizerKind.Sgd => new Sgd(parameters, rate, new SgdOptions { WeightDecay = decay, Momentum = settings.Momentum }),
            _ => new RmsProp(parameters, rate, new RmsPropOptions { WeightDecay = decay, Momentum = settings.Momentum }),
        };
    }

    /// <summary>The training options of a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="examples">Number of training examples.</param>
    /// <param name="frames">Frames of an example.</param>
    /// <param name="hasValidation">Without validation examples, what would be monitored there is monitored on the training examples.</param>
    public static TrainingOptions TrainingOptions(Recipe recipe, int examples, int frames, bool hasValidation)
    {
        TrainingSettings training = recipe.Training;
        string monitor = hasValidation ? training.Monitor : training.Monitor.Replace("val_", "", StringComparison.Ordinal);
        long updates = (long)training.Epochs * ((examples + training.Batch - 1) / training.Batch);
        AugmentationSettings augmentation = recipe.Augmentation;
        return new TrainingOptions
        {
            Epochs = training.Epochs,
            BatchSize = training.Batch,
            Seed = recipe.Seed,
            ClipNorm = recipe.Optimizer.ClipNorm,
            EarlyStopping = new EarlyStoppingSettings
            {
                Monitor = monitor,
                Patience = training.Patience ?? int.MaxValue,
                MinDelta = training.MinDelta,
                BestWeights = training.BestWeights,
            },
            Plateau = training.Schedule == ScheduleKind.Plateau
                ? new ReduceOnPlateauSettings { Monitor = monitor, Factor = training.PlateauFactor, Patience = training.PlateauPatience }
                : null,
            Schedule = training.Schedule == ScheduleKind.Cosine
                ? step => Schedules.CosineAnnealing(step, recipe.Optimizer.LearningRate, checked((int)updates))
                : null,
            CaptureSteps = training.Capture,
            Augmentation = augmentation.TimeMasks + augmentation.FrequencyMasks > 0 ? new SpectralMasks(augmentation, frames, recipe.Seed) : null,
        };
    }

    private static SerNetworkOptions SerOptions(NetworkSettings settings, FeatureProfile profile, int classes) => new()
    {
        Architecture = settings.Kind switch
        {
            NetworkKind.Cnn => SerArchitecture.Cnn,
            NetworkKind.TwoCnn => SerArchitecture.TwoCnn,
            _ => SerArchitecture.CnnTransformer,
        },
        Bins = profile.Rows,
        Frames = profile.Frames,
        Classes = classes,
        NormAxis = settings.BatchNorm == BatchNormAxis.Channel ? NormAxis.Channels : NormAxis.Time,
        Attend = settings.Attend == AttentionOver.Time ? AttentionAxis.Time : AttentionAxis.Batch,
        Conventions = settings.Conventions == Conventions.PyTorch ? LayerConventions.PyTorch : LayerConventions.Keras,
        Dropout = settings.Dropout,
        DropoutPlacement = settings.DropoutAt == DropoutAt.Last ? DropoutPlacement.LastStage : DropoutPlacement.EveryStage,
        EncoderDropout = settings.EncoderDropout,
    };
}
