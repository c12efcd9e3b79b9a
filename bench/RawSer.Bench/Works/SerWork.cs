using RawSer.Models.Ser;
using RawSer.Optim;

namespace RawSer.Bench.Works;

/// <summary>A network of the report in its corrected form, with a batch of random features (N, 1, 128, 94), or (N, 1, 128, 188) for mel spectrograms, and labels.</summary>
internal sealed class SerWork : IDisposable
{
    private const int MfccFrames = 94;
    private const int MelFrames = 188;

    private readonly SerNetwork _network;
    private readonly Adam _optimizer;
    private readonly Tensor _input, _labels;
    private SerNetwork? _folded;

    public SerWork(string name, int batch)
    {
        // The peer drops out after every pooling; so that both do the same work, ours does here too.
        SerNetworkOptions options = SerNetworkOptions.Corrected(name switch
        {
            "cnn" => SerArchitecture.Cnn,
            "two-cnn" => SerArchitecture.TwoCnn,
            "cnn-transformer" or "cnn-transformer-mel" => SerArchitecture.CnnTransformer,
            _ => throw new UsageException($"unknown network '{name}': use cnn, two-cnn, cnn-transformer or cnn-transformer-mel"),
        }) with
        { DropoutPlacement = DropoutPlacement.EveryStage, Frames = name.EndsWith("-mel", StringComparison.Ordinal) ? MelFrames : MfccFrames };
        _network = SerNetwork.Create(options, seed: 1);
        _network.UseRandom(new Generator(2));
        _network.Train();
        _optimizer = new Adam(_network.Parameters());
        _input = new Generator(3).Normal(options.InputShape(batch));
        var random = new Random(4);
        _labels = Tensor.From<long>([.. Enumerable.Range(0, batch).Select(_ => random.NextInt64(options.Classes))], [batch]);
    }

    /// <summary>Forward, cross entropy, backward and a step of Adam, as in training: dropout on, gradients dropped afterwards.</summary>
    public void TrainStep()
    {
        using TensorScope scope = Tensor.Scope();
        _network.Forward(_input).CrossEntropy(_labels).Backward();
        _optimizer.Step();
        _optimizer.ZeroGrad();
    }

    /// <summary>Logits as <see cref="Models.Recognition.EmotionRecognizer"/> computes them: by the folded network, without recording gradients.</summary>
    public void Infer()
    {
        _folded ??= _network.Fold();
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        _folded.Forward(_input);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
        _folded?.Dispose();
        _input.Dispose();
        _labels.Dispose();
    }
}
