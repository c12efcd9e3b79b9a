using System.Text.Json;
using RawSer.Weights;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// Reads <c>config.json</c> of transformers. Keys that only describe training or other heads are passed over; a key that would change the result
/// and is not understood, or has a value that is not known, is refused by its name.
/// </summary>
public static class Wav2Vec2ConfigFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is missing, no JSON, describes another network, or has a value that is not known.</exception>
    public static Wav2Vec2Config Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: {(File.Exists(path) ? e.Message : "no such file; expected the config.json of a Wav2Vec2, HuBERT or WavLM model")}", e);
        }

        return Parse(bytes, path);
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="InvalidDataException">It is no JSON, describes another network, or has a value that is not known.</exception>
    public static Wav2Vec2Config Parse(ReadOnlySpan<byte> utf8, string source)
    {
        try
        {
            Utf8JsonReader reader = new(utf8);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            Wav2Vec2Config config = Build(new ConfigKeys(document.RootElement));
            config.Validate();
            return config;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source}: {JsonProblem.Describe(e, utf8)}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{source}: {e.Message}", e);
        }
    }

    private static Wav2Vec2Config Build(ConfigKeys keys)
    {
        SpeechEncoderFamily family = keys.Choice("model_type", null,
            ("wav2vec2", SpeechEncoderFamily.Wav2Vec2), ("hubert", SpeechEncoderFamily.Hubert), ("wavlm", SpeechEncoderFamily.WavLm));
        keys.RefuseUnless("add_adapter", false);
        keys.RefuseUnless("adapter_attn_dim", null);
        Wav2Vec2Config d = new();
        return new Wav2Vec2Config
        {
            Family = family,
            HiddenSize = keys.Int("hidden_size", d.HiddenSize),
            Layers = keys.Int("num_hidden_layers", d.Layers),
            Heads = keys.Int("num_attention_heads", d.Heads),
            IntermediateSize = keys.Int("intermediate_size", d.IntermediateSize),
            HiddenAct = Activation(keys, "hidden_act"),
            HiddenDropout = keys.Number("hidden_dropout", d.HiddenDropout),
            ActivationDropout = keys.Number("activation_dropout", d.ActivationDropout),
            AttentionDropout = keys.Number("attention_dropout", d.AttentionDropout),
            FeatureProjectionDropout = keys.Number("feat_proj_dropout", d.FeatureProjectionDropout),
            FeatureQuantizerDropout = keys.Number("feat_quantizer_dropout", d.FeatureQuantizerDropout),
            FinalDropout = keys.Number("final_dropout", d.FinalDropout),
            LayerDrop = keys.Number("layerdrop", d.LayerDrop),
            InitializerRange = keys.Number("initializer_range", d.InitializerRange),
            LayerNormEpsilon = keys.Number("layer_norm_eps", d.LayerNormEpsilon),
            FeatureNorm = keys.Choice("feat_extract_norm", "group", ("group", FeatureEncoderNorm.Group), ("layer", FeatureEncoderNorm.Layer)),
            FeatureActivation = Activation(keys, "feat_extract_activation"),
            ConvDim = keys.Ints("conv_dim", d.ConvDim),
            ConvStride = keys.Ints("conv_stride", d.ConvStride),
            ConvKernel = keys.Ints("conv_kernel", d.ConvKernel),
            ConvBias = keys.Bool("conv_bias", d.ConvBias),
            PositionKernel = keys.Int("num_conv_pos_embeddings", d.PositionKernel),
            PositionGroups = keys.Int("num_conv_pos_embedding_groups", d.PositionGroups),
            PositionBatchNorm = family == SpeechEncoderFamily.Hubert && keys.Bool("conv_pos_batch_norm", false),
            ProjectionLayerNorm = family != SpeechEncoderFamily.Hubert || keys.Bool("feat_proj_layer_norm", true),
            StableLayerNorm = keys.Bool("do_stable_layer_norm", false),
            ApplySpecAugment = keys.Bool("apply_spec_augment", d.ApplySpecAugment),
            TimeMask = Mask(keys, "time", d.TimeMask),
            FeatureMask = Mask(keys, "feature", d.FeatureMask),
            CodeVectorsPerGroup = keys.Int("num_codevectors_per_group", d.CodeVectorsPerGroup),
            CodeVectorGroups = keys.Int("num_codevector_groups", d.CodeVectorGroups),
            CodeVectorSize = keys.Int("codevector_dim", d.CodeVectorSize),
            CodeProjectionSize = keys.Int("proj_codevector_dim", d.CodeProjectionSize),
            Negatives = keys.Int("num_negatives", d.Negatives),
            ContrastiveTemperature = keys.Number("contrastive_logits_temperature", d.ContrastiveTemperature),
            DiversityWeight = keys.Number("diversity_loss_weight", d.DiversityWeight),
            WeightedLayerSum = keys.Bool("use_weighted_layer_sum", d.WeightedLayerSum),
            ClassifierProjectionSize = keys.Int("classifier_proj_size", d.ClassifierProjectionSize),
            Pooling = keys.Choice("pooling_mode", "mean", ("mean", FramePooling.Mean), ("sum", FramePooling.Sum), ("max", FramePooling.Max)),
            Labels = keys.Labels(),
            VocabularySize = keys.Int("vocab_size", d.VocabularySize),
            BlankToken = keys.Int("pad_token_id", 0),
            CtcMean = keys.Choice("ctc_loss_reduction", family == SpeechEncoderFamily.WavLm ? "mean" : "sum", ("sum", false), ("mean", true)),
            CtcZeroInfinity = keys.Bool("ctc_zero_infinity", d.CtcZeroInfinity),
            PositionBuckets = keys.Int("num_buckets", d.PositionBuckets),
            MaxBucketDistance = keys.Int("max_bucket_distance", d.MaxBucketDistance),
            LastHidden = keys.Text("transformers_version", "4").StartsWith("5.", StringComparison.Ordinal) ? LastHiddenState.BeforeNorm : LastHiddenState.AfterNorm,
            Architecture = keys.FirstText("architectures"),
        };
    }

    private static HiddenActivation Activation(ConfigKeys keys, string key) => keys.Choice(
        key, "gelu",
        ("gelu", HiddenActivation.Gelu), ("gelu_new", HiddenActivation.GeluTanh), ("gelu_pytorch_tanh", HiddenActivation.GeluTanh),
        ("relu", HiddenActivation.Relu), ("silu", HiddenActivation.Silu), ("swish", HiddenActivation.Silu));

    private static SpanMaskOptions Mask(ConfigKeys keys, string axis, SpanMaskOptions d) => new(
        keys.Number($"mask_{axis}_prob", d.Probability), keys.Int($"mask_{axis}_length", d.Length), keys.Int($"mask_{axis}_min_masks", d.MinMasks));
}
