namespace RawSer.Kernels.Tests;

/// <summary>Which elements dropout keeps is one function of the source, with and without values to scale, on every backend.</summary>
public sealed unsafe class DropoutMaskTests
{
    [TestCase(1)]
    [TestCase(64)]
    [TestCase(1000)]
    [TestCase(100_003)] // several parts, and a block that ends early
    public void The_mask_is_that_of_dropout_and_of_the_reference(int count)
    {
        using var arrays = new DenseArrays();
        RandomSource source = new(5, 6, 7);
        View x = arrays.Of([count], _ => 1), y = arrays.Empty([count]);
        View dropped = arrays.Empty([count], DType.Bool), mask = arrays.Empty([count], DType.Bool), reference = arrays.Empty([count], DType.Bool);
        CpuBackend.Instance.Dropout(x, y, dropped, source, 0.4);
        CpuBackend.Instance.DropoutMask(mask, source, 0.4);
        ReferenceBackend.Instance.DropoutMask(reference, source, 0.4);

        bool[] expected = Flags(reference);
        Assert.That(Flags(mask), Is.EqualTo(expected));
        Assert.That(Flags(dropped), Is.EqualTo(expected));
        Assert.That(expected.Count(kept => kept), Is.EqualTo(0.6 * count).Within(4 * Math.Sqrt(0.24 * count)), "four deviations of the binomial distribution");
    }

    private static bool[] Flags(View mask) => new Span<bool>(mask.Pointer<bool>(), (int)mask.Count).ToArray();
}
