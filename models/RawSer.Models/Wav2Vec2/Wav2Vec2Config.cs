namespace RawSer.Models.Wav2Vec2;

/// <summary>Which of the networks that share this body.</summary>
public enum SpeechEncoderFamily
{
    /// <summary>wav2vec 2.0 (Baevski et al. 2020); the names of its body begin with <c>wav2vec2.</c>.</summary>
    Wav2Vec2,

    /// <summary>HuBERT (Hsu et al. 2021), <c>hubert.</c>.</summary>
    Hubert,

    /// <summary>WavLM (Chen et al. 2022), <c>wavlm.</c>: attention with a gated bias of relative positions.</summary>
    WavLm,
}

/// <summary>Where the convolutions of the feature encoder are normalised.</summary>
public enum FeatureEncoderNorm
{
    /// <summary>After the first one, every channel over the time of the clip with its padding: padding changes results.</summary>
    Group,

    /// <summary>After each one, every frame over its channels.</summary>
    Layer,
}

/// <summary>Activations that a <c>config.json</c> can name.</summary>
public enum HiddenActivation
{
    /// <summary><c>gelu</c>: x Phi(x) with the error function.</summary>
    Gelu,

    /// <summary><c>gelu_new</c>, <c>gelu_pytorch_tanh</c>: its tanh approximation.</summary>
    GeluTanh,

    /// <summary><c>relu</c>.</summary>
    Relu,

    /// <summary><c>silu</c>, <c>swish</c>.</summary>
    Silu,
}

/// <summary>What the last of the hidden states is in networks with stable layer norm.</summary>
public enum LastHiddenState
{
    /// <summary>The output of the last layer before the final layer norm (transformers 5).</summary>
    BeforeNorm,

    /// <summary>The result of the final layer norm (transformers 4, with which checkpoints of 2021 to 2025 were trained).</summary>
    AfterNorm,
}

/// <summary>
/// A <c>config.json</c> of transformers for Wav2Vec2, HuBERT and WavLM. Defaults are those of its classes, which are not those of the published
/// checkpoints: always read the file (<see cref="Wav2Vec2ConfigFile"/>).
/// </summary>
public sealed record Wav2Vec2Config
{
    /// <summary>Which network.</summary>
    public SpeechEncoderFamily Family { get; init; }

    /// <summary>Features of a frame in the encoder.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Encoder layers.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads; divides the hidden size.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Features between the two dense layers of an encoder layer.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Activation between them.</summary>
    public HiddenActivation HiddenAct { get; init; }

    /// <summary>Dropout behind the positional convolution, attention and feed-forward.</summary>
    public double HiddenDropout { get; init; } = 0.1;

    /// <summary>Dropout between the two dense layers.</summary>
    public double ActivationDropout { get; init; } = 0.1;

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Dropout of the projected features.</summary>
    public double FeatureProjectionDropout { get; init; }

    /// <summary>Dropout of the features that the quantiser sees.</summary>
    public double FeatureQuantizerDropout { get; init; }

    /// <summary>Dropout before the head of CTC and of audeering's regression.</summary>
    public double FinalDropout { get; init; } = 0.1;

    /// <summary>Probability with which a layer is left out while training.</summary>
    public double LayerDrop { get; init; } = 0.1;

    /// <summary>Deviation of initial dense weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Epsilon of the layer norms outside the feature encoder, whose norms always have 1e-5.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Norms of the feature encoder.</summary>
    public FeatureEncoderNorm FeatureNorm { get; init; }

    /// <summary>Activation of the feature encoder.</summary>
    public HiddenActivation FeatureActivation { get; init; }

    /// <summary>Channels of each convolution.</summary>
    public IReadOnlyList<int> ConvDim { get; init; } = [512, 512, 512, 512, 512, 512, 512];

    /// <summary>Stride of each convolution.</summary>
    public IReadOnlyList<int> ConvStride { get; init; } = [5, 2, 2, 2, 2, 2, 2];

    /// <summary>Kernel of each convolution.</summary>
    public IReadOnlyList<int> ConvKernel { get; init; } = [10, 3, 3, 3, 3, 2, 2];

    /// <summary>Whether they have a bias.</summary>
    public bool ConvBias { get; init; }

    /// <summary>Kernel of the positional convolution.</summary>
    public int PositionKernel { get; init; } = 128;

    /// <summary>Its groups; divides the hidden size.</summary>
    public int PositionGroups { get; init; } = 16;

    /// <summary>HuBERT: batch norm before the positional convolution instead of weight norm.</summary>
    public bool PositionBatchNorm { get; init; }

    /// <summary>HuBERT: whether features are normalised before the projection.</summary>
    public bool ProjectionLayerNorm { get; init; } = true;

    /// <summary>Norms before attention and feed-forward, and one at the end, instead of norms behind the residual sums.</summary>
    public bool StableLayerNorm { get; init; }

    /// <summary>Whether random masks (SpecAugment) are drawn while training.</summary>
    public bool ApplySpecAugment { get; init; } = true;

    /// <summary>Masks over time: share of the frames where a span begins, times its length.</summary>
    public SpanMaskOptions TimeMask { get; init; } = new(0.05, 10, 2);

    /// <summary>Masks over features.</summary>
    public SpanMaskOptions FeatureMask { get; init; } = new(0, 10, 0);

    /// <summary>Code vectors in each group of the quantiser.</summary>
    public int CodeVectorsPerGroup { get; init; } = 320;

    /// <summary>Groups of the quantiser.</summary>
    public int CodeVectorGroups { get; init; } = 2;

    /// <summary>Features of the quantised vector, all groups together.</summary>
    public int CodeVectorSize { get; init; } = 256;

    /// <summary>Features in which predictions and targets are compared.</summary>
    public int CodeProjectionSize { get; init; } = 256;

    /// <summary>Wrong targets for each masked frame.</summary>
    public int Negatives { get; init; } = 100;

    /// <summary>Temperature of the contrastive softmax.</summary>
    public double ContrastiveTemperature { get; init; } = 0.1;

    /// <summary>Weight of the diversity loss.</summary>
    public double DiversityWeight { get; init; } = 0.1;

    /// <summary>Whether a head looks at a learned mean of all hidden states.</summary>
    public bool WeightedLayerSum { get; init; }

    /// <summary>Features of the projector of the classification head.</summary>
    public int ClassifierProjectionSize { get; init; } = 256;

    /// <summary>How <see cref="PooledRegressor"/> makes one vector of the frames.</summary>
    public FramePooling Pooling { get; init; }

    /// <summary>Names of the labels, in order.</summary>
    public IReadOnlyList<string> Labels { get; init; } = ["LABEL_0", "LABEL_1"];

    /// <summary>Letters of CTC.</summary>
    public int VocabularySize { get; init; } = 32;

    /// <summary>The letter that stands for none: the padding token.</summary>
    public int BlankToken { get; init; }

    /// <summary>Whether the CTC loss is a mean over clips, each divided by its number of letters, instead of a sum.</summary>
    public bool CtcMean { get; init; }

    /// <summary>Whether letters that cannot be aligned cost nothing instead of infinity.</summary>
    public bool CtcZeroInfinity { get; init; }

    /// <summary>WavLM: buckets of relative positions, for both directions together.</summary>
    public int PositionBuckets { get; init; } = 320;

    /// <summary>WavLM: distance from which on all are alike.</summary>
    public int MaxBucketDistance { get; init; } = 800;

    /// <summary>What the last hidden state is; by the version of transformers that wrote the file.</summary>
    public LastHiddenState LastHidden { get; init; } = LastHiddenState.BeforeNorm;

    /// <summary>The class that the file names first, for example <c>Wav2Vec2ForSequenceClassification</c>; empty if none.</summary>
    public string Architecture { get; init; } = "";

    /// <summary>Beginning of the body's names in files of networks with a head.</summary>
    public string BodyName => Family switch
    {
        SpeechEncoderFamily.Wav2Vec2 => "wav2vec2",
        SpeechEncoderFamily.Hubert => "hubert",
        _ => "wavlm",
    };

    /// <summary>Whether the network has a vector for masked frames: only if masks can be drawn.</summary>
    public bool HasMaskEmbedding => TimeMask.Probability > 0 || FeatureMask.Probability > 0;

    /// <summary>Samples from one frame to the next.</summary>
    public int FrameStride => ConvStride.Aggregate(1, (product, stride) => product * stride);

    /// <summary>Samples that one frame sees.</summary>
    public int ReceptiveField
    {
        get
        {
            int samples = 1;
            for (int i = ConvKernel.Count - 1; i >= 0; i--)
            {
                samples = ((samples - 1) * ConvStride[i]) + ConvKernel[i];
            }

            return samples;
        }
    }

    /// <summary>Frames of a clip: floor((L - k) / s) + 1 for each convolution; 0 if it is too short for one.</summary>
    public int FramesOf(int samples)
    {
        int length = samples;
        for (int i = 0; i < ConvKernel.Count; i++)
        {
            length = length < ConvKernel[i] ? 0 : ((length - ConvKernel[i]) / ConvStride[i]) + 1;
        }

        return length;
    }

    /// <summary>Refuses what makes no network.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it as the file does.</exception>
    public void Validate()
    {
        (string Key, int Value)[] positive =
        [
            ("hidden_size", HiddenSize), ("num_hidden_layers", Layers), ("num_attention_heads", Heads), ("intermediate_size", IntermediateSize),
            ("num_conv_pos_embeddings", PositionKernel), ("num_conv_pos_embedding_groups", PositionGroups), ("mask_time_length", TimeMask.Length),
            ("mask_feature_length", FeatureMask.Length), ("num_codevectors_per_group", CodeVectorsPerGroup), ("num_codevector_groups", CodeVectorGroups),
            ("codevector_dim", CodeVectorSize), ("proj_codevector_dim", CodeProjectionSize), ("num_negatives", Negatives),
            ("classifier_proj_size", ClassifierProjectionSize), ("vocab_size", VocabularySize), ("num_buckets", PositionBuckets),
            ("max_bucket_distance", MaxBucketDistance), ("conv_dim", ConvDim.Count), ("id2label", Labels.Count),
        ];
        foreach ((string key, int value) in positive)
        {
            Require(value >= 1, key, value, "1 or more");
        }

        (string Key, double Value)[] probabilities =
        [
            ("hidden_dropout", HiddenDropout), ("activation_dropout", ActivationDropout), ("attention_dropout", AttentionDropout),
            ("feat_proj_dropout", FeatureProjectionDropout), ("feat_quantizer_dropout", FeatureQuantizerDropout), ("final_dropout", FinalDropout),
        ];
        foreach ((string key, double value) in probabilities)
        {
            Require(value is >= 0 and < 1, key, value, "a probability from 0 to below 1");
        }

        Require(LayerDrop is >= 0 and <= 1, "layerdrop", LayerDrop, "a probability");
        Require(TimeMask.Probability is >= 0 and <= 1, "mask_time_prob", TimeMask.Probability, "a probability");
        Require(FeatureMask.Probability is >= 0 and <= 1, "mask_feature_prob", FeatureMask.Probability, "a probability");
        Require(LayerNormEpsilon > 0, "layer_norm_eps", LayerNormEpsilon, "a number above 0");
        Require(ContrastiveTemperature > 0, "contrastive_logits_temperature", ContrastiveTemperature, "a number above 0");
        Require(HiddenSize % Heads == 0, "num_attention_heads", Heads, $"a divisor of hidden_size {HiddenSize}");
        Require(HiddenSize % PositionGroups == 0, "num_conv_pos_embedding_groups", PositionGroups, $"a divisor of hidden_size {HiddenSize}");
        Require(CodeVectorSize % CodeVectorGroups == 0, "codevector_dim", CodeVectorSize, $"a multiple of num_codevector_groups {CodeVectorGroups}");
        Require(PositionBuckets % 4 == 0 || Family != SpeechEncoderFamily.WavLm, "num_buckets", PositionBuckets, "a multiple of 4");
        Require(ConvStride.Count == ConvDim.Count, "conv_stride", $"of {ConvStride.Count} numbers", $"as many as conv_dim, {ConvDim.Count}");
        Require(ConvKernel.Count == ConvDim.Count, "conv_kernel", $"of {ConvKernel.Count} numbers", $"as many as conv_dim, {ConvDim.Count}");
        Require(ConvDim.Concat(ConvStride).Concat(ConvKernel).All(n => n >= 1), "conv_dim, conv_stride, conv_kernel", "with a number below 1", "1 or more each");
    }

    private static void Require(bool holds, string key, object value, string expected)
    {
        if (!holds)
        {
            throw new ArgumentException(FormattableString.Invariant($"{key} {value}: expected {expected}"));
        }
    }
}
