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
    private const double FirstTensorLimit = 50;

    /// <summary>The encoder's result for one clip of 3 s, with packed weights.</summary>
    public static void Infer(double seconds)
    {
        using Wav2Vec2Model model = new Wav2Vec2Model(new Wav2Vec2Config()).Initialize(1);
        model.Eval();
        model.PackWeights(keepOriginals: false);
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

    /// <summary>
    /// A folder: milliseconds from opening it until the values of the first matrix have been read, in a process that has done nothing before and once more;
    /// until the network has its weights; until they are packed; and the memory that each takes. False if the first took more than 50 ms, or weights are
    /// held twice: loading them took more than 1% of their bytes from the pool, or packing more than the packed bytes and the rounding of the pool's blocks.
    /// </summary>
    public static bool Load(string path)
    {
        HuggingFaceFolder folder = HuggingFaceFolder.Open(path);
        double first = FirstMatrix(folder, out WeightEntry matrix), again = FirstMatrix(folder, out _);
        Print($"{matrix} read after {first:F1} ms, and again after {again:F1}");
        Stopwatch time = Stopwatch.StartNew();
        (Wav2Vec2Model loaded, StateDictReport report) = folder.LoadBody();
        using Wav2Vec2Model model = loaded;
        Print($"network after {time.Elapsed.TotalMilliseconds:F0} ms: {report.Bytes}");
        long copied = Device.Cpu.MemoryStats.BytesInUse;
        time.Restart();
        model.PackWeights(keepOriginals: false);
        long packed = Device.Cpu.MemoryStats.BytesInUse - copied;
        Print($"packed after {time.Elapsed.TotalMilliseconds:F0} ms: {model.PackedBytes} bytes instead of the stored ones");
        return first <= FirstTensorLimit && copied <= report.Bytes.Mapped / 100 && packed <= model.PackedBytes * 1.25; // size classes of the pool

        static double FirstMatrix(HuggingFaceFolder folder, out WeightEntry entry)
        {
            Stopwatch time = Stopwatch.StartNew();
            using WeightSource source = folder.OpenWeights();
            entry = source.Entries.First(candidate => candidate.Length >= 1 << 20);
            using Tensor tensor = source.ReadTensor(entry.Name);
            tensor.ToArray<float>();
            return time.Elapsed.TotalMilliseconds;
        }

        static void Print(FormattableString line) =>
            Console.WriteLine($"{FormattableString.Invariant(line)}; resident {Environment.WorkingSet / 1_000_000} MB; pool: {Device.Cpu.MemoryStats}");
    }
}
