using RawSer.Testing;

namespace RawSer.Kernels.Tests;

public sealed class SoftmaxTests
{
    private static readonly int[][] Shapes = [[7], [16], [33], [3, 1], [5, 100], [4, 9, 70], [2, 300, 3], [40, 130, 65]];

    [Test]
    public void Forward_and_backward_are_those_of_the_reference([ValueSource(nameof(Shapes))] int[] extents, [Values] bool log)
    {
        Random random = new(1);
        for (int dim = 0; dim < extents.Length; dim++)
        {
            using GuardedViews views = new();
            View x = views.Random(random, extents), dy = views.Random(random, extents);
            View y = views.Random(random, extents), expectedY = views.Random(random, extents);
            View dx = views.Random(random, extents), expectedDx = views.Random(random, extents);
            CpuBackend.Instance.Softmax(x, y, dim, log);
            ReferenceBackend.Instance.Softmax(x, expectedY, dim, log);
            CpuBackend.Instance.SoftmaxBackward(y, dy, dx, dim, log);
            ReferenceBackend.Instance.SoftmaxBackward(y, dy, expectedDx, dim, log);

            Tolerance forward = Tolerance.Transcendental(DType.F32);
            Tolerance backward = Tolerance.Accumulated(DType.F32, extents[dim], log ? 0.5 : 0.5 / extents[dim]);
            Assert.That(Closeness.Mismatch<float>(GuardedViews.Values(y), GuardedViews.Values(expectedY), forward), Is.Null, $"forward, dimension {dim}");
            Assert.That(Closeness.Mismatch<float>(GuardedViews.Values(dx), GuardedViews.Values(expectedDx), backward with { Relative = forward.Relative }), Is.Null, $"backward, dimension {dim}");
            views.CheckGuards();
        }
    }
}
