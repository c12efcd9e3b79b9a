using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Compiler;

/// <content>Unrolled loops that hand values on to others.</content>
public sealed partial class BlockTests
{
    /// <summary>The second loop takes up the value of the first, and is the shorter: it is unrolled before it.</summary>
    [Unroll]
    private static void SumOfChosen(ArrayView<float> input, ArrayView<float> output, int count)
    {
        float sum = 0;
        for (int j = 0; j < 4; j++)
        {
            int i = (j * 32) + Group.IdxX;
            sum += i < count ? input[i] : 0;
        }

        for (int offset = Warp.WarpSize / 2; offset > 0; offset /= 2)
        {
            sum += Warp.ShuffleXor(sum, offset);
        }

        output[Group.IdxX] = sum;
    }

    [Test]
    public void LoopsThatFollowEachOther()
    {
        using var gpu = new Gpu();
        var (input, output) = (gpu.Upload(Numbers), gpu.Upload(new float[32]));
        Kernel.Create<ArrayView<float>, ArrayView<float>, int>(SumOfChosen).Launch(gpu.Device, new LaunchShape(1, 32), input, output, 100);
        Assert.That(gpu.Read(output), Is.All.EqualTo(Numbers.Take(100).Sum()));
    }

    /// <summary>A function with several ends, whose result a loop inside of a loop gathers: largest of the warp, then the sum of what it left.</summary>
    [Unroll]
    private static void Weigh(ArrayView<float> input, ArrayView<float> output, int limit, int rows)
    {
        var weights = LocalMemory.Allocate<float>(8);
        for (int i = 0; i < 2; i++)
        {
            float largest = float.NegativeInfinity;
            for (int j = 0; j < 4; j++)
            {
                float score = Score(input, (((i * 4) + j) * 32) + Group.IdxX, limit, rows);
                weights[(i * 4) + j] = score;
                largest = score > largest || float.IsNaN(score) ? score : largest;
            }

            for (int offset = 1; offset < Warp.WarpSize; offset *= 2)
            {
                largest = IntrinsicMath.Max(largest, Warp.ShuffleXor(largest, offset));
            }

            float sum = 0;
            for (int j = 0; j < 4; j++)
            {
                sum += largest - weights[(i * 4) + j];
            }

            output[(i * 32) + Group.IdxX] = sum;
        }
    }

    private static float Score(ArrayView<float> input, int at, int limit, int rows)
    {
        if (at >= limit)
        {
            return -100;
        }

        float score = input[at] * 2;
        if (rows != 0 && at % 7 == 0)
        {
            score = -50;
        }

        return score;
    }

    [TestCase(256, 0)]
    [TestCase(250, 1)]
    [TestCase(40, 1)]
    public void AValueLeavesALoopOfCallsInsideOfALoop(int limit, int rows)
    {
        using var gpu = new Gpu();
        var (input, output) = (gpu.Upload(Numbers), gpu.Upload(new float[64]));
        Kernel.Create<ArrayView<float>, ArrayView<float>, int, int>(Weigh).Launch(gpu.Device, new LaunchShape(1, 32), input, output, limit, rows);
        float Of(int at) => at >= limit ? -100 : rows != 0 && at % 7 == 0 ? -50 : Numbers[at] * 2;
        var expected = Enumerable.Range(0, 64).Select(o =>
        {
            var block = Enumerable.Range(o / 32 * 128, 128).Select(Of).Max();
            return Enumerable.Range(0, 4).Sum(j => block - Of((o / 32 * 128) + (j * 32) + (o % 32)));
        });
        Assert.That(gpu.Read(output), Is.EqualTo(expected).Within(1e-3f));
    }
}
