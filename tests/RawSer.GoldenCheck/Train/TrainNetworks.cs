using RawSer.Nn;

namespace RawSer.GoldenCheck.Train;

/// <summary>The small networks of the area, with the parameter names of the cases.</summary>
internal static class TrainNetworks
{
    /// <summary>linear - activation - linear - activation - linear.</summary>
    public sealed class Mlp : Module
    {
        private readonly Linear[] _layers;
        private readonly Module _activation;

        public Mlp(GoldenCase golden)
        {
            _layers = [.. Enumerable.Range(1, 3).Select(i => Child($"fc{i}", LinearOf(golden, $"fc{i}")))];
            _activation = Child("activation", golden.Attrs.String("activation") switch
            {
                "relu" => new Relu(),
                "gelu" => new Gelu(),
                "tanh" => (Module)new Tanh(),
                string other => throw new GoldenUnsupportedException($"activation {other}"),
            });
        }

        protected override Tensor ForwardCore(Tensor input)
        {
            Tensor hidden = _activation.Forward(_layers[0].Forward(input));
            return _layers[2].Forward(_activation.Forward(_layers[1].Forward(hidden)));
        }
    }

    /// <summary>convolution 3x3 - batch norm - ReLU - max pooling 2 - flatten - linear.</summary>
    public sealed class Cnn : Module
    {
        private readonly Conv2d _convolution;
        private readonly BatchNorm _norm;
        private readonly Linear _dense;

        public Cnn(GoldenCase golden, bool keras)
        {
            Kernels.Shape weight = golden.Input("conv.weight").Shape;
            _convolution = Child("conv", new Conv2d(weight[1], weight[0], 3, padding: 1, bias: golden.HasInput("conv.bias")));
            int features = golden.Input("bn.weight").Count;
            _norm = Child("bn", new BatchNorm(features, keras ? BatchNormOptions.Keras(-1, 4) : BatchNormOptions.PyTorch));
            _dense = Child("fc", LinearOf(golden, "fc"));
        }

        protected override Tensor ForwardCore(Tensor input)
        {
            Tensor pooled = _norm.ForwardReluMaxPool(_convolution.Forward(input), 2);
            return _dense.Forward(pooled.Reshape(input.Shape[0], -1));
        }
    }

    /// <summary>linear - transformer encoder layer - mean over the frames that are not padding - linear.</summary>
    public sealed class Encoder : Module
    {
        private readonly Linear _projection;
        private readonly TransformerEncoderLayer _layer;
        private readonly Linear _dense;

        public Encoder(GoldenCase golden)
        {
            GoldenAttributes attrs = golden.Attrs;
            _projection = Child("proj", LinearOf(golden, "proj"));
            _layer = Child("layer", new TransformerEncoderLayer(new TransformerEncoderOptions
            {
                Dim = golden.Input("proj.weight").Shape[0],
                Heads = attrs.Int("heads"),
                FeedForward = attrs.Int("dim_feedforward"),
                NormFirst = attrs.Bool("norm_first"),
                Activation = attrs.Choice("activation", ("relu", FeedForwardActivation.Relu), ("gelu", FeedForwardActivation.Gelu)),
            }));
            _dense = Child("fc", LinearOf(golden, "fc"));
        }

        /// <summary>(B, T), true where a frame is padding.</summary>
        public required Tensor Padding { get; init; }

        protected override Tensor ForwardCore(Tensor input)
        {
            int batch = input.Shape[0], frames = input.Shape[1];
            Tensor real = Padding.LogicalNot();
            Tensor encoded = _layer.Forward(_projection.Forward(input), real.Reshape(batch, 1, 1, frames));
            Tensor weights = real.To(input.DType);
            Tensor mean = (encoded * weights.Reshape(batch, frames, 1)).Sum(1) / weights.Sum(1, keepDim: true);
            return _dense.Forward(mean);
        }
    }

    private static Linear LinearOf(GoldenCase golden, string name)
    {
        Kernels.Shape weight = golden.Input($"{name}.weight").Shape;
        return new Linear(weight[1], weight[0]);
    }
}
