using RawSer.Nn;

namespace RawSer.Models.Ser;

/// <summary>
/// The convolutional block of the report (4.3.1): three times convolution 3x3, batch norm, ReLU, max pooling, dropout, with 16, 32 and 64
/// feature maps and pooling windows of 2, 4 and 4; then flatten. (N, 1, 128, 94) gives (N, 512).
/// </summary>
public sealed class CnnBlock : Module
{
    /// <summary>By how much the poolings divide bins and frames: 2 * 4 * 4.</summary>
    internal const int Reduction = 32;

    private static readonly (int Maps, int Pool)[] Widths = [(16, 2), (32, 4), (64, 4)];

    private readonly Stage[] _stages = new Stage[Widths.Length];
    private readonly Flatten _flatten;

    /// <summary>A block for the features of a network.</summary>
    public CnnBlock(SerNetworkOptions options)
        : this(options, withNorms: true)
    {
    }

    private CnnBlock(SerNetworkOptions options, bool withNorms)
    {
        int maps = 1, bins = options.Bins, frames = options.Frames;
        for (int i = 0; i < Widths.Length; i++)
        {
            (int outputs, int pool) = Widths[i];
            int n = i + 1;
            bool drops = n == Widths.Length || options.DropoutPlacement == DropoutPlacement.EveryStage;
            _stages[i] = new Stage(
                Child($"conv{n}", new Conv2d(maps, outputs, 3, padding: 1)),
                withNorms ? Child($"bn{n}", Norm(options, outputs, frames)) : null,
                Child($"relu{n}", new Relu()),
                Child($"pool{n}", new MaxPool2d(pool)),
                Child($"dropout{n}", new Dropout(drops ? options.Dropout : 0)));
            (maps, bins, frames) = (outputs, bins / pool, frames / pool);
        }

        _flatten = Child("flatten", new Flatten());
        Features = maps * bins * frames;
    }

    /// <summary>Length of the flattened output.</summary>
    public int Features { get; }

    /// <summary>A block for inference, with batch norm over channels folded into the convolutions.</summary>
    internal static CnnBlock Folded(SerNetworkOptions options, CnnBlock trained)
    {
        CnnBlock folded = new(options, withNorms: false);
        for (int i = 0; i < Widths.Length; i++)
        {
            trained._stages[i].Norm!.FoldInto(trained._stages[i].Conv, folded._stages[i].Conv);
        }

        return folded;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        Tensor x = input;
        foreach (Stage stage in _stages)
        {
            x = stage.Forward(x);
        }

        return _flatten.Forward(x);
    }

    private static BatchNorm Norm(SerNetworkOptions options, int maps, int frames)
    {
        (int features, int axis) = options.NormAxis == NormAxis.Time ? (frames, -1) : (maps, 1);
        return options.Conventions == LayerConventions.Keras ? BatchNorm.Keras(features, axis) : new BatchNorm(features, axis);
    }

    private readonly record struct Stage(Conv2d Conv, BatchNorm? Norm, Relu Relu, MaxPool2d Pool, Dropout Dropout)
    {
        public Tensor Forward(Tensor x)
        {
            using TensorScope scope = Tensor.Scope(); // what dropout has read goes before the next stage
            if (Norm is null)
            {
                x = IsTraced ? Pool.Forward(Conv.ForwardRelu(x)) : Conv.ForwardReluMaxPool(x, Pool.Options);
            }
            else if (IsTraced)
            {
                x = Pool.Forward(Relu.Forward(Norm.Forward(Conv.Forward(x))));
            }
            else
            {
                x = Norm.ForwardConvReluMaxPool(Conv, x, Pool.Options);
            }

            return scope.Keep(Dropout.Forward(x));
        }
    }
}
