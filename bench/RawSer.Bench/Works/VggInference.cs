using RawSer.Models.Vgg;

namespace RawSer.Bench.Works;

/// <summary>The convolutions of VGG16 with procedural weights, packed: the last maps of one picture.</summary>
internal sealed class VggInference : INetworkWork
{
    private readonly VggFeatures _features = new(VggOptions.ImageNet);
    private readonly Tensor _picture = new Generator(2).Normal([1, 3, 224, 224]);

    public VggInference()
    {
        VggWeights.Synthesize(_features, seed: 1);
        _features.Eval();
        _features.PackWeights(keepOriginals: false);
    }

    public void Run()
    {
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        _features.Forward(_picture);
    }

    public void Dispose()
    {
        _features.Dispose();
        _picture.Dispose();
    }
}
