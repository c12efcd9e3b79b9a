using RawSer.Models.Vgg;
using RawSer.Nn;

namespace RawSer.Models.Tests.Vgg;

public sealed class VggNetworkTests
{
    private static readonly VggOptions s_small = new() { Blocks = [new([4]), new([6, 5])], ImageSize = 8, Hidden = [5], DroppedLayers = 1, Classes = 3 };

    [Test]
    public void Frozen_base_and_rest_are_the_whole_network()
    {
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        using VggNetwork whole = new(s_small);
        whole.Initialize(seed: 1, InitScheme.Keras);
        Tensor input = new Generator(2, 0).Normal([2, 3, 8, 8]);
        float[] expected = whole.Forward(input).ToArray<float>();
        for (int first = 0; first <= s_small.ConvolutionCount; first++)
        {
            VggNetwork rest = whole.From(first);
            Tensor maps = first == 0 ? input : whole.Features.Part(0, first).Forward(input);
            Assert.That(maps.Shape, Is.EqualTo(rest.InputShape(2)), $"{first}");
            Assert.That(rest.Forward(maps).ToArray<float>(), Is.EqualTo(expected), $"{first}");
        }
    }

    /// <summary>What is computed once and kept, and what is computed again in other batches, must be the same.</summary>
    [Test]
    public void A_picture_gives_the_same_bits_in_every_batch([Values] bool packed)
    {
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        using VggFeatures features = new(new VggOptions { Blocks = [new([32]), new([40, 48])], ImageSize = 20, Hidden = [], DroppedLayers = 0, Classes = 3 });
        features.Initialize(seed: 1, InitScheme.Keras);
        if (packed)
        {
            features.PackWeights();
        }

        Tensor pictures = new Generator(2, 0).Normal([9, 3, 20, 20]);
        float[] together = features.Forward(pictures).ToArray<float>();
        float[] one = [.. Enumerable.Range(0, 9).SelectMany(i => features.Forward(pictures.Slice(0, i, i + 1)).ToArray<float>())];
        float[] few = [.. new[] { (0, 4), (4, 9) }.SelectMany(part => features.Forward(pictures.Slice(0, part.Item1, part.Item2)).ToArray<float>())];
        Assert.That(one, Is.EqualTo(together));
        Assert.That(few, Is.EqualTo(together));
    }

    [Test]
    public void Layer_by_layer_is_the_fused_pass()
    {
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        using VggNetwork network = new(s_small);
        network.Initialize(seed: 1, InitScheme.Keras);
        Tensor input = new Generator(2, 0).Normal([1, 3, 8, 8]);
        Tensor? layers = null;
        Module.Observe(_ => { }, () => layers = network.Forward(input));
        Assert.That(network.Forward(input).ToArray<float>(), Is.EqualTo(layers!.ToArray<float>()).Within(1e-5f));
    }

    [Test]
    public void Wrong_pictures_and_options_are_named()
    {
        using TensorScope scope = Tensor.Scope();
        using VggNetwork network = new(s_small);
        Assert.That(() => network.Forward(Tensor.Zeros([1, 3, 8, 9])), Throws.ArgumentException.With.Message.EqualTo("vgg: input of shape (1, 3, 8, 9), expected (N, 3, 8, 8)"));
        Assert.That(() => new VggNetwork(s_small with { ImageSize = 3 }), Throws.ArgumentException.With.Message.Contains("at least 4 x 4"));
        Assert.That(() => new VggNetwork(s_small with { Dropout = 1 }), Throws.ArgumentException.With.Message.Contains("dropout from 0 to below 1"));
        Assert.That(() => network.Features.TrainLast(4), Throws.ArgumentException.With.Message.Contains("there are 3"));
    }
}
