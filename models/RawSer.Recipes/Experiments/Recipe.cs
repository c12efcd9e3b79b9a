using RawSer.Models.Pictures;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Splits;
using RawSer.Training;

namespace RawSer.Recipes.Experiments;

/// <summary>
/// An experiment as data: everything that determines a training run except the folders of the corpora. The defaults are the corrected form (correct
/// labels, speaker-disjoint split, attention over time); <see cref="RecipeKeys"/> lists every value with its key and meaning.
/// </summary>
public sealed record Recipe
{
    /// <summary>Name of the recipe.</summary>
    public string Name { get; init; } = "unnamed";

    /// <summary>One line for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>Corpora that are used, of those at hand; empty for all.</summary>
    public IReadOnlyList<string> Corpora { get; init; } = [];

    /// <summary>From file names to classes.</summary>
    public LabelRules Labels { get; init; } = new();

    /// <summary>Training, validation and test.</summary>
    public SplitPlan Split { get; init; } = new();

    /// <summary>From clips to network inputs.</summary>
    public FeatureSettings Features { get; init; } = new();

    /// <summary>From features to pictures, for networks on pictures.</summary>
    public PictureSettings Picture { get; init; } = new();

    /// <summary>Changed copies of training clips.</summary>
    public AugmentationSettings Augmentation { get; init; } = new();

    /// <summary>The network.</summary>
    public NetworkSettings Network { get; init; } = new();

    /// <summary>The pretrained encoder of the network kind wav2vec2.</summary>
    public EncoderSettings Encoder { get; init; } = new();

    /// <summary>How weights learn.</summary>
    public OptimizerSettings Optimizer { get; init; } = new();

    /// <summary>How long and in which portions.</summary>
    public TrainingSettings Training { get; init; } = new();

    /// <summary>What is searched for before training.</summary>
    public SearchSettings Search { get; init; } = new();

    /// <summary>Seed of initial weights, order of clips, dropout and augmentation (the split has its own).</summary>
    public ulong Seed { get; init; }

    /// <summary>The same with full paths of pretrained weights, which it then finds from every working folder.</summary>
    public Recipe WithFullPaths() => this with
    {
        Network = Network with { Weights = Network.Weights == NetworkSettings.SyntheticWeights ? Network.Weights : Path.GetFullPath(Network.Weights) },
        Encoder = Encoder with { Folder = Encoder.Folder is { } folder ? Path.GetFullPath(folder) : null },
    };
}

/// <summary>Over what features are standardised (mean 0, standard deviation 1, fitted on the training part).</summary>
public enum Standardization
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Each cell: coefficient and frame.</summary>
    Cell,

    /// <summary>Each coefficient over all frames.</summary>
    Row,
}

/// <summary>From clips to network inputs.</summary>
public sealed record FeatureSettings
{
    /// <summary>Name of a feature profile of RawSer.Audio.</summary>
    public string Profile { get; init; } = "report-mfcc";

    /// <summary>How features are standardised.</summary>
    public Standardization Standardize { get; init; } = Standardization.Cell;
}

/// <summary>Changed copies of training clips, and masks.</summary>
public sealed record AugmentationSettings
{
    /// <summary>Copies of each training clip with added white Gaussian noise.</summary>
    public int NoiseCopies { get; init; }

    /// <summary>Least signal-to-noise ratio in dB; drawn uniformly per clip.</summary>
    public double NoiseSnrLow { get; init; } = 15;

    /// <summary>Greatest signal-to-noise ratio in dB.</summary>
    public double NoiseSnrHigh { get; init; } = 30;

    /// <summary>SpecAugment: number of masked spans of frames per training example.</summary>
    public int TimeMasks { get; init; }

    /// <summary>Greatest width of a time mask, in frames.</summary>
    public int TimeMaskWidth { get; init; } = 10;

    /// <summary>SpecAugment: number of masked bands of coefficients per training example.</summary>
    public int FrequencyMasks { get; init; }

    /// <summary>Greatest width of a frequency mask, in coefficients.</summary>
    public int FrequencyMaskWidth { get; init; } = 10;

    /// <summary>Whether every second picture is mirrored left to right.</summary>
    public bool Flip { get; init; }

    /// <summary>Greatest rotation of a picture to either side, as a share of a full turn.</summary>
    public double Rotation { get; init; }

    /// <summary>Greatest change of a picture's size.</summary>
    public double Zoom { get; init; }

    /// <summary>Changed versions of each picture, which the epochs see in turn.</summary>
    public int PictureDraws { get; init; } = 1;
}

/// <summary>Pictures of spectrograms.</summary>
public sealed record PictureSettings
{
    /// <summary>Value in dB of the first colour.</summary>
    public double Low { get; init; } = -80;

    /// <summary>Value in dB of the last colour.</summary>
    public double High { get; init; }

    /// <summary>What is done to the colours.</summary>
    public PicturePreprocessing Preprocessing { get; init; } = PicturePreprocessing.Caffe;
}

/// <summary>Hyperband over the dense layers and the learning rate, before training.</summary>
public sealed record SearchSettings
{
    /// <summary>Epochs of the longest trials; 0 for no search.</summary>
    public int MaxEpochs { get; init; }

    /// <summary>Of how many trials one goes on.</summary>
    public int Factor { get; init; } = 3;
}

/// <summary>The networks of the report.</summary>
public enum NetworkKind
{
    /// <summary>One CNN of three blocks.</summary>
    Cnn,

    /// <summary>Two such CNNs side by side.</summary>
    TwoCnn,

    /// <summary>Two CNNs and a transformer encoder of four layers side by side.</summary>
    CnnTransformer,

    /// <summary>A pretrained speech encoder (<see cref="Recipe.Encoder"/>), which reads waveforms.</summary>
    Wav2Vec2,

    /// <summary>VGG16 on pictures of spectrograms, with dense layers of its own.</summary>
    Vgg16,
}

/// <summary>The axis that has a mean and variance of its own in batch normalisation.</summary>
public enum BatchNormAxis
{
    /// <summary>The channel: the usual form.</summary>
    Channel,

    /// <summary>The frame, as in the report: its layer's axis was left at -1 with channels first.</summary>
    Time,
}

/// <summary>What attends to what in the transformer encoder.</summary>
public enum AttentionOver
{
    /// <summary>The frames of one clip.</summary>
    Time,

    /// <summary>The clips of a batch, as in the report, whose axes were swapped: predictions depend on the company of a clip.</summary>
    Batch,
}

/// <summary>Where a CNN block has dropout.</summary>
public enum DropoutAt
{
    /// <summary>After its last pooling, where no batch normalisation follows.</summary>
    Last,

    /// <summary>After every pooling, as in the report.</summary>
    Every,
}

/// <summary>Whose defaults hold for initial weights and for the momentum, epsilon and moving variance of batch normalisation.</summary>
public enum Conventions
{
    /// <summary>PyTorch.</summary>
    PyTorch,

    /// <summary>Keras, with which the report was made.</summary>
    Keras,
}

/// <summary>The network.</summary>
public sealed record NetworkSettings
{
    /// <summary>The value of <see cref="Weights"/> that stands for procedural ones.</summary>
    public const string SyntheticWeights = "synthetic";

    /// <summary>Which network.</summary>
    public NetworkKind Kind { get; init; } = NetworkKind.Cnn;

    /// <summary>Axis of batch normalisation.</summary>
    public BatchNormAxis BatchNorm { get; init; } = BatchNormAxis.Channel;

    /// <summary>What the encoder attends over.</summary>
    public AttentionOver Attend { get; init; } = AttentionOver.Time;

    /// <summary>Dropout of the CNN blocks, or before the last layer behind a speech encoder.</summary>
    public double Dropout { get; init; } = 0.3;

    /// <summary>Where the CNN blocks have dropout.</summary>
    public DropoutAt DropoutAt { get; init; } = DropoutAt.Last;

    /// <summary>Dropout of the encoder layers.</summary>
    public double EncoderDropout { get; init; } = 0.4;

    /// <summary>Initial weights and defaults of batch normalisation.</summary>
    public Conventions Conventions { get; init; } = Conventions.PyTorch;

    /// <summary>Weights of VGG16's convolutions: a file, or <c>synthetic</c> for procedural values.</summary>
    public string Weights { get; init; } = SyntheticWeights;

    /// <summary>How many of VGG16's 13 convolutions learn, from the last; the others are frozen.</summary>
    public int TrainedConvolutions { get; init; }

    /// <summary>Width of VGG16's first dense layer.</summary>
    public int Hidden1 { get; init; } = 512;

    /// <summary>Width of VGG16's second dense layer.</summary>
    public int Hidden2 { get; init; } = 192;
}

/// <summary>Optimisers of RawSer.Engine.</summary>
public enum OptimizerKind
{
    /// <summary>Adam, epsilon after the bias correction (PyTorch).</summary>
    Adam,

    /// <summary>Adam, epsilon before the bias correction (Keras).</summary>
    KerasAdam,

    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,

    /// <summary>Stochastic gradient descent.</summary>
    Sgd,

    /// <summary>RMSprop.</summary>
    RmsProp,
}

/// <summary>How weights learn.</summary>
public sealed record OptimizerSettings
{
    /// <summary>Which optimiser.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;

    /// <summary>Learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Momentum of SGD and RMSprop.</summary>
    public double Momentum { get; init; }

    /// <summary>Gradients are scaled down to this norm; null for no limit.</summary>
    public double? ClipNorm { get; init; }
}

/// <summary>How the learning rate changes.</summary>
public enum ScheduleKind
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>Half a cosine down to 0 over all epochs.</summary>
    Cosine,

    /// <summary>It is multiplied by a factor when the monitored metric no longer improves.</summary>
    Plateau,
}

/// <summary>How long and in which portions.</summary>
public sealed record TrainingSettings
{
    /// <summary>Clips per step.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Greatest number of epochs.</summary>
    public int Epochs { get; init; } = 25;

    /// <summary>The metric that early stopping, best weights and plateau schedule look at.</summary>
    public string Monitor { get; init; } = "val_loss";

    /// <summary>Epochs without improvement after which training stops; null never stops early.</summary>
    public int? Patience { get; init; } = 10;

    /// <summary>Least improvement.</summary>
    public double MinDelta { get; init; }

    /// <summary>Which weights remain at the end.</summary>
    public BestWeights BestWeights { get; init; } = BestWeights.RestoreAlways;

    /// <summary>How the learning rate changes.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Constant;

    /// <summary>Factor of the plateau schedule.</summary>
    public double PlateauFactor { get; init; } = 0.1;

    /// <summary>Patience of the plateau schedule.</summary>
    public int PlateauPatience { get; init; } = 5;

    /// <summary>Whether a device launches a step as one graph that it recorded; else kernel by kernel. The weights are the same.</summary>
    public bool Capture { get; init; } = true;
}

/// <summary>A recipe cannot be read. The message is one line that names the key, its value and what would be right.</summary>
public sealed class RecipeException : Exception
{
    /// <summary>With a message for the user.</summary>
    public RecipeException(string message)
        : base(message)
    {
    }

    /// <summary>With a message for the user and the cause.</summary>
    public RecipeException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Without a message.</summary>
    public RecipeException()
    {
    }
}
