using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>Kernels without loops: addressing, vectors, generic operations.</summary>
public sealed class ElementwiseTests
{
    private interface IBinary
    {
        static abstract float Apply(float a, float b);
    }

    private readonly struct Sum : IBinary
    {
        public static float Apply(float a, float b) => a + b;
    }

    private static void Add(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i < n)
        {
            c[i] = a[i] + b[i];
        }
    }

    private static void Binary<TOp>(ArrayView<Float4> a, ArrayView<Float4> b, ArrayView<Float4> c)
        where TOp : struct, IBinary
    {
        int i = Grid.GlobalIndex.X;
        Float4 x = a[i];
        Float4 y = b[i];
        c[i] = new Float4(TOp.Apply(x.X, y.X), TOp.Apply(x.Y, y.Y), TOp.Apply(x.Z, y.Z), TOp.Apply(x.W, y.W));
    }

    [Test]
    public void AddressesAreGlobalAndLengthsUnread()
    {
        var kernel = Ptx.Compile(typeof(ElementwiseTests), nameof(Add));
        Ptx.AssertClean(kernel);
        Assert.Multiple(() =>
        {
            Assert.That(kernel.Count("ld.param"), Is.EqualTo(4), "three pointers and n: no lengths");
            Assert.That(kernel.Count("ld.global.f32"), Is.EqualTo(2));
            Assert.That(kernel.Count("st.global.f32"), Is.EqualTo(1));
            Assert.That(kernel.Count("mul.wide.s32"), Is.EqualTo(1), "one offset for three views");
            Assert.That(kernel.ParameterLayout.Select(p => p.Offset), Is.EqualTo(new[] { 0, 16, 32, 48 }));
        });
    }

    private static void Choose(ArrayView<int> a, ArrayView<int> b)
    {
        int i = Grid.GlobalIndex.X;
        Smaller(a[i], a[i + 1], out int smaller);
        b[i] = smaller;
    }

    /// <summary>The address of the result lies on the evaluation stack while the value is chosen.</summary>
    private static void Smaller(int x, int y, out int smaller) => smaller = x < y ? x : y * y;

    [Test]
    public void AnAddressThatWaitsForAChoiceKeepsNoMemory() => Ptx.AssertClean(Ptx.Compile(typeof(ElementwiseTests), nameof(Choose)));

    [Test]
    public void StructsOfSixteenBytesAreOneAccess()
    {
        var kernel = Ptx.Compile(typeof(ElementwiseTests), nameof(Binary), null, typeof(Sum));
        Ptx.AssertClean(kernel);
        Assert.Multiple(() =>
        {
            Assert.That(kernel.Count("ld.global.v4.f32"), Is.EqualTo(2));
            Assert.That(kernel.Count("st.global.v4.f32"), Is.EqualTo(1));
            Assert.That(kernel.Count("add.f32"), Is.EqualTo(4));
            Assert.That(kernel.Name, Is.EqualTo("ElementwiseTests_Binary_ElementwiseTests_Sum"));
            Assert.That(kernel.Statistics.VectorAccesses, Is.EqualTo(3));
        });
    }

    private readonly record struct Record(Float4 Value, float Weight);

    private static void Fields(ArrayView<Record> records, ArrayView<Float4> values)
    {
        int i = Grid.GlobalIndex.X;
        values[i] = records[i].Value;
    }

    [Test]
    public void FieldsAreNotTakenForAligned()
    {
        using var gpu = new Gpu();
        var (records, values) = (gpu.Upload(Enumerable.Range(0, 160).Select(i => (float)i).ToArray()), gpu.Upload(new float[128]));
        Kernel.Create<ArrayView<Record>, ArrayView<Float4>>(Fields).Launch(gpu.Device, new LaunchShape(1, 32), records.Cast<Record>(), values.Cast<Float4>());
        Assert.That(gpu.Read(values), Is.EqualTo(Enumerable.Range(0, 160).Where(i => i % 5 != 4).Select(i => (float)i)));
    }

    [Test]
    public void TextIsTheSameEachTime()
    {
        var first = Ptx.Compile(typeof(ElementwiseTests), nameof(Binary), null, typeof(Sum));
        var second = Ptx.Compile(typeof(ElementwiseTests), nameof(Binary), null, typeof(Sum));
        Assert.That(second.Ptx, Is.EqualTo(first.Ptx));
    }
}
