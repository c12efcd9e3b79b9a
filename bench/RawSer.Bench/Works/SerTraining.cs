using RawSer.Models.Ser;
using RawSer.Optim;

namespace RawSer.Bench.Works;

/// <summary>
/// Training of a network of the report in its corrected form on a batch of random features (N, 1, 128, 94), or (N, 1, 128, 188) for mel spectrograms: forward, cross
/// entropy, backward and a step of Adam, dropout on, gradients dropped afterwards.
/// </summary>
internal sealed class SerTraining : INetworkWork
{
    private readonly SerNetwork _network;
    private readonly Adam _optimizer;
    private readonly Tensor _input, _labels;

    public SerTraining(string name, int batch)
    {
        SerNetworkOptions options = SerNetworks.Options(name);
        _network = SerNetwork.Create(options, seed: 1);
        _network.UseRandom(new Generator(2));
        _network.Train();
        _optimizer = new Adam(_network.Parameters());
        _input = new Generator(3).Normal(options.InputShape(batch));
        var random = new Random(4);
        _labels = Tensor.From<long>([.. Enumerable.Range(0, batch).Select(_ => random.NextInt64(options.Classes))], [batch]);
    }

    public void Run()
    {
        using TensorScope scope = Tensor.Scope();
        _network.Forward(_input).CrossEntropy(_labels).Backward();
        _optimizer.Step();
        _optimizer.ZeroGrad();
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
        _input.Dispose();
        _labels.Dispose();
    }
}

/// <summary>Logits of one clip as <see cref="Models.Recognition.EmotionRecognizer"/> computes them: by the folded network, without recording gradients.</summary>
internal sealed class SerInference : INetworkWork
{
    private readonly SerNetwork _network, _folded;
    private readonly Tensor _input;

    public SerInference(string name)
    {
        SerNetworkOptions options = SerNetworks.Options(name);
        _network = SerNetwork.Create(options, seed: 1);
        _folded = _network.Fold();
        _input = new Generator(3).Normal(options.InputShape(1));
    }

    public void Run()
    {
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        _folded.Forward(_input);
    }

    public void Dispose()
    {
        _folded.Dispose();
        _network.Dispose();
        _input.Dispose();
    }
}
