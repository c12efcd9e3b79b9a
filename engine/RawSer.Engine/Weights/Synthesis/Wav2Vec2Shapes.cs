namespace RawSer.Weights.Synthesis;

/// <summary>Names and shapes of Wav2Vec2 (Baevski et al., 2020) in transformers, in the order of its state_dict.</summary>
internal sealed record Wav2Vec2Shapes
{
    private const int ConvChannels = 512;
    private const int PositionKernel = 128;
    private const int PositionGroups = 16;
    private const int CodeVectors = 640;
    private const int CodeSize = 128;
    private const int Projection = 256;
    private const int Letters = 32;
    private const int Labels = 7;

    private static readonly int[] Kernels = [10, 3, 3, 3, 3, 2, 2];

    /// <summary>The large variant: layer norm and bias after every convolution, norms before the layers.</summary>
    public static Wav2Vec2Shapes Large => new() { Hidden = 1024, Layers = 24, Intermediate = 4096, HasConvBias = true };

    public int Hidden { get; init; } = 768;

    public int Layers { get; init; } = 12;

    public int Intermediate { get; init; } = 3072;

    /// <summary>Whether all convolutions have a bias and a norm, instead of only the first a norm.</summary>
    public bool HasConvBias { get; init; }

    /// <summary>Whether weight norm is spelled weight_g, weight_v (PyTorch before 2.1).</summary>
    public bool HasOldWeightNorm { get; init; }

    /// <summary>"", or ctc, pretraining, ser; with a head, the body's names begin with <c>wav2vec2.</c>.</summary>
    public string Head { get; init; } = "";

    public List<(string Name, long[] Shape)> All()
    {
        var shapes = new List<(string Name, long[] Shape)>();
        string body = Head.Length == 0 ? "" : "wav2vec2.";
        if (Head == "ser")
        {
            shapes.Add(("layer_weights", [Layers + 1]));
        }

        shapes.Add(($"{body}masked_spec_embed", [Hidden]));
        AddConvolutions(shapes, $"{body}feature_extractor.conv_layers.");
        Norm(shapes, $"{body}feature_projection.layer_norm", ConvChannels);
        Linear(shapes, $"{body}feature_projection.projection", Hidden, ConvChannels);
        AddEncoder(shapes, $"{body}encoder.");
        AddHead(shapes);
        return shapes;
    }

    private void AddConvolutions(List<(string Name, long[] Shape)> shapes, string prefix)
    {
        for (int i = 0; i < Kernels.Length; i++)
        {
            shapes.Add(($"{prefix}{i}.conv.weight", [ConvChannels, i == 0 ? 1 : ConvChannels, Kernels[i]]));
            if (HasConvBias)
            {
                shapes.Add(($"{prefix}{i}.conv.bias", [ConvChannels]));
            }

            if (HasConvBias || i == 0)
            {
                Norm(shapes, $"{prefix}{i}.layer_norm", ConvChannels);
            }
        }
    }

    private void AddEncoder(List<(string Name, long[] Shape)> shapes, string prefix)
    {
        string position = $"{prefix}pos_conv_embed.conv.";
        shapes.Add(($"{position}bias", [Hidden]));
        shapes.Add((position + (HasOldWeightNorm ? "weight_g" : "parametrizations.weight.original0"), [1, 1, PositionKernel]));
        shapes.Add((position + (HasOldWeightNorm ? "weight_v" : "parametrizations.weight.original1"), [Hidden, Hidden / PositionGroups, PositionKernel]));
        Norm(shapes, $"{prefix}layer_norm", Hidden);
        for (int i = 0; i < Layers; i++)
        {
            string layer = $"{prefix}layers.{i}.";
            foreach (string projection in new[] { "k_proj", "v_proj", "q_proj", "out_proj" })
            {
                Linear(shapes, $"{layer}attention.{projection}", Hidden, Hidden);
            }

            Norm(shapes, $"{layer}layer_norm", Hidden);
            Linear(shapes, $"{layer}feed_forward.intermediate_dense", Intermediate, Hidden);
            Linear(shapes, $"{layer}feed_forward.output_dense", Hidden, Intermediate);
            Norm(shapes, $"{layer}final_layer_norm", Hidden);
        }
    }

    private void AddHead(List<(string Name, long[] Shape)> shapes)
    {
        switch (Head)
        {
            case "ctc":
                Linear(shapes, "lm_head", Letters, Hidden);
                break;
            case "pretraining":
                shapes.Add(("quantizer.codevectors", [1, CodeVectors, CodeSize]));
                Linear(shapes, "quantizer.weight_proj", CodeVectors, ConvChannels);
                Linear(shapes, "project_hid", Projection, Hidden);
                Linear(shapes, "project_q", Projection, Projection);
                break;
            case "ser":
                Linear(shapes, "projector", Projection, Hidden);
                Linear(shapes, "classifier", Labels, Projection);
                break;
        }
    }

    private static void Linear(List<(string Name, long[] Shape)> shapes, string name, long outputs, long inputs)
    {
        shapes.Add(($"{name}.weight", [outputs, inputs]));
        shapes.Add(($"{name}.bias", [outputs]));
    }

    private static void Norm(List<(string Name, long[] Shape)> shapes, string name, long size)
    {
        shapes.Add(($"{name}.weight", [size]));
        shapes.Add(($"{name}.bias", [size]));
    }
}
