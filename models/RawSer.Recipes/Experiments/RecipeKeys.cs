using RawSer.Audio.Features;
using RawSer.Models.Pictures;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Splits;
using RawSer.Training;
using RawSer.Weights;

namespace RawSer.Recipes.Experiments;

/// <summary>The table of all values of a recipe, in the order in which they are written.</summary>
public static class RecipeKeys
{
    /// <summary>All values.</summary>
    public static IReadOnlyList<RecipeKey> All { get; } =
    [
        RecipeKey.Text("name", "name of the recipe", r => r.Name, (r, v) => r with { Name = v }),
        RecipeKey.Text("description", "one line for people", r => r.Description, (r, v) => r with { Description = v }),
        RecipeKey.Seed("seed", "initial weights, order, dropout and augmentation", r => r.Seed, (r, v) => r with { Seed = v }),
        RecipeKey.Texts("corpora", "corpora that are used, of those at hand; empty for all", r => r.Corpora, (r, v) => r with { Corpora = v }),

        RecipeKey.Choice("labels.savee", "SAVEE clips as named, or all as surprise, as in the report", r => r.Labels.Savee, (r, v) => r with { Labels = r.Labels with { Savee = v } },
            ("correct", SaveeLabels.Correct), ("report", SaveeLabels.Report)),
        RecipeKey.Choice("labels.cremad", "CREMA-D clips as the actors meant them, or as most listeners heard them", r => r.Labels.CremaD, (r, v) => r with { Labels = r.Labels with { CremaD = v } },
            ("intended", CremaDLabels.Intended), ("perceived", CremaDLabels.Perceived)),
        RecipeKey.Choice("labels.calm", "what becomes of the calm clips of RAVDESS", r => r.Labels.Calm, (r, v) => r with { Labels = r.Labels with { Calm = v } },
            ("neutral", CalmLabels.Neutral), ("keep", CalmLabels.Keep), ("drop", CalmLabels.Drop)),
        RecipeKey.OptionalTexts("labels.classes", "classes in order; null for the seven emotions, or else those that occur", r => r.Labels.Classes, (r, v) => r with { Labels = r.Labels with { Classes = v } }),

        RecipeKey.Choice("split.kind", "what training and test must not share", r => r.Split.Kind, (r, v) => r with { Split = r.Split with { Kind = v } },
            ("clip", SplitKind.Clip), ("speaker", SplitKind.Speaker), ("corpus", SplitKind.Corpus), ("sentence", SplitKind.Sentence)),
        RecipeKey.Number("split.validation", "share of the validation part", "a number between 0 and 1", IsShare, r => r.Split.ValidationShare, (r, v) => r with { Split = r.Split with { ValidationShare = v } }),
        RecipeKey.Number("split.test", "share of the test part", "a number between 0 and 1", IsShare, r => r.Split.TestShare, (r, v) => r with { Split = r.Split with { TestShare = v } }),
        RecipeKey.Seed("split.seed", "what is drawn in splitting", r => r.Split.Seed, (r, v) => r with { Split = r.Split with { Seed = v } }),
        RecipeKey.Whole("split.folds", "folds of cross-validation; 0 for a single split", 0, r => r.Split.Folds, (r, v) => r with { Split = r.Split with { Folds = v } }),
        RecipeKey.Whole("split.fold", "the fold that is tested, from 0", 0, r => r.Split.Fold, (r, v) => r with { Split = r.Split with { Fold = v } }),
        RecipeKey.OptionalText("split.test_corpus", "the corpus that is tested, for kind corpus", r => r.Split.TestCorpus, (r, v) => r with { Split = r.Split with { TestCorpus = v } }),
        RecipeKey.Texts("split.train_speakers", "names or ranges such as 01-12; empty for all others", r => r.Split.TrainSpeakers, (r, v) => r with { Split = r.Split with { TrainSpeakers = v } }),
        RecipeKey.Texts("split.validation_speakers", "names or ranges", r => r.Split.ValidationSpeakers, (r, v) => r with { Split = r.Split with { ValidationSpeakers = v } }),
        RecipeKey.Texts("split.test_speakers", "names or ranges", r => r.Split.TestSpeakers, (r, v) => r with { Split = r.Split with { TestSpeakers = v } }),

        RecipeKey.Name("features.profile", "feature profile", FeatureProfile.Names, r => r.Features.Profile, (r, v) => r with { Features = r.Features with { Profile = v } }),
        RecipeKey.Choice("features.standardize", "mean 0 and deviation 1 over the training part: per coefficient and frame, or per coefficient", r => r.Features.Standardize, (r, v) => r with { Features = r.Features with { Standardize = v } },
            ("none", Standardization.None), ("cell", Standardization.Cell), ("row", Standardization.Row)),

        RecipeKey.Number("picture.low", "value in dB of the first colour of a picture", "a number", _ => true, r => r.Picture.Low, (r, v) => r with { Picture = r.Picture with { Low = v } }),
        RecipeKey.Number("picture.high", "value in dB of the last colour", "a number", _ => true, r => r.Picture.High, (r, v) => r with { Picture = r.Picture with { High = v } }),
        RecipeKey.Choice("picture.preprocessing", "what the network's weights expect of colours", r => r.Picture.Preprocessing, (r, v) => r with { Picture = r.Picture with { Preprocessing = v } },
            ("caffe", PicturePreprocessing.Caffe), ("torchvision", PicturePreprocessing.Torchvision), ("tf", PicturePreprocessing.Tf), ("unit", PicturePreprocessing.Unit), ("none", PicturePreprocessing.None)),

        RecipeKey.Whole("augmentation.noise_copies", "noisy copies of each training clip", 0, r => r.Augmentation.NoiseCopies, (r, v) => r with { Augmentation = r.Augmentation with { NoiseCopies = v } }),
        RecipeKey.Number("augmentation.noise_snr_low", "least signal-to-noise ratio in dB", "a number", _ => true, r => r.Augmentation.NoiseSnrLow, (r, v) => r with { Augmentation = r.Augmentation with { NoiseSnrLow = v } }),
        RecipeKey.Number("augmentation.noise_snr_high", "greatest signal-to-noise ratio in dB", "a number", _ => true, r => r.Augmentation.NoiseSnrHigh, (r, v) => r with { Augmentation = r.Augmentation with { NoiseSnrHigh = v } }),
        RecipeKey.Whole("augmentation.time_masks", "masked spans of frames per example (SpecAugment)", 0, r => r.Augmentation.TimeMasks, (r, v) => r with { Augmentation = r.Augmentation with { TimeMasks = v } }),
        RecipeKey.Whole("augmentation.time_mask_width", "greatest width in frames", 1, r => r.Augmentation.TimeMaskWidth, (r, v) => r with { Augmentation = r.Augmentation with { TimeMaskWidth = v } }),
        RecipeKey.Whole("augmentation.frequency_masks", "masked bands of coefficients per example", 0, r => r.Augmentation.FrequencyMasks, (r, v) => r with { Augmentation = r.Augmentation with { FrequencyMasks = v } }),
        RecipeKey.Whole("augmentation.frequency_mask_width", "greatest width in coefficients", 1, r => r.Augmentation.FrequencyMaskWidth, (r, v) => r with { Augmentation = r.Augmentation with { FrequencyMaskWidth = v } }),
        RecipeKey.Flag("augmentation.flip", "whether every second picture is mirrored left to right", r => r.Augmentation.Flip, (r, v) => r with { Augmentation = r.Augmentation with { Flip = v } }),
        RecipeKey.Number("augmentation.rotation", "greatest rotation of a picture, as a share of a turn", "a number from 0 to 1", IsPart, r => r.Augmentation.Rotation, (r, v) => r with { Augmentation = r.Augmentation with { Rotation = v } }),
        RecipeKey.Number("augmentation.zoom", "greatest change of a picture's size", "a number from 0 to below 1", IsRate, r => r.Augmentation.Zoom, (r, v) => r with { Augmentation = r.Augmentation with { Zoom = v } }),
        RecipeKey.Whole("augmentation.picture_draws", "changed versions of each picture, which the epochs see in turn", 1, r => r.Augmentation.PictureDraws, (r, v) => r with { Augmentation = r.Augmentation with { PictureDraws = v } }),

        RecipeKey.Choice("network.kind", "the network", r => r.Network.Kind, (r, v) => r with { Network = r.Network with { Kind = v } },
            ("cnn", NetworkKind.Cnn), ("two-cnn", NetworkKind.TwoCnn), ("cnn-transformer", NetworkKind.CnnTransformer), ("vgg16", NetworkKind.Vgg16), ("wav2vec2", NetworkKind.Wav2Vec2)),
        RecipeKey.Choice("network.batch_norm", "axis of batch normalisation; the report's is time", r => r.Network.BatchNorm, (r, v) => r with { Network = r.Network with { BatchNorm = v } },
            ("channel", BatchNormAxis.Channel), ("time", BatchNormAxis.Time)),
        RecipeKey.Choice("network.attend", "what the encoder attends over; the report's is batch", r => r.Network.Attend, (r, v) => r with { Network = r.Network with { Attend = v } },
            ("time", AttentionOver.Time), ("batch", AttentionOver.Batch)),
        RecipeKey.Number("network.dropout", "dropout of the CNN blocks, between VGG16's dense layers, or before the last layer behind an encoder", "a number from 0 to below 1", IsRate, r => r.Network.Dropout, (r, v) => r with { Network = r.Network with { Dropout = v } }),
        RecipeKey.Choice("network.dropout_at", "which poolings of the CNN blocks are followed by dropout; the report's is every", r => r.Network.DropoutAt, (r, v) => r with { Network = r.Network with { DropoutAt = v } },
            ("last", DropoutAt.Last), ("every", DropoutAt.Every)),
        RecipeKey.Number("network.encoder_dropout", "dropout of the encoder layers", "a number from 0 to below 1", IsRate, r => r.Network.EncoderDropout, (r, v) => r with { Network = r.Network with { EncoderDropout = v } }),
        RecipeKey.Choice("network.conventions", "initial weights and defaults of batch normalisation", r => r.Network.Conventions, (r, v) => r with { Network = r.Network with { Conventions = v } },
            ("pytorch", Conventions.PyTorch), ("keras", Conventions.Keras)),
        RecipeKey.Text("network.weights", "weights of VGG16's convolutions: a file, or synthetic", r => r.Network.Weights, (r, v) => r with { Network = r.Network with { Weights = v } }),
        RecipeKey.Whole("network.trained_convolutions", "how many of VGG16's 13 convolutions learn, from the last", 0, r => r.Network.TrainedConvolutions, (r, v) => r with { Network = r.Network with { TrainedConvolutions = v } }),
        RecipeKey.Whole("network.hidden1", "width of VGG16's first dense layer", 1, r => r.Network.Hidden1, (r, v) => r with { Network = r.Network with { Hidden1 = v } }),
        RecipeKey.Whole("network.hidden2", "width of VGG16's second dense layer", 1, r => r.Network.Hidden2, (r, v) => r with { Network = r.Network with { Hidden2 = v } }),

        RecipeKey.OptionalText("encoder.folder", "folder of a Hugging Face model for the network kind wav2vec2: config.json and weights", r => r.Encoder.Folder, (r, v) => r with { Encoder = r.Encoder with { Folder = v } }),
        RecipeKey.Choice("encoder.train", "what of the encoder learns: all, all but the convolutions, or nothing (a small head on its embeddings)", r => r.Encoder.Train, (r, v) => r with { Encoder = r.Encoder with { Train = v } },
            ("all", EncoderTraining.All), ("transformer", EncoderTraining.Transformer), ("none", EncoderTraining.None)),
        RecipeKey.Choice("encoder.checkpointing", "whether activations are computed again in the backward pass instead of being kept", r => r.Encoder.Checkpointing, (r, v) => r with { Encoder = r.Encoder with { Checkpointing = v } },
            ("on", Checkpointing.On), ("off", Checkpointing.Off)),
        RecipeKey.Number("encoder.seconds", "clips are cut or padded to these", "a number above 0", v => v > 0, r => r.Encoder.Seconds, (r, v) => r with { Encoder = r.Encoder with { Seconds = v } }),

        RecipeKey.Choice("optimizer.kind", "the optimiser", r => r.Optimizer.Kind, (r, v) => r with { Optimizer = r.Optimizer with { Kind = v } },
            ("adam", OptimizerKind.Adam), ("keras-adam", OptimizerKind.KerasAdam), ("adamw", OptimizerKind.AdamW), ("sgd", OptimizerKind.Sgd), ("rmsprop", OptimizerKind.RmsProp)),
        RecipeKey.Number("optimizer.learning_rate", "learning rate", "a number above 0", v => v > 0, r => r.Optimizer.LearningRate, (r, v) => r with { Optimizer = r.Optimizer with { LearningRate = v } }),
        RecipeKey.Number("optimizer.weight_decay", "weight decay", "a number from 0", v => v >= 0, r => r.Optimizer.WeightDecay, (r, v) => r with { Optimizer = r.Optimizer with { WeightDecay = v } }),
        RecipeKey.Number("optimizer.momentum", "momentum of sgd and rmsprop", "a number from 0 to below 1", IsRate, r => r.Optimizer.Momentum, (r, v) => r with { Optimizer = r.Optimizer with { Momentum = v } }),
        RecipeKey.OptionalNumber("optimizer.clip_norm", "greatest norm of the gradients", "a number above 0", v => v > 0, r => r.Optimizer.ClipNorm, (r, v) => r with { Optimizer = r.Optimizer with { ClipNorm = v } }),

        RecipeKey.Whole("training.batch", "clips per step", 1, r => r.Training.Batch, (r, v) => r with { Training = r.Training with { Batch = v } }),
        RecipeKey.Whole("training.epochs", "greatest number of epochs", 1, r => r.Training.Epochs, (r, v) => r with { Training = r.Training with { Epochs = v } }),
        RecipeKey.Name("training.monitor", "metric of early stopping, best weights and plateau schedule", ["val_loss", "val_accuracy", "loss", "accuracy"],
            r => r.Training.Monitor, (r, v) => r with { Training = r.Training with { Monitor = v } }),
        RecipeKey.OptionalWhole("training.patience", "epochs without improvement until training stops; null for never", 0, r => r.Training.Patience, (r, v) => r with { Training = r.Training with { Patience = v } }),
        RecipeKey.Number("training.min_delta", "least improvement", "a number from 0", v => v >= 0, r => r.Training.MinDelta, (r, v) => r with { Training = r.Training with { MinDelta = v } }),
        RecipeKey.Choice("training.best_weights", "which weights remain: the last, the best if stopped early, the best", r => r.Training.BestWeights, (r, v) => r with { Training = r.Training with { BestWeights = v } },
            ("ignore", BestWeights.Ignore), ("when-stopped", BestWeights.RestoreWhenStopped), ("always", BestWeights.RestoreAlways)),
        RecipeKey.Choice("training.schedule", "how the learning rate changes", r => r.Training.Schedule, (r, v) => r with { Training = r.Training with { Schedule = v } },
            ("constant", ScheduleKind.Constant), ("cosine", ScheduleKind.Cosine), ("plateau", ScheduleKind.Plateau)),
        RecipeKey.Number("training.plateau_factor", "factor of the plateau schedule", "a number above 0 and below 1", IsShare, r => r.Training.PlateauFactor, (r, v) => r with { Training = r.Training with { PlateauFactor = v } }),
        RecipeKey.Whole("training.plateau_patience", "patience of the plateau schedule", 0, r => r.Training.PlateauPatience, (r, v) => r with { Training = r.Training with { PlateauPatience = v } }),
        RecipeKey.Flag("training.capture", "whether a device (cuda:N, emulator) launches a step as one graph that it recorded, or kernel by kernel", r => r.Training.Capture, (r, v) => r with { Training = r.Training with { Capture = v } }),

        RecipeKey.Whole("search.max_epochs", "epochs of the longest trials of Hyperband over VGG16's dense layers; 0 for no search", 0, r => r.Search.MaxEpochs, (r, v) => r with { Search = r.Search with { MaxEpochs = v } }),
        RecipeKey.Whole("search.factor", "of how many trials one goes on", 2, r => r.Search.Factor, (r, v) => r with { Search = r.Search with { Factor = v } }),
    ];

    /// <summary>The value of a key.</summary>
    /// <exception cref="RecipeException">There is no such key; the message names those that are near.</exception>
    public static RecipeKey Find(string path, string where) =>
        All.FirstOrDefault(k => k.Path == path) ?? throw new RecipeException($"{where}: unknown key '{path}'; {Suggestion(path)}");

    /// <summary>Whether a key means anything for the experiment of a recipe: some are for speech encoders, for features, for pictures or for searches alone.</summary>
    public static bool Concerns(string path, Recipe recipe)
    {
        string section = path[..(path.IndexOf('.', StringComparison.Ordinal) + 1)];
        bool pictures = section == "picture." || path is "network.weights" or "network.trained_convolutions" or "network.hidden1" or "network.hidden2"
            or "augmentation.flip" or "augmentation.rotation" or "augmentation.zoom" or "augmentation.picture_draws";
        bool masks = path is "augmentation.time_masks" or "augmentation.time_mask_width" or "augmentation.frequency_masks" or "augmentation.frequency_mask_width";
        bool noise = path is "augmentation.noise_copies" or "augmentation.noise_snr_low" or "augmentation.noise_snr_high";
        return section == "encoder." ? recipe.Network.Kind == NetworkKind.Wav2Vec2
            : section == "search." ? recipe.Search.MaxEpochs > 0
            : masks ? recipe.Network.Kind is not (NetworkKind.Wav2Vec2 or NetworkKind.Vgg16)
            : noise ? recipe.Network.Kind != NetworkKind.Wav2Vec2
            : !pictures || recipe.Network.Kind == NetworkKind.Vgg16;
    }

    private static string Suggestion(string path)
    {
        string section = path[..(path.IndexOf('.', StringComparison.Ordinal) + 1)];
        string last = path[(path.LastIndexOf('.') + 1)..];
        string[] paths = [.. All.Select(k => k.Path)], elsewhere = [.. paths.Where(k => k.EndsWith("." + last, StringComparison.Ordinal))];
        IReadOnlyList<string> near = elsewhere.Length > 0 ? elsewhere : NearNames.Of(path, paths);
        if (near.Count > 0)
        {
            return $"did you mean {string.Join(" or ", near)}?";
        }

        string[] siblings = [.. All.Select(k => k.Path).Where(k => section.Length > 0 && k.StartsWith(section, StringComparison.Ordinal))];
        return siblings.Length > 0
            ? $"expected one of {string.Join(", ", siblings)}"
            : $"expected a key such as optimizer.learning_rate; sections are {string.Join(", ", All.Select(k => k.Path.Split('.')[0]).Distinct())}";
    }

    private static bool IsShare(double value) => value is > 0 and < 1;

    private static bool IsPart(double value) => value is >= 0 and <= 1;

    private static bool IsRate(double value) => value is >= 0 and < 1;
}
