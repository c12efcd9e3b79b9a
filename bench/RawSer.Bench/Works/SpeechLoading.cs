using System.Diagnostics;
using RawSer.Models.Wav2Vec2;
using RawSer.Weights;

namespace RawSer.Bench.Works;

/// <summary>Loading of a speech encoder.</summary>
internal static class SpeechLoading
{
    private const double FirstTensorLimit = 50;

    /// <summary>
    /// A folder: milliseconds from opening it until the values of the first matrix have been read, in a process that has done nothing before and once more;
    /// until the network has its weights; until they are packed; and the memory that each takes. False if the first took more than 50 ms, or weights are
    /// held twice: loading them took more than 1% of their bytes from the pool, or packing more than the packed bytes and the rounding of the pool's blocks.
    /// </summary>
    public static bool Measure(string path)
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
