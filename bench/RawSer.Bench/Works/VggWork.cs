using RawSer.Kernels;
using RawSer.Models.Vgg;

namespace RawSer.Bench.Works;

/// <summary>The convolutions of VGG16 with procedural weights.</summary>
internal static class VggWork
{
    /// <summary>The last maps of one picture, with packed weights.</summary>
    public static void Infer(double seconds)
    {
        using VggFeatures features = new(VggOptions.ImageNet);
        VggWeights.Synthesize(features, seed: 1);
        features.Eval();
        features.PackWeights(keepOriginals: false);
        using Tensor picture = new Generator(2).Normal([1, 3, 224, 224]);
        using NoGradScope noGrad = Autograd.NoGrad();
        Measurement.Of("vgg/infer", seconds, WorkerPool.Shared.ThreadCount, () =>
        {
            using TensorScope scope = Tensor.Scope();
            features.Forward(picture);
        }).Print();
    }
}
