namespace RawSer;

/// <summary>The forward and backward sums over the states blank, label, blank, label, ..., blank of one clip, in logarithms.</summary>
internal static class CtcLattice
{
    /// <summary>The loss, and its gradient for the logits: softmax minus the share of all paths that are in a class at a frame.</summary>
    public static double Loss(ReadOnlySpan<float> logits, int classes, int[] labels, int blank, Span<float> gradient)
    {
        int frames = logits.Length / classes, states = (2 * labels.Length) + 1;
        double[] logP = LogSoftmax(logits, classes);
        int[] classOf = [.. Enumerable.Range(0, states).Select(s => s % 2 == 0 ? blank : labels[s / 2])];
        double[] forward = Forward(logP, classes, classOf, frames);
        int last = (frames - 1) * states;
        double total = states > 1 ? Add(forward[last + states - 1], forward[last + states - 2]) : forward[last];
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] = (float)Math.Exp(logP[i]);
        }

        if (double.IsNegativeInfinity(total))
        {
            return double.PositiveInfinity;
        }

        // The backward sums are the forward sums of the reversed clip.
        double[] reversed = Forward(Reversed(logP, classes), classes, [.. classOf.Reverse()], frames);
        for (int t = 0; t < frames; t++)
        {
            for (int s = 0; s < states; s++)
            {
                // Both sums hold the probability of the frame itself.
                int at = (t * classes) + classOf[s];
                double path = forward[(t * states) + s] + reversed[((frames - 1 - t) * states) + (states - 1 - s)] - logP[at] - total;
                gradient[at] -= (float)Math.Exp(path);
            }
        }

        return -total;
    }

    /// <summary>log of the probability of all beginnings of paths that are in state s at frame t.</summary>
    private static double[] Forward(double[] logP, int classes, int[] classOf, int frames)
    {
        int states = classOf.Length;
        double[] sums = new double[frames * states];
        Array.Fill(sums, double.NegativeInfinity);
        for (int s = 0; s < Math.Min(2, states); s++)
        {
            sums[s] = logP[classOf[s]];
        }

        for (int t = 1; t < frames; t++)
        {
            int now = t * states, before = now - states;
            for (int s = 0; s < states; s++)
            {
                double sum = sums[before + s];
                sum = s > 0 ? Add(sum, sums[before + s - 1]) : sum;

                // A blank may be left out between different labels.
                sum = s > 1 && s % 2 == 1 && classOf[s] != classOf[s - 2] ? Add(sum, sums[before + s - 2]) : sum;
                sums[now + s] = sum + logP[(t * classes) + classOf[s]];
            }
        }

        return sums;
    }

    private static double[] Reversed(double[] logP, int classes) => [.. logP.Chunk(classes).Reverse().SelectMany(row => row)];

    private static double Add(double a, double b)
    {
        double larger = Math.Max(a, b);
        return double.IsNegativeInfinity(larger) ? larger : larger + Math.Log(Math.Exp(a - larger) + Math.Exp(b - larger));
    }

    private static double[] LogSoftmax(ReadOnlySpan<float> logits, int classes)
    {
        double[] result = new double[logits.Length];
        for (int start = 0; start < logits.Length; start += classes)
        {
            double largest = double.NegativeInfinity, sum = 0;
            for (int c = 0; c < classes; c++)
            {
                largest = Math.Max(largest, logits[start + c]);
            }

            for (int c = 0; c < classes; c++)
            {
                sum += Math.Exp(logits[start + c] - largest);
            }

            for (int c = 0; c < classes; c++)
            {
                result[start + c] = logits[start + c] - largest - Math.Log(sum);
            }
        }

        return result;
    }
}
