namespace RawSer.Engine.Tests;

public sealed class GeneratorTests
{
    [Test]
    public void Both_host_devices_draw_the_same_numbers()
    {
        foreach (int count in new[] { 1, 63, 64, 65, 1000, 100_003 })
        {
            using TensorScope scope = Tensor.Scope();
            Assert.That(
                new Generator(3, 4).Uniform([count], -2, 5, Device.Cpu).ToArray<float>(),
                Is.EqualTo(new Generator(3, 4).Uniform([count], -2, 5, Device.Reference).ToArray<float>()));
            Assert.That(
                new Generator(3, 4).Normal([count], 1, 2, Device.Cpu).ToArray<float>(),
                Is.EqualTo(new Generator(3, 4).Normal([count], 1, 2, Device.Reference).ToArray<float>()));
            Tensor x = new Generator(9).Uniform([count]);
            Assert.That(
                x.Dropout(0.3, new Generator(5)).ToArray<float>(),
                Is.EqualTo(x.To(Device.Reference).Dropout(0.3, new Generator(5)).ToArray<float>()));
        }
    }

    [Test]
    public void Uniform_and_normal_have_the_right_moments()
    {
        const int Count = 1 << 20;
        using TensorScope scope = Tensor.Scope();
        float[] uniform = new Generator(1).Uniform([Count], 2, 6).ToArray<float>();
        float[] normal = new Generator(2).Normal([Count], -1, 3).ToArray<float>();

        // Bounds: six standard errors of the mean and of the variance.
        Assert.That(uniform.Min(), Is.GreaterThanOrEqualTo(2));
        Assert.That(uniform.Max(), Is.LessThan(6.0000001));
        Assert.That(Mean(uniform), Is.EqualTo(4).Within(6 * Math.Sqrt(16.0 / 12 / Count)));
        Assert.That(Variance(uniform), Is.EqualTo(16.0 / 12).Within(6 * 16.0 / Math.Sqrt(180.0 * Count)));
        Assert.That(Mean(normal), Is.EqualTo(-1).Within(6 * 3 / Math.Sqrt(Count)));
        Assert.That(Variance(normal), Is.EqualTo(9).Within(6 * 9 * Math.Sqrt(2.0 / Count)));
    }

    [Test]
    public void Position_replays_and_consecutive_draws_differ()
    {
        using TensorScope scope = Tensor.Scope();
        Generator generator = new(7);
        float[] first = generator.Uniform([100]).ToArray<float>();
        ulong position = generator.Position;
        float[] second = generator.Uniform([100]).ToArray<float>();
        generator.Position = position;
        Assert.That(generator.Uniform([100]).ToArray<float>(), Is.EqualTo(second));
        Assert.That(second.Intersect(first).Count(), Is.LessThan(3));
    }

    [Test]
    public void Dropout_keeps_the_right_share_scales_it_and_masks_its_gradient()
    {
        const int Count = 1 << 18;
        using TensorScope scope = Tensor.Scope();
        Tensor x = Tensor.Full([Count], 2);
        x.RequiresGrad = true;
        Tensor y = x.Dropout(0.3, new Generator(11));
        y.Backward(Tensor.Full([Count], 5));
        float[] values = y.ToArray<float>(), gradient = x.Grad!.ToArray<float>();
        float scale = (float)(1 / 0.7);
        Assert.That(values.Count(v => v != 0), Is.EqualTo(0.7 * Count).Within(6 * Math.Sqrt(0.21 * Count)));
        for (int i = 0; i < Count; i++)
        {
            if (values[i] != (values[i] == 0 ? 0 : 2 * scale) || gradient[i] != (values[i] == 0 ? 0 : 5 * scale))
            {
                Assert.Fail($"element {i}: value {values[i]}, gradient {gradient[i]}");
            }
        }
    }

    [Test]
    public void Permutation_holds_every_number_once_and_depends_on_the_stream()
    {
        int[] order = new Generator(1, 5).Permutation(1000);
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, 1000)));
        Assert.That(order, Is.Not.EqualTo(new Generator(1, 6).Permutation(1000)));
        Assert.That(order, Is.EqualTo(new Generator(1, 5).Permutation(1000)));
    }

    [Test]
    public void What_is_no_distribution_is_refused()
    {
        Assert.That(() => new Generator(1).Uniform([2], 3, 1), Throws.ArgumentException.With.Message.Contains("from 3 to 1"));
        Assert.That(() => new Generator(1).Uniform([2], double.NaN), Throws.ArgumentException);
        Assert.That(() => new Generator(1).Normal([2], 0, -1), Throws.ArgumentException.With.Message.Contains("deviation -1"));
        Assert.That(() => new Generator(1).Permutation(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static double Mean(float[] values) => values.Average(v => (double)v);

    private static double Variance(float[] values)
    {
        double mean = Mean(values);
        return values.Average(v => (v - mean) * (v - mean));
    }
}
