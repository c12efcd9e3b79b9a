using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Optim;

namespace RawSer.Bench.Works;

/// <summary>Wav2Vec2-base with random weights, packed: its result for one clip of 3 s.</summary>
internal sealed class SpeechInference : INetworkWork
{
    private readonly Wav2Vec2Model _model = new Wav2Vec2Model(new Wav2Vec2Config()).Initialize(1);
    private readonly Tensor _clip = new Generator(2).Normal([1, SpeechTraining.Samples]);

    public SpeechInference()
    {
        _model.Eval();
        _model.PackWeights(keepOriginals: false);
    }

    public void Run()
    {
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        _model.Run(_clip);
    }

    public void Dispose()
    {
        _model.Dispose();
        _clip.Dispose();
    }
}

/// <summary>A step of the report's fine-tuning on four clips of 3 s, with gradient checkpointing: all parameters of Wav2Vec2-base, Adam.</summary>
internal sealed class SpeechTraining : INetworkWork
{
    public const int Samples = 48000;
    private const int Batch = 4;
    private const int Classes = 7;

    private readonly ReportClassifier _network = new ReportClassifier(new Wav2Vec2Config { ApplySpecAugment = false }, Classes).Initialize(1);
    private readonly Adam _optimizer;
    private readonly Tensor _clips = new Generator(3).Normal([Batch, Samples]), _labels = Tensor.From<long>([0, 2, 4, 6], [Batch]);

    public SpeechTraining()
    {
        _network.Body.GradientCheckpointing = true;
        _network.UseRandom(new Generator(2));
        _network.Train();
        _optimizer = new Adam(_network.Parameters(), 1e-5);
    }

    public long ResidentLimit => 4_000_000_000;

    public void Run()
    {
        using TensorScope scope = Tensor.Scope();
        _network.Forward(_clips).CrossEntropy(_labels).Backward();
        _optimizer.Step();
        _optimizer.ZeroGrad();
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
        _clips.Dispose();
        _labels.Dispose();
    }
}
