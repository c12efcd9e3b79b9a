using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Engine.Tests.Nn;

public sealed class LayerTests
{
    [Test]
    public void Layers_apply_in_order_and_train()
    {
        using Sequential network = new Sequential(("fc1", new Linear(3, 5)), ("act", new Tanh()), ("fc2", new Linear(5, 2))).Initialize(1);
        using TensorScope scope = Tensor.Scope();
        Tensor x = new Generator(1).Normal([4, 3]);
        Tensor y = network.Forward(x);
        Tensor expected = x.Linear(network.State("fc1.weight"), network.State("fc1.bias")).Tanh().Linear(network.State("fc2.weight"), network.State("fc2.bias"));
        Assert.That(y.ToArray<float>(), Is.EqualTo(expected.ToArray<float>()));
        y.Backward(Tensor.Ones(y.Shape));
        Assert.That(network.Parameters().Select(p => p.Grad), Is.All.Not.Null);
    }

    [Test]
    public void Dropout_acts_in_training_only_and_asks_for_random_numbers()
    {
        using Dropout dropout = new(0.5);
        using Tensor x = Tensor.Ones([1000]);
        Assert.That(dropout.Forward(x), Is.SameAs(x));
        dropout.Train();
        Assert.That(() => dropout.Forward(x), Throws.InvalidOperationException.With.Message.Contains("UseRandom"));
        dropout.UseRandom(new Generator(1));
        using Tensor y = dropout.Forward(x);
        Assert.That(y.ToArray<float>(), Is.All.AnyOf(0f, 2f));
        Assert.That(y.ToArray<float>().Average(), Is.EqualTo(1).Within(0.2));
        Assert.That(() => new Dropout(1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("[0, 1)"));
    }

    [Test]
    public void What_makes_no_layer_is_refused()
    {
        using BatchNorm norm = new(4);
        using Conv2d source = new(3, 4, 3), target = new(3, 4, 3, bias: false);
        Assert.That(() => norm.FoldInto(source, target), Throws.ArgumentException.With.Message.Contains("needs a bias"));
        Assert.That(() => new MultiHeadAttention(8, 2, headSize: 0), Throws.ArgumentException.With.Message.Contains("head size 0"));
        Assert.That(() => new MultiHeadAttention(8, 2, valueSize: -1), Throws.ArgumentException.With.Message.Contains("value size -1"));
    }

    [Test]
    public void Batch_norm_follows_the_batch_in_training_unless_frozen()
    {
        using BatchNorm norm = new(2);
        using Tensor x = new Generator(1).Normal([8, 2, 3, 3], mean: 5);
        norm.Forward(x).Dispose();
        Assert.That(norm.RunningMean.ToArray<float>(), Is.All.Zero, "inference");
        norm.Train();
        norm.Freeze();
        norm.Forward(x).Dispose();
        Assert.That(norm.RunningMean.ToArray<float>(), Is.All.Zero, "frozen");
        norm.Unfreeze();
        norm.Forward(x).Dispose();
        Assert.That(norm.RunningMean.ToArray<float>(), Is.All.InRange(0.4f, 0.6f));
        Assert.That(norm.State("num_batches_tracked").Item<long>(), Is.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Batch_norm_over_channels_folds_into_a_convolution(bool bias)
    {
        using Sequential network = new Sequential(new Conv2d(3, 4, 3, padding: 1, bias: bias), new BatchNorm(4)).Initialize(1);
        Generator random = new(2);
        using TensorScope scope = Tensor.Scope();
        foreach ((string name, double mean) in new[] { ("1.weight", 1.0), ("1.bias", 0.0), ("1.running_mean", 0.5), ("1.running_var", 3.0) })
        {
            network.State(name).CopyFrom<float>(random.Normal([4], mean, 0.3).ToArray<float>());
        }

        Tensor x = random.Normal([2, 3, 6, 5]);
        using Conv2d folded = new(3, 4, 3, padding: 1);
        ((BatchNorm)network.Children[1].Module).FoldInto((Conv2d)network.Children[0].Module, folded);
        Assert.That(folded.Forward(x).ToArray<float>(), Is.EqualTo(network.Forward(x).ToArray<float>()).Within(1e-5f));
    }

    [Test]
    public void Batch_norm_over_time_is_no_part_of_a_convolution()
    {
        using BatchNorm norm = BatchNorm.Keras(5);
        using Conv2d a = new(1, 1, 3), b = new(1, 1, 3);
        Assert.That(() => norm.FoldInto(a, b), Throws.InvalidOperationException.With.Message.Contains("axis -1"));
    }

    [TestCase(12, 7, 3, 2)]
    [TestCase(11, 8, 2, 3)]
    public void Same_padding_gives_as_many_outputs_as_strides_fit(int rows, int columns, int kernel, int stride)
    {
        ConvWindow window = ConvWindow.Of(stride);
        using Conv2d convolution = new Conv2d(2, 3, kernel, window, window, same: true).Initialize(1);
        using Tensor x = new Generator(1).Normal([1, 2, rows, columns]);
        using Tensor y = convolution.Forward(x);
        Assert.That(y.Shape, Is.EqualTo(Shape.Create([1, 3, (rows + stride - 1) / stride, (columns + stride - 1) / stride])));
    }

    [TestCase(9, 2, 3)]
    [TestCase(10, 3, 4)]
    public void Same_padding_in_one_dimension(int length, int stride, int kernel)
    {
        using Conv1d convolution = new Conv1d(2, 3, kernel, ConvWindow.Of(stride), same: true).Initialize(1);
        using Tensor x = new Generator(1).Normal([1, 2, length]);
        using Tensor y = convolution.Forward(x), square = x.Reshape(1, 2, 1, length).Conv2d(
            convolution.Weight.Reshape(3, 2, 1, kernel), convolution.Bias, ConvWindow.Of(), ConvWindow.TensorFlowSame(length, kernel, stride));
        Assert.That(y.Shape, Is.EqualTo(Shape.Create([1, 3, (length + stride - 1) / stride])));
        Assert.That(y.ToArray<float>(), Is.EqualTo(square.ToArray<float>()).Within(1e-6f));
    }

    [Test]
    public void A_causal_convolution_does_not_see_the_future()
    {
        using Conv1d convolution = new Conv1d(1, 2, 3, ConvWindow.Causal(3, dilation: 2)).Initialize(1);
        using TensorScope scope = Tensor.Scope();
        Tensor x = new Generator(1).Normal([1, 1, 8]), cut = Tensor.Concat([x.Slice(-1, 0, 5), Tensor.Zeros([1, 1, 3])], -1);
        Tensor y = convolution.Forward(x);
        Assert.That(y.Shape, Is.EqualTo(Shape.Create([1, 2, 8])));
        Assert.That(convolution.Forward(cut).Slice(-1, 0, 5).ToArray<float>(), Is.EqualTo(y.Slice(-1, 0, 5).ToArray<float>()));
    }

    [Test]
    public void A_layer_works_on_channels_last()
    {
        using ChannelsLast last = new ChannelsLast(new Conv2d(3, 4, 3, padding: 1)).Initialize(1);
        using TensorScope scope = Tensor.Scope();
        Tensor x = new Generator(1).Normal([2, 5, 6, 3]);
        Tensor expected = last.Children[0].Module.Forward(x.Permute(0, 3, 1, 2)).Permute(0, 2, 3, 1);
        Assert.That(last.Forward(x).ToArray<float>(), Is.EqualTo(expected.ToArray<float>()));
        Assert.That(last.NamedParameters().Select(p => p.Name), Is.EqualTo(new[] { "layer.weight", "layer.bias" }));
        Assert.That(() => last.Forward(Tensor.Zeros([3])), Throws.ArgumentException.With.Message.Contains("(N, ..., C)"));
    }

    [TestCase(false, 0)]
    [TestCase(true, 1)]
    public void A_query_without_keys_gets_zeros_or_with_a_mask_of_Keras_the_mean(bool keras, int expected)
    {
        using MultiHeadAttention attention = new MultiHeadAttention(4, 2, headSize: 3, valueSize: 5, memoryDim: 6).Initialize(1);
        using TensorScope scope = Tensor.Scope();
        Generator random = new(1);
        Tensor query = random.Normal([1, 2, 4]), memory = random.Normal([1, 3, 6]);
        Tensor allowed = Tensor.From([true, true, true, false, false, false], [1, 2, 3]);
        Tensor y = attention.Forward(query, memory, keras ? MultiHeadAttention.KerasMask(allowed) : allowed);
        Tensor mean = memory.Linear(attention.State("v.weight"), attention.State("v.bias")).Mean([1]);
        Tensor last = (mean * expected).Linear(attention.State("out.weight"), attention.State("out.bias"));
        Assert.That(y.Select(1, 1).ToArray<float>(), Is.EqualTo(last.ToArray<float>()).Within(1e-5f));
        Assert.That(() => MultiHeadAttention.KerasMask(allowed.Reshape(2, 3)), Throws.ArgumentException.With.Message.Contains("(B, T, S)"));
    }

    [Test]
    public void A_weight_normalised_convolution_starts_as_a_plain_one()
    {
        using WeightNormConv1d convolution = new WeightNormConv1d(4, 6, 3, ConvWindow.Of(padding: 1), groups: 2, dim: 2).Initialize(1);
        using Tensor x = new Generator(1).Normal([2, 4, 9]);
        using Tensor plain = x.Conv1d(convolution.State("weight_v"), convolution.State("bias"), ConvWindow.Of(padding: 1), groups: 2);
        using Tensor y = convolution.Forward(x);
        Assert.That(convolution.State("weight_g").Shape, Is.EqualTo(Shape.Create([1, 1, 3])));
        Assert.That(y.ToArray<float>(), Is.EqualTo(plain.ToArray<float>()).Within(1e-5f));
    }

    [Test]
    public void A_network_gives_the_same_result_on_the_reference_device()
    {
        using Sequential network = new Sequential(
            new Conv2d(1, 4, 3, padding: 1), new BatchNorm(4), new Relu(), new MaxPool2d(2), new ConvTranspose2d(4, 2, 2, stride: 2), new Flatten(), new Linear(96, 5)).Initialize(1);
        using Tensor x = new Generator(1).Normal([2, 1, 6, 8]);
        using Tensor y = network.Forward(x);
        network.To(Device.Reference);
        using Tensor z = network.Forward(x.To(Device.Reference));
        Assert.That(y.ToArray<float>(), Is.EqualTo(z.ToArray<float>()).Within(1e-5f));
    }

    [Test]
    public void Groups_that_do_not_divide_the_channels_are_refused() =>
        Assert.That(() => new Conv1d(4, 6, 3, groups: 4), Throws.ArgumentException.With.Message.Contains("4 groups do not divide 4 input and 6 output"));
}
