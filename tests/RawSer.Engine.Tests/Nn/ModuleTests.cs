using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Engine.Tests.Nn;

public sealed class ModuleTests
{
    [Test]
    public void Names_are_those_of_a_state_dict_in_order_of_registration()
    {
        using Pair pair = new();
        Assert.Multiple(() =>
        {
            Assert.That(
                pair.NamedState().Select(s => s.Name),
                Is.EqualTo(new[] { "scale", "first.weight", "first.seen", "0.weight", "0.seen" }));
            Assert.That(pair.NamedParameters().Select(s => s.Name), Is.EqualTo(new[] { "scale", "first.weight", "0.weight" }));
            Assert.That(pair.NamedBuffers().Select(s => s.Name), Is.EqualTo(new[] { "first.seen", "0.seen" }));
            Assert.That(pair.ParameterCount, Is.EqualTo(1 + 6 + 6));
            Assert.That(pair.State("first.seen").DType, Is.EqualTo(DType.I64));
        });
    }

    [Test]
    public void Parameters_outlive_scopes()
    {
        Pair pair;
        using (Tensor.Scope())
        {
            pair = new Pair();
        }

        Assert.That(pair.State("first.weight").IsDisposed, Is.False);
        pair.Dispose();
        Assert.That(pair.State("first.weight").IsDisposed, Is.True);
    }

    [Test]
    public void Parameters_are_not_numbers_until_initialised()
    {
        using Pair pair = new();
        Assert.That(pair.State("0.weight").ToArray<float>(), Is.All.NaN);
        pair.Initialize(1);
        Assert.That(pair.State("0.weight").ToArray<float>(), Is.All.Not.NaN);
    }

    [Test]
    public void Modes_reach_every_child()
    {
        using Pair pair = new();
        Assert.That(pair.First.IsTraining, Is.False);
        pair.Train();
        Assert.That(pair.First.IsTraining, Is.True);
        pair.Eval();
        Assert.That(pair.First.IsTraining, Is.False);
    }

    [Test]
    public void Frozen_modules_have_nothing_to_train()
    {
        using Pair pair = new();
        pair.First.Freeze();
        Assert.That(pair.TrainableParameterCount, Is.EqualTo(1 + 6));
        pair.First.Unfreeze();
        Assert.That(pair.TrainableParameterCount, Is.EqualTo(pair.ParameterCount));
    }

    [Test]
    public void Moving_keeps_the_tensor_objects_and_values()
    {
        using Pair pair = new();
        pair.Initialize(3);
        Tensor weight = pair.State("first.weight");
        float[] before = weight.ToArray<float>();
        pair.To(Device.Reference);
        Assert.Multiple(() =>
        {
            Assert.That(pair.State("first.weight"), Is.SameAs(weight));
            Assert.That(weight.Device, Is.SameAs(Device.Reference));
            Assert.That(weight.RequiresGrad, Is.True);
            Assert.That(weight.ToArray<float>(), Is.EqualTo(before));
            Assert.That(pair.State("first.seen").DType, Is.EqualTo(DType.I64));
        });
    }

    [TestCase("")]
    [TestCase("a.b")]
    [TestCase("scale")]
    public void Bad_names_are_refused(string name) =>
        Assert.That(() => new Pair(name), Throws.ArgumentException.With.Message.Contains($"'{name}'"));

    [Test]
    public void Unknown_state_is_refused_with_the_names_there_are()
    {
        using Pair pair = new();
        Assert.That(() => pair.State("second.weight"), Throws.ArgumentException.With.Message.Contains("first.weight"));
    }

    private sealed class Pair : Module
    {
        public Pair(string second = "0")
        {
            Parameter("scale", [1], 1);
            First = Child("first", new Leaf());
            Child(second, new Leaf());
        }

        public Leaf First { get; }

        protected override Tensor ForwardCore(Tensor input) => input;
    }

    private sealed class Leaf : Module
    {
        private readonly Tensor _weight;

        public Leaf()
        {
            _weight = Parameter("weight", [2, 3]);
            Buffer("seen", [], 0, DType.I64);
        }

        protected override Tensor ForwardCore(Tensor input) => input;

        protected override void Initialize(ParameterInit init) => init.Fill("weight", _weight, init.Scheme.Kernel, Fans.Linear(3, 2));
    }
}
