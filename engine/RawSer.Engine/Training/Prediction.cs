using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Training;

/// <summary>Runs a network over examples in inference mode, batch by batch, in order.</summary>
public static class Prediction
{
    /// <summary>
    /// The network's outputs, one row per example in row-major order (count x classes). The batch size does not matter to the result,
    /// except for networks that mix the examples of a batch.
    /// </summary>
    public static float[] Logits(Module network, IExamples examples, int batchSize, Device device, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        bool wasTraining = network.IsTraining;
        network.Eval();
        try
        {
            using NoGradScope noGrad = Autograd.NoGrad();
            using TensorScope all = Tensor.Scope();
            Tensor? logits = null; // read once: no batch waits for the one before
            for (int start = 0; start < examples.Count; start += batchSize)
            {
                cancel.ThrowIfCancellationRequested();
                using TensorScope scope = Tensor.Scope();
                int count = Math.Min(batchSize, examples.Count - start);
                Tensor output = network.Forward(Batch.Inputs(examples, start, count, device));
                logits ??= scope.Keep(Tensor.Empty([examples.Count, output.Shape[-1]], output.DType, device));
                device.Backend.Copy(output.View, logits.View.With(logits.Layout.Slice(0, start, count)));
            }

            return logits?.ToArray<float>() ?? [];
        }
        finally
        {
            if (wasTraining)
            {
                network.Train();
            }
        }
    }

    /// <summary>Mean cross entropy and accuracy of rows of logits; ties go to the first class. NaN for no examples.</summary>
    public static (double Loss, double Accuracy) Score(ReadOnlySpan<float> logits, IExamples examples)
    {
        double loss = 0;
        int correct = 0;
        int classes = examples.Count == 0 ? 0 : logits.Length / examples.Count;
        for (int i = 0; i < examples.Count; i++)
        {
            ReadOnlySpan<float> row = logits.Slice(i * classes, classes);
            int label = examples.LabelOf(i);
            loss += LogSumExp(row) - row[label];
            correct += ArgMax(row) == label ? 1 : 0;
        }

        return (loss / examples.Count, (double)correct / examples.Count);
    }

    internal static int ArgMax(ReadOnlySpan<float> row)
    {
        int best = 0;
        for (int c = 1; c < row.Length; c++)
        {
            best = row[c] > row[best] ? c : best;
        }

        return best;
    }

    private static double LogSumExp(ReadOnlySpan<float> row)
    {
        double max = double.NegativeInfinity;
        foreach (float x in row)
        {
            max = Math.Max(max, x);
        }

        double sum = 0;
        foreach (float x in row)
        {
            sum += Math.Exp(x - max);
        }

        return max + Math.Log(sum);
    }
}
