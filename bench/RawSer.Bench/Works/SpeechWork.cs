using System.Diagnostics;
using RawSer.Kernels;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Weights;

namespace RawSer.Bench.Works;

/// <summary>Wav2Vec2-base with random weights: inference, fine-tuning, loading.</summary>
internal static class SpeechWork
{
    private const int Samples = 48000;
    private const int TrainBatch = 4;
    private const int Classes = 7;
    private const long ResidentLimit = 4_000_000_000;

    /// <summary>The encoder's result for one clip of 3 s, with packed weights.</summary>
    public static void Infer(double seconds)
    {
        using Wav2Vec2Model model = new Wav2Vec2Model(new Wav2Vec2Config()).Initialize(1);
        model.Eval();
        model.PackWeights();
        model.Pack();
        using Tensor clip = new Generator(2).Normal([1, Samples]);
        using NoGradScope noGrad = Autograd.NoGrad();
        Measurement.Of("speech/infer", seconds, WorkerPool.Shared.ThreadCount, () =>
        {
            using TensorScope scope = Tensor.Scope();
            model.Run(clip);
        }).Print();
    }

    /// <summary>
    /// A step of the report's fine-tuning on four clips of 3 s, with gradient checkpointing: all parameters, Adam. False if the resident set exceeded 4 GB.
    /// </summary>
    public static bool TrainStep(double seconds)
    {
        using ReportClassifier network = new ReportClassifier(new Wav2Vec2Config { ApplySpecAugment = false }, Classes).Initialize(1);
        network.Body.GradientCheckpointing = true;
        network.UseRandom(new Generator(2));
        network.Train();
        using Adam optimizer = new(network.Parameters(), 1e-5);
        using Tensor clips = new Generator(3).Normal([TrainBatch, Samples]);
        using Tensor labels = Tensor.From<long>([0, 2, 4, 6], [TrainBatch]);
        Measurement.Of("speech/train-step", seconds, WorkerPool.Shared.ThreadCount, () =>
        {
            using TensorScope scope = Tensor.Scope();
            network.Forward(clips).CrossEntropy(labels).Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
        }).Print();
        using Process self = Process.GetCurrentProcess();
        Console.Error.WriteLine($"resident set at most {self.PeakWorkingSet64 / 1_000_000} MB; pool: {Device.Cpu.MemoryStats}");
        return self.PeakWorkingSet64 <= ResidentLimit;
    }

    /// <summary>A folder: milliseconds until the first tensor is there and until the network is, and the memory that weights and copies of them take.</summary>
    public static void Load(string path)
    {
        HuggingFaceFolder folder = HuggingFaceFolder.Open(path);
        Stopwatch time = Stopwatch.StartNew();
        using (WeightSource source = folder.OpenWeights())
        {
            source.ReadFloats(source.Entries[0].Name);
        }

        double first = time.Elapsed.TotalMilliseconds;
        time.Restart();
        using Wav2Vec2Model model = folder.LoadBody().Model;
        double loaded = time.Elapsed.TotalMilliseconds;
        long packed = model.Pack();
        Console.WriteLine(FormattableString.Invariant(
            $"{path}: first tensor after {first:F1} ms, network after {loaded:F0} ms; weights {model.ParameterCount * sizeof(float)} bytes, packed copies {packed} bytes; pool: {Device.Cpu.MemoryStats}"));
    }
}
