namespace RawSer.Engine.Tests.Ops;

public sealed class CtcLossTests
{
    [Test]
    public void Loss_is_the_sum_over_all_paths()
    {
        float[] logits = [0.1f, -0.3f, 0.8f, 0.5f, 0.2f, -0.6f, -0.2f, 0.9f, 0.4f];
        using Tensor x = Tensor.From(logits, [1, 3, 3]);
        double[][] p = [.. logits.Chunk(3).Select(row => row.Select(v => Math.Exp(v) / row.Sum(w => Math.Exp(w))).ToArray())];
        double total = 0;
        foreach (int[] path in Paths(3, 3))
        {
            int[] spoken = [.. path.Where((label, t) => label != 0 && (t == 0 || path[t - 1] != label))];
            total += spoken.SequenceEqual([1, 2]) ? p[0][path[0]] * p[1][path[1]] * p[2][path[2]] : 0;
        }

        using Tensor loss = x.CtcLoss([[1, 2]], [3], reduction: LossReduction.Sum);

        Assert.That(loss.Item<float>(), Is.EqualTo(-Math.Log(total)).Within(1e-6));
    }

    [Test]
    public void Gradient_is_that_of_central_differences()
    {
        float[] logits = [.. Enumerable.Range(0, 2 * 5 * 4).Select(i => MathF.Sin(i * 1.7f))];
        int[][] labels = [[1, 1, 3], [2]];
        int[] frames = [5, 3];
        using Tensor x = Tensor.From(logits, [2, 5, 4]);
        x.RequiresGrad = true;
        using Tensor loss = x.CtcLoss(labels, frames);
        loss.Backward();
        float[] gradient = x.Grad!.ToArray<float>();
        const float Step = 1e-2f;
        for (int i = 0; i < logits.Length; i++)
        {
            float[] up = [.. logits], down = [.. logits];
            up[i] += Step;
            down[i] -= Step;
            using Tensor high = Tensor.From(up, [2, 5, 4]), low = Tensor.From(down, [2, 5, 4]);
            using Tensor lossUp = high.CtcLoss(labels, frames), lossDown = low.CtcLoss(labels, frames);
            Assert.That(gradient[i], Is.EqualTo((lossUp.Item<float>() - lossDown.Item<float>()) / (2 * Step)).Within(1e-4), $"logit {i}");
        }
    }

    [Test]
    public void What_does_not_fit_is_refused()
    {
        using Tensor x = Tensor.Zeros([1, 3, 4]);

        Assert.That(() => x.CtcLoss([[1, 4]], [3]), Throws.ArgumentException.With.Message.Contains("labels (1, 4), blank 0; expected 1 to 3 frames and classes below 4 other than the blank"));
        Assert.That(() => x.CtcLoss([[1]], [4]), Throws.ArgumentException.With.Message.Contains("clip 0 with 4 frames"));
        Assert.That(() => x.CtcLoss([[1], [2]], [3]), Throws.ArgumentException.With.Message.Contains("labels of 2 clips"));
    }

    private static IEnumerable<int[]> Paths(int frames, int classes) => frames == 0
        ? [[]]
        : Paths(frames - 1, classes).SelectMany(path => Enumerable.Range(0, classes).Select(label => path.Append(label).ToArray()));
}
