using System.Runtime.Intrinsics;
using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Weights;

namespace RawSer.Engine.Tests.Nn;

[NonParallelizable]
public sealed class ModuleTests
{
    [SetUp]
    public void Collect() => ForgottenMemory.Collect();

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
    public void Packed_layers_compute_the_same_bits_until_other_weights_are_loaded()
    {
        TransformerEncoderOptions options = TransformerEncoderOptions.KerasNlp(48, 3, 80);
        using TransformerEncoderLayer layer = new TransformerEncoderLayer(options).Initialize(1), other = new TransformerEncoderLayer(options).Initialize(2);
        Generator random = new(3);
        using Tensor input = random.Normal([2, 33, 48]), single = random.Normal([1, 1, 48]);
        foreach (Tensor x in new[] { input, single })
        {
            using Tensor expected = layer.Forward(x).Detach();
            layer.PackWeights();
            using Tensor packed = layer.Forward(x);
            Assert.That(packed.ToArray<float>(), Is.EqualTo(expected.ToArray<float>()));
            Assert.That(packed.RequiresGrad, Is.False);
            layer.Unfreeze();
        }

        string file = Path.Combine(Directory.CreateTempSubdirectory("rawser-pack-").FullName, "weights.safetensors");
        StateDict.Save(other, file);
        layer.PackWeights();
        StateDict.Load(layer, file);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        using Tensor of = layer.Forward(input), theirs = other.Forward(input);
        Assert.That(of.ToArray<float>(), Is.EqualTo(theirs.ToArray<float>()));
    }

    [Test]
    public void Packed_without_originals_a_layer_holds_its_weights_once_and_computes_the_same()
    {
        using Linear layer = new Linear(48, 256).Initialize(1);
        using Tensor input = new Generator(3).Normal([2, 33, 48]), single = new Generator(4).Normal([1, 48]);
        using NoGradScope noGrad = RawSer.Autograd.NoGrad(); // a graph would keep the weight
        using Tensor expected = layer.Forward(input), row = layer.Forward(single);
        string file = Path.Combine(Directory.CreateTempSubdirectory("rawser-pack-").FullName, "weights.safetensors");
        StateDict.Save(layer, file);
        long plain = Device.Cpu.MemoryStats.BytesInUse;
        layer.PackWeights(keepOriginals: false);
        long packed = Device.Cpu.MemoryStats.BytesInUse;
        layer.To(Device.Cpu);
        using (Tensor y = layer.Forward(input))
        using (Tensor z = layer.Forward(single))
        {
            Assert.That(layer.PackedBytes, Is.EqualTo(48 * 256 * sizeof(float)), "no move, so it is still packed");
            Assert.That(packed, Is.EqualTo(plain));
            Assert.That(y.ToArray<float>(), Is.EqualTo(expected.ToArray<float>()));
            AssertClose(z, row);
            Assert.That(layer.ParameterCount, Is.EqualTo((48 * 256) + 256));
        }

        Assert.That(() => StateDict.Save(layer, file), Throws.InvalidOperationException.With.Message.Contains("tensor of shape (256, 48) has no values any more: its packed copy replaced it"));
        Assert.That(() => layer.PackWeights(), Throws.InvalidOperationException.With.Message.Contains("load the weights again"));
        StateDict.Load(layer, file);
        using Tensor again = layer.Forward(input);
        Assert.That(layer.PackedBytes, Is.Zero);
        Assert.That(again.ToArray<float>(), Is.EqualTo(expected.ToArray<float>()));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Test]
    public void Packed_without_originals_a_convolution_holds_its_weights_once_and_computes_the_same()
    {
        using Conv2d layer = new Conv2d(32, 40, kernel: 3, padding: 1).Initialize(1), small = new Conv2d(3, 32, kernel: 3, padding: 1).Initialize(2);
        using Tensor x = new Generator(2).Normal([2, 32, 9, 14]);
        using TensorScope scope = Tensor.Scope();
        PoolOptions pool = new MaxPool2d(2).Options;
        layer.PackWeights(); // frozen: no graph that would keep the weight
        Tensor plain = layer.Forward(x), pooled = layer.ForwardReluMaxPool(x, pool);
        long both = Device.Cpu.MemoryStats.BytesInUse;
        layer.PackWeights(keepOriginals: false);
        long once = Device.Cpu.MemoryStats.BytesInUse;
        small.PackWeights(keepOriginals: false);
        Assert.Multiple(() =>
        {
            Assert.That(layer.Forward(x).ToArray<float>(), Is.EqualTo(plain.ToArray<float>()));
            Assert.That(layer.ForwardReluMaxPool(x, pool).ToArray<float>(), Is.EqualTo(pooled.ToArray<float>()));
            Assert.That(layer.ParameterCount, Is.EqualTo((32 * 40 * 9) + 40));
            Assert.That(small.Weight.ToArray<float>(), Has.Length.EqualTo(3 * 32 * 9), "a weight that is not packed stays");
        });
        if (!Vector128.IsHardwareAccelerated)
        {
            Assert.That(once, Is.EqualTo(both), "a processor without vectors packs no convolution");
            return;
        }

        Assert.That(once, Is.LessThanOrEqualTo(both - (32 * 40 * 9 * sizeof(float))));
        Assert.That(() => layer.Weight.ToArray<float>(), Throws.InvalidOperationException.With.Message.Contains("its packed copy replaced it"));
        Assert.That(() => layer.Forward(Tensor.Zeros([2, 31, 9, 14])), Throws.ArgumentException.With.Message.Contains("weight (40, 32, 3, 3)"));
        x.RequiresGrad = true;
        Assert.That(() => layer.Forward(x), Throws.InvalidOperationException.With.Message.Contains("its packed copy replaced it"));
    }

    [Test]
    public void Packed_without_originals_attention_holds_its_weights_once_and_serves_every_input()
    {
        using MultiHeadAttention attention = new MultiHeadAttention(48, 3).Initialize(1);
        using Tensor sequence = new Generator(2).Normal([2, 33, 48]), frame = new Generator(3).Normal([1, 1, 48]), memory = new Generator(4).Normal([2, 20, 48]);
        using NoGradScope noGrad = RawSer.Autograd.NoGrad();
        using TensorScope scope = Tensor.Scope();
        Tensor self = attention.Forward(sequence), single = attention.Forward(frame), cross = attention.Forward(sequence, memory, null);
        attention.PackWeights();
        long both = Device.Cpu.MemoryStats.BytesInUse;
        attention.PackWeights(keepOriginals: false);
        Assert.Multiple(() =>
        {
            Assert.That(Device.Cpu.MemoryStats.BytesInUse, Is.LessThanOrEqualTo(both - (4 * 48 * 48 * sizeof(float))));
            Assert.That(attention.Forward(sequence).ToArray<float>(), Is.EqualTo(self.ToArray<float>()));
            AssertClose(attention.Forward(frame), single);
            AssertClose(attention.Forward(sequence, memory, null), cross);
        });
        Assert.That(() => attention.State("k.weight").ToArray<float>(), Throws.InvalidOperationException.With.Message.Contains("its packed copy replaced it"));
        Assert.That(() => Module.Observe(_ => { }, () => attention.Forward(sequence)), Throws.InvalidOperationException.With.Message.Contains("its packed copy replaced it"));
    }

    [Test]
    public void Gradients_pass_through_packed_layers()
    {
        using TransformerEncoderLayer layer = new TransformerEncoderLayer(TransformerEncoderOptions.KerasNlp(48, 3, 80)).Initialize(1);
        layer.Freeze();
        float[] expected = InputGradient(layer);
        layer.PackWeights();
        Assert.That(InputGradient(layer), Is.EqualTo(expected));
    }

    [Test]
    public void Packed_convolutions_agree_with_plain_ones_and_pass_gradients()
    {
        using Conv2d layer = new Conv2d(32, 40, kernel: 3, padding: 1).Initialize(1);
        using Tensor x = new Generator(2).Normal([2, 32, 9, 14]);
        using TensorScope scope = Tensor.Scope();
        PoolOptions pool = new MaxPool2d(2).Options;
        Tensor plain = layer.Forward(x).Detach(), rectified = layer.ForwardRelu(x).Detach(), pooled = layer.ForwardReluMaxPool(x, pool).Detach();
        layer.PackWeights();
        Assert.Multiple(() =>
        {
            AssertClose(layer.Forward(x), plain);
            AssertClose(layer.ForwardRelu(x), rectified);
            AssertClose(layer.ForwardReluMaxPool(x, pool), pooled);
        });
        x.RequiresGrad = true;
        layer.Forward(x).Sum().Backward();
        Assert.That(x.Grad, Is.Not.Null);
    }

    [Test]
    public void Packed_memory_is_given_back()
    {
        long before = Device.Cpu.MemoryStats.BytesInUse;
        using (MultiHeadAttention attention = new MultiHeadAttention(64, 2).Initialize(1))
        {
            long plain = Device.Cpu.MemoryStats.BytesInUse;
            attention.PackWeights();
            Assert.That(Device.Cpu.MemoryStats.BytesInUse, Is.GreaterThan(plain));
            attention.PackWeights();
            attention.Unfreeze();
            Assert.That(Device.Cpu.MemoryStats.BytesInUse, Is.LessThanOrEqualTo(plain));
            attention.PackWeights();
        }

        Assert.That(Device.Cpu.MemoryStats.BytesInUse, Is.LessThanOrEqualTo(before)); // less when forgotten tensors of other tests were collected meanwhile
    }

    private static void AssertClose(Tensor got, Tensor expected) =>
        Assert.That(got.ToArray<float>(), Is.EqualTo(expected.ToArray<float>()).Within(1e-5));

    private static float[] InputGradient(TransformerEncoderLayer layer)
    {
        using Tensor x = new Generator(4).Normal([2, 20, 48]);
        x.RequiresGrad = true;
        using Tensor y = layer.Forward(x);
        using Tensor loss = (y * y * y).Sum();
        loss.Backward();
        return x.Grad!.ToArray<float>();
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
