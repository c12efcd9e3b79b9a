using System.Reflection;
using System.Runtime.CompilerServices;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>Views are plain C#: over pinned host memory they work as they do in a kernel.</summary>
public sealed unsafe class ViewTests
{
    private float[] _memory = [];

    [SetUp]
    public void FillMemory()
    {
        _memory = GC.AllocateArray<float>(64, pinned: true);
        for (int i = 0; i < _memory.Length; i++)
        {
            _memory[i] = i;
        }
    }

    private ArrayView<float> View => new((ulong)Unsafe.AsPointer(ref _memory[0]), _memory.Length);

    [Test]
    public void A_view_is_an_address_and_a_length() =>
        Assert.Multiple(() =>
        {
            Assert.That(Unsafe.SizeOf<ArrayView<byte>>(), Is.EqualTo(16));
            Assert.That(Unsafe.SizeOf<ArrayView1D<byte, Stride1D.Dense>>(), Is.EqualTo(32));
            Assert.That(Unsafe.SizeOf<ArrayView2D<byte, Stride2D.DenseY>>(), Is.EqualTo(40));
            Assert.That(new ArrayView<float>(256, 3).LengthInBytes, Is.EqualTo(12));
            Assert.That(ArrayView<float>.Empty.HasNoData(), Is.True);
        });

    [Test]
    public void Parts_and_casts_share_the_memory()
    {
        View.SubView(8, 4)[1] = -1;

        Assert.That(_memory[9], Is.EqualTo(-1));
        Assert.That(View.SubView(60L).Length, Is.EqualTo(4));
        Assert.That(View.SubView(1, 7).Cast<Float4>().Length, Is.EqualTo(1));
        Assert.That(View.Cast<Float4>()[2], Is.EqualTo(new Float4(8, -1, 10, 11)));
        Assert.That(View.VariableView(new Index1D(5)).SubView<byte>(3).Value, Is.EqualTo(0x40)); // high byte of 5.0f
    }

    [Test]
    public void An_index_outside_is_refused_on_the_host()
    {
        Assert.That(() => View[64], Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => View[-1L], Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Matrix()[3, 0], Throws.TypeOf<ArgumentOutOfRangeException>());

        ArrayView2D<float, Stride2D.DenseY> Matrix() => new(View, new LongIndex2D(3, 4), new Stride2D.DenseY(8));
    }

    [TestCase(0, ExpectedResult = 0)]
    [TestCase(1, ExpectedResult = 3)]
    [TestCase(4, ExpectedResult = 0)]
    public long Alignment_splits_a_view(int start)
    {
        // The first float of a pinned array may itself not be aligned to 16 bytes.
        int first = Interop.ComputeAlignmentOffset((long)(ulong)Unsafe.AsPointer(ref _memory[0]), 16) / sizeof(float);
        var (prefix, main) = View.SubView(first + start, 20).AlignTo(16);

        Assert.That(main[0], Is.EqualTo(first + start + prefix.Length));
        Assert.That(prefix.Length + main.Length, Is.EqualTo(20));
        return prefix.Length;
    }

    [Test]
    public void A_matrix_is_read_by_its_stride_and_transposed_by_exchanging_it()
    {
        var rows = new ArrayView2D<float, Stride2D.DenseY>(View, new LongIndex2D(3, 4), new Stride2D.DenseY(8));

        Assert.That(rows[2, 3], Is.EqualTo(19));
        Assert.That(rows.AsTransposed()[3, 2], Is.EqualTo(19));
        Assert.That(rows.AsGeneral()[new Index2D(1, 1)], Is.EqualTo(9));
        Assert.That(rows.SubView(new Index2D(1, 2), new Index2D(2, 2))[1, 1], Is.EqualTo(19));
        Assert.That(rows.Cast<float, Float4>()[2, 0].X, Is.EqualTo(16));
        Assert.That(rows.Cast<float, Float4>().Extent, Is.EqualTo(new LongIndex2D(3, 1)));
    }

    [Test]
    public void A_volume_is_read_by_its_stride()
    {
        LongIndex3D extent = new(2, 3, 4);
        var inner = new ArrayView3D<float, Stride3D.DenseZY>(View, extent, Stride3D.DenseZY.FromExtent(extent));
        var outer = new ArrayView3D<float, Stride3D.DenseXY>(View, extent, Stride3D.DenseXY.FromExtent(extent));

        Assert.That(inner[1, 2, 3], Is.EqualTo(((1 * 3) + 2) * 4 + 3));
        Assert.That(outer[1, 2, 3], Is.EqualTo(((3 * 3) + 2) * 2 + 1));
        Assert.That(inner.AsTransposed()[3, 2, 1], Is.EqualTo(inner[1, 2, 3]));
    }

    [Test]
    public void An_element_gives_its_index_back()
    {
        Index3D extent = new(2, 3, 4);
        for (int i = 0; i < extent.Size; i++)
        {
            Check(new Stride3D.DenseZY(12, 4), i);
            Check(new Stride3D.DenseXY(2, 6), i);
            Check(new Stride3D.General(new Index3D(12, 4, 1)), i);
            Check(new Stride3D.General(new Index3D(1, 2, 6)), i);
        }

        Assert.That(new Stride2D.DenseX(5).ReconstructFromElementIndex(13), Is.EqualTo(new Index2D(3, 2)));
        Assert.That(new Stride2D.DenseY(5).ReconstructFromElementIndex(13), Is.EqualTo(new Index2D(2, 3)));
        Assert.That(Stride2D.DenseX.ComputeElementIndex(new Index2D(3, 2), new Index2D(5, 9)), Is.EqualTo(13));
        Assert.That(Stride3D.DenseZY.ReconstructFromElementIndex(23, extent), Is.EqualTo(new Index3D(1, 2, 3)));

        static void Check<TStride>(TStride stride, int element) where TStride : struct, IStride3D =>
            Assert.That(stride.ComputeElementIndex(stride.ReconstructFromElementIndex(element)), Is.EqualTo(element));
    }

    [Test]
    public void A_launch_has_the_shape_of_its_configuration()
    {
        KernelConfig config = (new Index2D(3, 2), new Index2D(16, 8));
        LaunchShape shape = new KernelConfig(config.GridDim, config.GroupDim, SharedMemoryConfig.RequestDynamic<double>(100));

        Assert.That(shape, Is.EqualTo(new LaunchShape((3, 2), (16, 8), 800)));
        Assert.That(config.Size, Is.EqualTo(6 * 128));
        Assert.That(config.IsValid, Is.True);
        Assert.That(default(KernelConfig).IsValid, Is.False);
    }

    [Test]
    public void Outside_a_kernel_an_intrinsic_says_so()
    {
        Assert.That(() => Group.IdxX, Throws.InvalidOperationException.With.Message.Contains("IdxX").And.Message.Contains("kernel"));
        Assert.That(() => SharedMemory.Allocate<int>(4), Throws.InvalidOperationException);
        Assert.That(CudaAsm.IsSupported, Is.False);
        Assert.That(Target.HasTensorCores, Is.False);
    }

    [Test]
    public void Each_intrinsic_stands_in_the_table_of_its_attribute()
    {
        IEnumerable<string> names = typeof(Group).Assembly.GetTypes()
            .SelectMany(type => type.GetMembers(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(member => member.GetCustomAttribute<DeviceIntrinsicAttribute>()?.Name)
            .OfType<string>()
            .Distinct();

        Assert.That(names.Order(StringComparer.Ordinal), Is.EqualTo(DeviceIntrinsicAttribute.Names.Order(StringComparer.Ordinal)));
    }
}
