using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>Functions of numbers and of their bits, instructions as text, values that are constants of a kernel.</summary>
public sealed class NumberTests
{
    [Kernel]
    private static void Integers(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        that.Is(IntrinsicMath.Abs(-5 * one), 5);
        that.Is(IntrinsicMath.Abs(-5L * one), 5);
        that.Is(IntrinsicMath.Min(-5 * one, 3), -5);
        that.Is(IntrinsicMath.Min((uint)(-5 * one), 3u), 3);
        that.Is(IntrinsicMath.Min(-5L * one, 3L), -5);
        that.Is((long)IntrinsicMath.Min((ulong)(-5L * one), 3ul), 3);
        that.Is(IntrinsicMath.Max(-5 * one, 3), 3);
        that.Is(IntrinsicMath.Max((uint)(-5 * one), 3u), 0xfffffffb);
        that.Is(IntrinsicMath.Max(-5L * one, 3L), 3);
        that.Is((long)IntrinsicMath.Max((ulong)(-5L * one), 3ul), -5);
        that.Is(IntrinsicMath.Clamp(-5 * one, -2, 3), -2);
        that.Is(IntrinsicMath.Clamp(7u * (uint)one, 2u, 3u), 3);
        that.Is(IntrinsicMath.Clamp(7L * one, -2L, 3L), 3);
        that.Is((long)IntrinsicMath.Clamp(1ul * (ulong)one, 2ul, 3ul), 2);
        that.Is(IntrinsicMath.DivRoundUp(13 * one, 4), 4);
        that.Is(IntrinsicMath.DivRoundUp(12 * one, 4), 3);
        that.Is(IntrinsicMath.DivRoundUp(13L * one, 4L), 4);
        that.Is(IntrinsicMath.DivRoundDown(13 * one, 4), 3);
        that.Is(IntrinsicMath.DivRoundDown(13L * one, 4L), 3);
        that.Is(IntrinsicMath.PopCount(-one), 32);
        that.Is(IntrinsicMath.PopCount(0xf0u * (uint)one), 4);
        that.Is(IntrinsicMath.PopCount(-1L * one), 64);
        that.Is(IntrinsicMath.PopCount(0xf0ul * (ulong)one), 4);
        that.Is(IntrinsicMath.LeadingZeroCount(0x00100000 * one), 11);
        that.Is(IntrinsicMath.LeadingZeroCount(0u * (uint)one), 32);
        that.Is(IntrinsicMath.LeadingZeroCount(0x00100000L * one), 43);
        that.Is(IntrinsicMath.LeadingZeroCount(0ul * (ulong)one), 64);
        that.Is(IntrinsicMath.TrailingZeroCount(0x00100000 * one), 20);
        that.Is(IntrinsicMath.TrailingZeroCount(0u * (uint)one), 32);
        that.Is(IntrinsicMath.TrailingZeroCount((1L << 40) * one), 40);
        that.Is(IntrinsicMath.TrailingZeroCount(0ul * (ulong)one), 64);
        that.Finish();
    }

    [Kernel]
    private static void FloatsAndBits(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        float f = -2.5f * one;
        double d = -2.5 * one;
        that.Is(IntrinsicMath.Abs(f), 2.5f);
        that.Is(IntrinsicMath.Abs(d), 2.5);
        that.Is(IntrinsicMath.Min(f, 1f), -2.5f);
        that.Is(IntrinsicMath.Min(d, 1d), -2.5);
        that.Is(IntrinsicMath.Max(f, 1f), 1f);
        that.Is(IntrinsicMath.Max(d, 1d), 1d);
        that.Is(float.IsNaN(IntrinsicMath.Max(float.NaN * one, f)), true);
        that.Is(IntrinsicMath.Clamp(f, -2f, 3f), -2f);
        that.Is(IntrinsicMath.Clamp(d, -2d, 3d), -2d);
        that.Is(IntrinsicMath.CopySign(4f, f), -4f);
        that.Is(IntrinsicMath.CopySign(4d, d), -4d);
        that.Is(Interop.FloatAsInt(f), 0xc0200000);
        that.Is((long)Interop.FloatAsInt(d), unchecked((long)0xc004000000000000));
        that.Is(Interop.IntAsFloat(0x40200000u * (uint)one), 2.5f);
        that.Is(Interop.IntAsFloat(0x4004000000000000ul * (ulong)one), 2.5);
        that.Is(Interop.SizeOf<Float4>(), 16);
        that.Is(Interop.SizeOf(d), 8);
        that.Is(Interop.ComputeRelativeSizeOf<Float4, float>(13L * one), 4);
        that.Is(Interop.ComputeAlignmentOffset(20L * one, 16), 12);
        that.Is(Interop.ComputeAlignmentOffset(32L * one, 16), 0);
        that.Is(Interop.Align(20L * one, 100, 16), 12);
        that.Is(Interop.Align(20L * one, 8, 16), 8);
        var quad = new Float4(f, 2, 3, 4);
        (float x, float y, float z, float w) = quad;
        that.Is(x + (10 * y) + (100 * z) + (1000 * w), 4317.5f);
        Float4 other = quad with { X = 9, Y = 8, Z = 7, W = 6 };
        that.Is(other.X + (10 * other.Y) + (100 * other.Z) + (1000 * other.W), 6789f);
        (float a, float b) = new Float2(f, 7);
        that.Is(a + b, 4.5f);
        Float2 pair = new Float2(f, 7) with { X = one, Y = 2 };
        that.Is(pair.X + (10 * pair.Y), 21f);
        that.Is(CudaAsm.IsSupported, Target.Sm > 0);
        that.Is(Target.HasAsyncCopy, Target.Sm >= 80);
        that.Is(Target.HasMatrixLoad, Target.Sm >= 75);
        that.Is(Target.HasTensorCores, Target.Sm >= 80);
        that.Is(Target.MaxSharedBytes, Target.Sm switch { 70 => 96 * 1024, 80 => 163 * 1024, 90 => 227 * 1024, _ => 48 * 1024 });
        that.Finish();
    }

    [Test]
    public void Functions_of_integers() => KernelChecks.Run(Integers);

    [Test]
    public void Functions_of_floats_and_bits() => KernelChecks.Run(FloatsAndBits);

    [Kernel]
    private static void Specialised(ArrayView<int> output, SpecializedValue<int> count, SpecializedValue<int> other)
    {
        output[0] = count;
        output[1] = count.Value;
        output[2] = count == other ? 1 : 0;
        output[3] = count != other ? 1 : 0;
        output[4] = count.Equals(other) ? 1 : 0;
    }

    [Test]
    public void A_specialised_value_is_its_value()
    {
        using var gpu = new Compiler.Gpu();
        ArrayView<int> output = gpu.Upload(new int[5]);
        Kernel<ArrayView<int>, SpecializedValue<int>, SpecializedValue<int>> kernel = Kernel.Create<ArrayView<int>, SpecializedValue<int>, SpecializedValue<int>>(Specialised);
        kernel.Launch(gpu.Device, new LaunchShape(1, 1), output, SpecializedValue.New(6), new SpecializedValue<int>(7));
        Assert.That(gpu.Read(output), Is.EqualTo(new[] { 6, 6, 0, 1, 0 }));
        kernel.Launch(gpu.Device, new LaunchShape(1, 1), output, SpecializedValue.New(7), new SpecializedValue<int>(7));
        Assert.That(gpu.Read(output), Is.EqualTo(new[] { 7, 7, 1, 0, 1 }));
    }

    // An instruction with as many operands as there are: the sum of all but the first, by nested adds.
    [Kernel]
    private static void Emitted(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        CudaAsm.Emit("bar.warp.sync 0xffffffff;");
        CudaAsm.Emit("{ .reg .b32 t; mov.b32 t, %0; }", one);
        CudaAsm.Emit("mov.u32 %0, %%ntid.x;", out int threads);
        that.Is(threads, 1);
        CudaAsm.Emit("{ .reg .b32 t; add.s32 t, %0, %1; }", one, one);
        CudaAsm.Emit("add.s32 %0, %1, 5;", out int r1, one);
        that.Is(r1, 6);
        CudaAsm.Emit("{ .reg .b32 t; add.s32 t, %0, %1; add.s32 t, t, %2; }", one, one, one);
        CudaAsm.Emit("sub.s32 %0, %1, %2;", out int r2, one, 5 * one);
        that.Is(r2, -4);
        CudaAsm.Emit("{ .reg .b32 t; mad.lo.s32 t, %0, %1, %2; add.s32 t, t, %3; }", one, one, one, one);
        CudaAsm.Emit("mad.lo.s32 %0, %1, %2, %3;", out int r3, 3 * one, 5 * one, 7 * one);
        that.Is(r3, 22);
        CudaAsm.Emit("{ .reg .b32 t; mad.lo.s32 t, %0, %1, %2; mad.lo.s32 t, t, %3, %4; }", one, one, one, one, one);
        CudaAsm.Emit("mad.lo.s32 %0, %1, %2, %3; sub.s32 %0, %0, %4;", out int r4, 3 * one, 5 * one, 7 * one, one);
        that.Is(r4, 21);
        CudaAsm.Emit("{ .reg .b32 t; mad.lo.s32 t, %0, %1, %2; mad.lo.s32 t, %3, %4, %5; }", one, one, one, one, one, one);
        CudaAsm.Emit("mad.lo.s32 %0, %1, %2, %3; mad.lo.s32 %0, %0, %4, %5;", out int r5, one, one, one, 4 * one, 5 * one);
        that.Is(r5, 13);
        CudaAsm.Emit("{ .reg .b32 t; mad.lo.s32 t, %0, %1, %2; mad.lo.s32 t, %3, %4, %5; add.s32 t, t, %6; }", one, one, one, one, one, one, one);
        CudaAsm.Emit("mad.lo.s32 %0, %1, %2, %3; mad.lo.s32 %0, %0, %4, %5; sub.s32 %0, %0, %6;", out int r6, one, one, one, 4 * one, 5 * one, 6 * one);
        that.Is(r6, 7);
        CudaAsm.Emit("{ .reg .b32 t; mad.lo.s32 t, %0, %1, %2; mad.lo.s32 t, %3, %4, %5; mad.lo.s32 t, t, %6, %7; }", one, one, one, one, one, one, one, one);
        CudaAsm.Emit(
            "mad.lo.s32 %0, %1, %2, %3; mad.lo.s32 %0, %0, %4, %5; mad.lo.s32 %0, %0, %6, %7;", out int r7, one, one, one, 4 * one, 5 * one, 6 * one, 7 * one);
        that.Is(r7, 85);
        CudaAsm.Emit(
            "{ .reg .b32 t; mad.lo.s32 t, %0, %1, %2; mad.lo.s32 t, %3, %4, %5; mad.lo.s32 t, %6, %7, %8; }", one, one, one, one, one, one, one, one, one);
        CudaAsm.Emit(
            "mad.lo.s32 %0, %1, %2, %3; mad.lo.s32 %0, %0, %4, %5; mad.lo.s32 %0, %0, %6, %7; sub.s32 %0, %0, %8;",
            out int r8, one, one, one, 4 * one, 5 * one, 6 * one, 7 * one, 8 * one);
        that.Is(r8, 77);
        CudaAsm.Emit(
            "{ .reg .b32 t; mad.lo.s32 t, %0, %1, %2; mad.lo.s32 t, %3, %4, %5; mad.lo.s32 t, %6, %7, %8; add.s32 t, t, %9; }",
            one, one, one, one, one, one, one, one, one, one);
        CudaAsm.Emit(
            "mad.lo.s32 %0, %1, %2, %3; mad.lo.s32 %0, %0, %4, %5; mad.lo.s32 %0, %0, %6, %7; mad.lo.s32 %0, %0, %8, %9;",
            out int r9, one, one, one, 4 * one, 5 * one, 6 * one, 7 * one, 8 * one, 9 * one);
        that.Is(r9, 689);
        CudaAsm.Emit("add.f32 %0, %1, %2;", out float f, 1.5f * one, 2f);
        that.Is(f, 3.5f);
        CudaAsm.Emit("add.s64 %0, %1, %2;", out long l, 5_000_000_000 * one, 1L);
        that.Is(l, 5_000_000_001);
        CudaAsm.Emit("mul.f64 %0, %1, %2;", out double d, 1.5 * one, 4.0);
        that.Is(d, 6.0);
        that.Finish();
    }

    [Kernel]
    private static void EmittedByReference(ArrayView<long> results, int one)
    {
        var that = new KernelChecks(results);
        Ref<int> a = 1 * one, sum = default(int);
        Input<int> b = 2 * one, c = 3 * one, d = 4 * one, e = 5 * one, f = 6 * one, g = 7 * one, h = 8 * one, i = 9 * one, j = 10 * one, k = 11 * one, l = 12 * one, m = 13 * one, n = 14 * one, o = 15 * one;
        Output<int> set = default;
        CudaAsm.EmitRef("add.s32 %0, %0, 100;", ref a);
        that.Is(a.Value, 101);
        a = one;
        CudaAsm.EmitRef("mov.b32 %0, 42;", ref set);
        that.Is(set.Value, 42);
        CudaAsm.EmitRef("add.s32 %0, %0, %1;", ref sum, ref b);
        that.Is(sum.Value, 2);
        CudaAsm.EmitRef("mad.lo.s32 %0, %1, %2, %0;", ref sum, ref b, ref c);
        that.Is(sum.Value, 8);
        CudaAsm.EmitRef("add.s32 %0, %1, %2; add.s32 %0, %0, %3;", ref set, ref b, ref c, ref d);
        that.Is(set.Value, 9);
        CudaAsm.EmitRef("add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0;", ref set, ref b, ref c, ref d, ref e);
        that.Is(set.Value, 25);
        CudaAsm.EmitRef("add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; sub.s32 %0, %0, %5;", ref set, ref b, ref c, ref d, ref e, ref f);
        that.Is(set.Value, 19);
        CudaAsm.EmitRef("add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; mad.lo.s32 %0, %5, %6, %0;", ref set, ref b, ref c, ref d, ref e, ref f, ref g);
        that.Is(set.Value, 67);
        CudaAsm.EmitRef(
            "add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; mad.lo.s32 %0, %5, %6, %0; sub.s32 %0, %0, %7;", ref set, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        that.Is(set.Value, 59);
        CudaAsm.EmitRef(
            "add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; mad.lo.s32 %0, %5, %6, %0; mad.lo.s32 %0, %7, %8, %0;",
            ref set, ref b, ref c, ref d, ref e, ref f, ref g, ref h, ref i);
        that.Is(set.Value, 139);
        CudaAsm.EmitRef(
            "add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; mad.lo.s32 %0, %5, %6, %0; mad.lo.s32 %0, %7, %8, %0; sub.s32 %0, %0, %9;",
            ref set, ref b, ref c, ref d, ref e, ref f, ref g, ref h, ref i, ref j);
        that.Is(set.Value, 129);
        CudaAsm.EmitRef(
            "add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; mad.lo.s32 %0, %5, %6, %0; mad.lo.s32 %0, %7, %8, %0; mad.lo.s32 %0, %9, %10, %0;",
            ref set, ref b, ref c, ref d, ref e, ref f, ref g, ref h, ref i, ref j, ref k);
        that.Is(set.Value, 249);
        CudaAsm.EmitRef(
            "add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; mad.lo.s32 %0, %5, %6, %0; mad.lo.s32 %0, %7, %8, %0; mad.lo.s32 %0, %9, %10, %0; sub.s32 %0, %0, %11;",
            ref set, ref b, ref c, ref d, ref e, ref f, ref g, ref h, ref i, ref j, ref k, ref l);
        that.Is(set.Value, 237);
        CudaAsm.EmitRef(
            "add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; mad.lo.s32 %0, %5, %6, %0; mad.lo.s32 %0, %7, %8, %0; mad.lo.s32 %0, %9, %10, %0; mad.lo.s32 %0, %11, %12, %0;",
            ref set, ref b, ref c, ref d, ref e, ref f, ref g, ref h, ref i, ref j, ref k, ref l, ref m);
        that.Is(set.Value, 405);
        CudaAsm.EmitRef(
            "add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; mad.lo.s32 %0, %5, %6, %0; mad.lo.s32 %0, %7, %8, %0; mad.lo.s32 %0, %9, %10, %0; mad.lo.s32 %0, %11, %12, %0; sub.s32 %0, %0, %13;",
            ref set, ref b, ref c, ref d, ref e, ref f, ref g, ref h, ref i, ref j, ref k, ref l, ref m, ref n);
        that.Is(set.Value, 391);
        CudaAsm.EmitRef(
            "add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; mad.lo.s32 %0, %5, %6, %0; mad.lo.s32 %0, %7, %8, %0; mad.lo.s32 %0, %9, %10, %0; mad.lo.s32 %0, %11, %12, %0; mad.lo.s32 %0, %13, %14, %0;",
            ref set, ref b, ref c, ref d, ref e, ref f, ref g, ref h, ref i, ref j, ref k, ref l, ref m, ref n, ref o);
        that.Is(set.Value, 615);
        CudaAsm.EmitRef(
            "add.s32 %0, %1, %2; mad.lo.s32 %0, %3, %4, %0; mad.lo.s32 %0, %5, %6, %0; mad.lo.s32 %0, %7, %8, %0; mad.lo.s32 %0, %9, %10, %0; mad.lo.s32 %0, %11, %12, %0; mad.lo.s32 %0, %13, %14, %0; add.s32 %15, %15, %0;",
            ref set, ref b, ref c, ref d, ref e, ref f, ref g, ref h, ref i, ref j, ref k, ref l, ref m, ref n, ref o, ref a);
        that.Is(set.Value, 615);
        that.Is(a.Value, 616);
        that.Finish();
    }

    [Test]
    public void Instructions_with_every_number_of_operands()
    {
        KernelChecks.Run(Emitted, onHost: false);
        KernelChecks.Run(EmittedByReference, onHost: false);
    }
}
