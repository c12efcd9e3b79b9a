using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>What a training step gave.</summary>
/// <param name="Loss">Loss of the batch.</param>
/// <param name="Correct">Examples whose largest logit, the first of equals, is that of their class.</param>
public readonly record struct StepResult(float Loss, int Correct);

/// <summary>
/// What training steps on a device gave, in its memory: each step writes a row, and the host reads many rows with one copy that it need not wait
/// for. A captured step holds the kernel that writes, so each launch writes the next row.
/// </summary>
public sealed class StepJournal : IDisposable
{
    private const int Warps = 8;
    private const int RowsStart = 256; // bytes; the number of the next row comes first

    private static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<long>, JournalShape, ArrayView<int>, ArrayView<StepResult>> s_append =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<long>, JournalShape, ArrayView<int>, ArrayView<StepResult>>(Append);

    private readonly GpuDevice _device;
    private readonly GpuDownload _download;
    private readonly ulong _address;
    private int _reading;

    /// <summary>An empty journal.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="capacity">Rows that are kept between two reads.</param>
    public unsafe StepJournal(CudaBackend backend, int capacity)
    {
        (_device, Capacity) = (backend.Gpu, capacity);
        _download = new GpuDownload(_device, (long)capacity * sizeof(StepResult));
        _address = _device.Allocate(RowsStart + ((long)capacity * sizeof(StepResult)));
        _device.Fill(_address, 0, RowsStart);
    }

    /// <summary>Rows that are kept between two reads.</summary>
    public int Capacity { get; }

    /// <summary>Whether rows were asked for and not taken.</summary>
    public bool IsReading => _download.IsUnderWay;

    /// <summary>Whether <see cref="Take"/> would not wait.</summary>
    public bool HasArrived => _download.HasArrived;

    /// <summary>Queues writing a row.</summary>
    /// <param name="loss">One element.</param>
    /// <param name="logits">Dense (B, classes).</param>
    /// <param name="labels">Dense (B) of I64.</param>
    public void Append(View loss, View logits, View labels) => s_append.Launch(
        _device, new LaunchShape(1, Warps * 32), loss.Dense<float>(), logits.Dense<float>(), labels.Dense<long>(), new(logits.Shape[0], logits.Shape[1]),
        _device.View<int>(_address, 1), _device.View<StepResult>(_address + RowsStart, Capacity));

    /// <summary>Queues the copy of the rows that were written since the last read; the next step writes the first row again.</summary>
    /// <param name="rows">How many they are: at most <see cref="Capacity"/>.</param>
    public unsafe void BeginRead(int rows)
    {
        _download.Start(_address + RowsStart, (long)rows * sizeof(StepResult));
        _device.Fill(_address, 0, sizeof(int));
        _reading = rows;
    }

    /// <summary>The rows of the last <see cref="BeginRead"/>, until the next; waits for them.</summary>
    public ReadOnlySpan<StepResult> Take() => _download.Read<StepResult>(_reading);

    /// <inheritdoc/>
    public void Dispose()
    {
        _download.Dispose();
        _device.Free(_address);
    }

    [Kernel(MaxThreadsPerGroup = Warps * 32)]
    private static void Append(
        ArrayView<float> loss, ArrayView<float> logits, ArrayView<long> labels, JournalShape shape, ArrayView<int> next, ArrayView<StepResult> rows)
    {
        ArrayView<int> correctOfWarp = SharedMemory.Allocate<int>(Warps);
        int correct = 0;
        for (int example = Group.IdxX / 32; example < shape.Examples; example += Warps)
        {
            int best = int.MaxValue;
            float largest = float.NegativeInfinity;
            for (int c = Warp.LaneIdx; c < shape.Classes; c += 32)
            {
                float logit = logits[(example * shape.Classes) + c];
                if (logit > largest)
                {
                    (best, largest) = (c, logit);
                }
            }

            for (int offset = 16; offset > 0; offset /= 2)
            {
                int otherBest = Warp.ShuffleXor(best, offset);
                float other = Warp.ShuffleXor(largest, offset);
                if (other > largest || (other == largest && otherBest < best))
                {
                    (best, largest) = (otherBest, other);
                }
            }

            correct += best == labels[example] ? 1 : 0;
        }

        if (Warp.IsFirstLane)
        {
            correctOfWarp[Group.IdxX / 32] = correct;
        }

        Group.Barrier();
        if (Group.IdxX == 0)
        {
            int sum = 0;
            for (int w = 0; w < Warps; w++)
            {
                sum += correctOfWarp[w];
            }

            int row = next[0];
            rows[row] = new StepResult(loss[0], sum);
            next[0] = row + 1;
        }
    }

    internal readonly record struct JournalShape(int Examples, int Classes);
}
