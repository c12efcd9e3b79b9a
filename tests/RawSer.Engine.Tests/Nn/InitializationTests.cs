using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Engine.Tests.Nn;

public sealed class InitializationTests
{
    private const int Draws = 200_000;

    [Test]
    public void Same_seed_and_name_give_the_same_values_and_others_do_not()
    {
        float[] values = Draw("a", Initializer.Normal(1), default, 1000, seed: 5);
        Assert.Multiple(() =>
        {
            Assert.That(Draw("a", Initializer.Normal(1), default, 1000, seed: 5), Is.EqualTo(values));
            Assert.That(Draw("b", Initializer.Normal(1), default, 1000, seed: 5), Is.Not.EqualTo(values));
            Assert.That(Draw("a", Initializer.Normal(1), default, 1000, seed: 6), Is.Not.EqualTo(values));
            Assert.That(Draw("a", Initializer.Normal(1), default, 500, seed: 5), Is.EqualTo(values[..500]), "a value depends on its index only");
        });
    }

    private static IEnumerable<TestCaseData> Rules()
    {
        Fans fans = new(300, 100);
        yield return new TestCaseData(Initializer.GlorotUniform, fans, Math.Sqrt(6.0 / 400), Math.Sqrt(2.0 / 400)).SetName("glorot_uniform");
        yield return new TestCaseData(Initializer.HeUniform, fans, Math.Sqrt(6.0 / 300), Math.Sqrt(2.0 / 300)).SetName("he_uniform");
        yield return new TestCaseData(Initializer.LecunUniform, fans, Math.Sqrt(3.0 / 300), Math.Sqrt(1.0 / 300)).SetName("lecun_uniform");
        yield return new TestCaseData(Initializer.KaimingUniform(Math.Sqrt(5)), fans, 1 / Math.Sqrt(300), 1 / Math.Sqrt(900)).SetName("kaiming_uniform");
        yield return new TestCaseData(Initializer.KaimingNormal(0, FanMode.Out), fans, double.PositiveInfinity, Math.Sqrt(2.0 / 100)).SetName("kaiming_normal");
        yield return new TestCaseData(Initializer.XavierNormal, fans, double.PositiveInfinity, Math.Sqrt(2.0 / 400)).SetName("xavier_normal");
        yield return new TestCaseData(Initializer.Normal(0.05), fans, double.PositiveInfinity, 0.05).SetName("normal");
        yield return new TestCaseData(Initializer.TruncatedNormal(0.05), fans, 0.1, 0.05 * 0.87962566103423978).SetName("truncated_normal");
        yield return new TestCaseData(Initializer.Constant(0), fans, 0.0, 0.0).SetName("zeros");
    }

    [TestCaseSource(nameof(Rules))]
    public void Distributions_have_the_limit_and_deviation_of_their_formula(Initializer initializer, Fans fans, double limit, double deviation)
    {
        float[] values = Draw("w", initializer, fans, Draws, seed: 1);
        double mean = values.Average(v => (double)v);
        double measured = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        Assert.Multiple(() =>
        {
            Assert.That(initializer.Limit(fans), Is.EqualTo(limit).Within(1e-12));
            Assert.That(initializer.Deviation(fans), Is.EqualTo(deviation).Within(1e-12));
            Assert.That(values.Max(Math.Abs), Is.LessThanOrEqualTo((float)limit));
            // Five standard errors of the mean and of the deviation.
            Assert.That(mean, Is.EqualTo(0).Within(5 * deviation / Math.Sqrt(Draws) + double.Epsilon));
            Assert.That(measured, Is.EqualTo(deviation).Within(5 * deviation / Math.Sqrt(Draws) + double.Epsilon));
        });
    }

    [Test]
    public void Fans_count_the_receptive_field()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Fans.Convolution([32, 16, 3, 3]), Is.EqualTo(new Fans(144, 288)));
            Assert.That(Fans.Keras([3, 3, 16, 32]), Is.EqualTo(new Fans(144, 288)));
            Assert.That(Fans.Keras([128, 4, 32]), Is.EqualTo(new Fans(512, 4096)));
            Assert.That(Fans.Keras([7]), Is.EqualTo(new Fans(7, 7)));
        });
    }

    private static float[] Draw(string name, Initializer initializer, Fans fans, int count, ulong seed)
    {
        using One module = new(name, count, initializer, fans);
        module.Initialize(seed);
        return module.State(name).ToArray<float>();
    }

    private sealed class One : Module
    {
        private readonly (string Name, Tensor Value, Initializer Rule, Fans Fans) _only;

        public One(string name, int count, Initializer rule, Fans fans) => _only = (name, Parameter(name, [count]), rule, fans);

        protected override Tensor ForwardCore(Tensor input) => input;

        protected override void Initialize(ParameterInit init) => init.Fill(_only.Name, _only.Value, _only.Rule, _only.Fans);
    }
}
