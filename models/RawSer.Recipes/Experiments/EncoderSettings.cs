namespace RawSer.Recipes.Experiments;

/// <summary>What of a speech encoder learns.</summary>
public enum EncoderTraining
{
    /// <summary>Everything, as in the report.</summary>
    All,

    /// <summary>All but the convolutions.</summary>
    Transformer,

    /// <summary>Nothing: its embeddings are computed once, and a small head learns on them.</summary>
    None,
}

/// <summary>Whether activations are computed again in the backward pass instead of being kept.</summary>
public enum Checkpointing
{
    /// <summary>They are kept.</summary>
    Off,

    /// <summary>They are computed again.</summary>
    On,
}

/// <summary>The pretrained encoder of the network kind wav2vec2.</summary>
public sealed record EncoderSettings
{
    /// <summary>Folder of a Hugging Face model; null until it is given.</summary>
    public string? Folder { get; init; }

    /// <summary>What of it learns.</summary>
    public EncoderTraining Train { get; init; } = EncoderTraining.All;

    /// <summary>Gradient checkpointing.</summary>
    public Checkpointing Checkpointing { get; init; } = Checkpointing.On;

    /// <summary>Clips are cut or padded to these seconds.</summary>
    public double Seconds { get; init; } = 3;
}
