using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// What attention does between its products when the weights are kept in memory, a warp to a query: scores to weights, and the gradient of
/// weights to that of scores.
/// </summary>
internal static class DeviceAttentionRows
{
    private static readonly Kernel<ArrayView<float>, ArrayView<float>, DeviceScores, int> s_softmax =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DeviceScores, int>(Softmax);

    private static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceScores, int> s_gradients =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceScores, int>(Gradients);

    /// <summary>Replaces products of queries and keys by weights.</summary>
    /// <param name="device">The device.</param>
    /// <param name="weights">Dense (B, H, T, S).</param>
    /// <param name="kept">The same after dropout, or nothing.</param>
    /// <param name="scores">Scale, mask, dropout.</param>
    public static void RunSoftmax(GpuDevice device, View weights, View kept, DeviceScores scores)
    {
        int rows = Rows(weights);
        s_softmax.Launch(device, DeviceLines.Shape(rows, warps: true), weights.Dense<float>(), kept.Dense<float>(), scores, rows);
    }

    /// <summary>Replaces gradients of the weights by those of the products of queries and keys.</summary>
    /// <param name="device">The device.</param>
    /// <param name="gradients">Dense (B, H, T, S).</param>
    /// <param name="weights">Dense, of the forward pass.</param>
    /// <param name="kept">Gets the weights after dropout, or nothing.</param>
    /// <param name="dmask">Gets the gradient of what was added to the scores, or nothing.</param>
    /// <param name="scores">Scale and dropout.</param>
    public static void RunGradients(GpuDevice device, View gradients, View weights, View kept, View dmask, DeviceScores scores)
    {
        int rows = Rows(weights);
        s_gradients.Launch(device, DeviceLines.Shape(rows, warps: true), gradients.Dense<float>(), weights.Dense<float>(), kept.Dense<float>(), dmask.Dense<float>(), scores, rows);
    }

    private static int Rows(View weights) => checked((int)(weights.Count / weights.Shape[3]));

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void Softmax(ArrayView<float> weights, ArrayView<float> kept, DeviceScores scores, int rows)
    {
        int row = InWarp.Line;
        if (row >= rows)
        {
            return; // a whole warp
        }

        int head = (int)((uint)row / (uint)scores.Queries), query = row - (head * scores.Queries);
        QueryPlace place = scores.Place(head, query);
        int at = row * scores.Keys;
        float max = float.NegativeInfinity;
        for (int key = Warp.LaneIdx; key < scores.Keys; key += 32)
        {
            float score = scores.Score(weights[at + key], place, key);
            weights[at + key] = score;
            max = score > max || float.IsNaN(score) ? score : max;
        }

        max = InWarp.Max(max);
        float origin = max == float.NegativeInfinity ? 0 : max, sum = 0;
        for (int key = Warp.LaneIdx; key < scores.Keys; key += 32)
        {
            float e = MathX.Exp(weights[at + key] - origin);
            weights[at + key] = e;
            sum += e;
        }

        sum = InWarp.Sum(sum);
        float factor = sum == 0 ? 0 : 1 / sum;
        for (int key = Warp.LaneIdx; key < scores.Keys; key += 32)
        {
            float weight = weights[at + key] * factor;
            weights[at + key] = weight;
            if (kept.IsValid)
            {
                kept[at + key] = weight * scores.Kept(at + key);
            }
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void Gradients(ArrayView<float> gradients, ArrayView<float> weights, ArrayView<float> kept, ArrayView<float> dmask, DeviceScores scores, int rows)
    {
        int row = InWarp.Line;
        if (row >= rows)
        {
            return;
        }

        int at = row * scores.Keys;
        float mean = 0;
        for (int key = Warp.LaneIdx; key < scores.Keys; key += 32)
        {
            mean += weights[at + key] * (gradients[at + key] * scores.Kept(at + key));
        }

        mean = InWarp.Sum(mean);
        for (int key = Warp.LaneIdx; key < scores.Keys; key += 32)
        {
            float weight = weights[at + key], factor = scores.Kept(at + key), gradient = weight * ((gradients[at + key] * factor) - mean);
            gradients[at + key] = gradient * scores.Scale;
            if (dmask.IsValid)
            {
                dmask[at + key] = gradient;
            }

            if (kept.IsValid)
            {
                kept[at + key] = weight * factor;
            }
        }
    }
}
