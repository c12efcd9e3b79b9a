using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>
/// The extensions for newer targets, each also on a target that lacks them. The emulator that runs them agrees with nvcc's programs of the same
/// instructions (goldens/ptx: mma_*, ldmatrix_all, async_*).
/// </summary>
public sealed class TensorCoreTests
{
    private static void Bf16Tile(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c)
    {
        int row = Warp.LaneIdx / 4, pair = Warp.LaneIdx % 4 * 2;
        TileA left;
        left.A0 = TensorCore.ToBf16Pair(a[(row * 16) + pair], a[(row * 16) + pair + 1]);
        left.A1 = TensorCore.ToBf16Pair(a[((row + 8) * 16) + pair], a[((row + 8) * 16) + pair + 1]);
        left.A2 = TensorCore.ToBf16Pair(a[(row * 16) + pair + 8], a[(row * 16) + pair + 9]);
        left.A3 = TensorCore.ToBf16Pair(a[((row + 8) * 16) + pair + 8], a[((row + 8) * 16) + pair + 9]);
        TileB right;
        right.B0 = TensorCore.ToBf16Pair(b[(pair * 8) + row], b[((pair + 1) * 8) + row]);
        right.B1 = TensorCore.ToBf16Pair(b[((pair + 8) * 8) + row], b[((pair + 9) * 8) + row]);
        Write(left, right, c);
    }

    private static void LoadedTile(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c)
    {
        ArrayView<ushort> rows = SharedMemory.Allocate<ushort>(256).AsAligned16();
        for (int i = Warp.LaneIdx; i < 256; i += 32)
        {
            rows[i] = (ushort)TensorCore.ToBf16Pair(a[i], 0);
        }

        Group.Barrier();
        int lane = Warp.LaneIdx, pair = lane % 4 * 2;
        TileA left = TensorCore.LoadTiles(ref rows[(((lane % 8) + (lane / 8 % 2 * 8)) * 16) + (lane / 16 * 8)]);
        TileB right;
        right.B0 = TensorCore.ToBf16Pair(b[(pair * 8) + (lane / 4)], b[((pair + 1) * 8) + (lane / 4)]);
        right.B1 = TensorCore.ToBf16Pair(b[((pair + 8) * 8) + (lane / 4)], b[((pair + 9) * 8) + (lane / 4)]);
        Write(left, right, c);
    }

    private static void Write(TileA left, TileB right, ArrayView<float> c)
    {
        int row = Warp.LaneIdx / 4, column = Warp.LaneIdx % 4 * 2;
        TileAccumulator sum = default;
        TensorCore.MultiplyBf16(ref sum, left, right);
        c[(row * 8) + column] = sum.C0;
        c[(row * 8) + column + 1] = sum.C1;
        c[((row + 8) * 8) + column] = sum.C2;
        c[((row + 8) * 8) + column + 1] = sum.C3;
    }

    /// <summary>Integers of seven bits are exact in bf16, and their sums in float.</summary>
    [Test]
    public void Bf16_tiles_multiply_exactly_what_is_exact([Values(70, 80)] int sm, [Values] bool loaded)
    {
        float[] a = [.. Enumerable.Range(0, 256).Select(i => (float)((i * 37 % 201) - 100))], b = [.. Enumerable.Range(0, 128).Select(i => (float)((i * 53 % 179) - 89))];
        float[] expected = new float[128];
        for (int i = 0; i < 128; i++)
        {
            for (int k = 0; k < 16; k++)
            {
                expected[i] += a[(i / 8 * 16) + k] * b[(k * 8) + (i % 8)];
            }
        }

        using var gpu = new Gpu(sm);
        ArrayView<float> c = gpu.Upload(new float[128]);
        Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>> kernel = Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>>(loaded ? LoadedTile : Bf16Tile);
        kernel.Launch(gpu.Device, new LaunchShape(1, 32), gpu.Upload(a), gpu.Upload(b), c);
        Assert.That(gpu.Read(c), Is.EqualTo(expected));

        CompiledKernel compiled = Ptx.Compile(typeof(TensorCoreTests), loaded ? nameof(LoadedTile) : nameof(Bf16Tile), new KernelOptions { TargetSm = sm });
        Ptx.AssertClean(compiled);
        Assert.That((compiled.Count(@"mma\.sync"), compiled.Count("ldmatrix")), Is.EqualTo((sm == 80 ? 1 : 0, sm == 80 && loaded ? 1 : 0)));
    }

    private static void Round(ArrayView<float> x, ArrayView<uint> tf32, ArrayView<uint> bf16)
    {
        int i = Grid.GlobalIndex.X;
        tf32[i] = TensorCore.ToTf32(x[i]);
        bf16[i] = TensorCore.ToBf16Pair(x[i], 0);
    }

    /// <summary>cvt.rna.tf32 leaves the 13 low bits open (PTX ISA), so only the others are compared; ties go away from zero there, to even in bf16.</summary>
    [Test]
    public void Operands_are_rounded_as_the_instructions_round([Values(70, 80)] int sm)
    {
        float[] numbers =
        [
            1, -1, 0, -0f, 1 + (1 / 2048f), -1 - (1 / 2048f), 1 + (3 / 2048f), 1 + (1 / 4096f), 1 + (1 / 256f), 1 + (3 / 256f), 1 + (1 / 257f), 1.0000001f,
            float.MaxValue, float.Epsilon, 1e-40f, -3.14159f, float.PositiveInfinity, float.NegativeInfinity, 65504, 1 / 3f,
            .. Enumerable.Range(0, 44).Select(i => BitConverter.UInt32BitsToSingle(0x3f000000u + ((uint)i * 0x10001357u))),
        ];
        using var gpu = new Gpu(sm);
        (ArrayView<uint> tf32, ArrayView<uint> bf16) = (gpu.Upload(new uint[64]), gpu.Upload(new uint[64]));
        Kernel.Create<ArrayView<float>, ArrayView<uint>, ArrayView<uint>>(Round).Launch(gpu.Device, new LaunchShape(2, 32), gpu.Upload(numbers), tf32, bf16);
        uint[] tf = gpu.Read(tf32), bf = gpu.Read(bf16);
        Assert.Multiple(() =>
        {
            for (int i = 0; i < numbers.Length; i++)
            {
                float x = numbers[i];
                if (float.IsNaN(x))
                {
                    Assert.That(BitConverter.UInt32BitsToSingle(tf[i] & 0xffffe000), Is.NaN);
                    Assert.That(BitConverter.UInt32BitsToSingle(bf[i] << 16), Is.NaN);
                    continue;
                }

                Assert.That(BitConverter.UInt32BitsToSingle(tf[i] & 0xffffe000), Is.EqualTo(Rounded(x, 10, MidpointRounding.AwayFromZero)), $"tf32 of {x:R}");
                Assert.That(BitConverter.UInt32BitsToSingle(bf[i] << 16), Is.EqualTo(Rounded(x, 7, MidpointRounding.ToEven)), $"bf16 of {x:R}");
            }
        });
    }

    /// <summary>A float to so many bits of fraction: x / ulp rounded to an integer, in double.</summary>
    private static float Rounded(float x, int bits, MidpointRounding ties)
    {
        if (!float.IsFinite(x) || x == 0)
        {
            return x;
        }

        double ulp = Math.ScaleB(1, Math.Max(Math.ILogB((double)x), -126) - bits);
        double rounded = Math.Round(x / ulp, ties) * ulp;
        return Math.Abs(rounded) >= Math.ScaleB(1, 128) ? (float)Math.CopySign(double.PositiveInfinity, x) : (float)rounded;
    }

    private static void Reverse(ArrayView<float> x, ArrayView<float> y, int count)
    {
        ArrayView<float> all = SharedMemory.GetDynamic<float>();
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            all[i] = ReadOnly.Load(ref x[i]);
        }

        Group.Barrier();
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            y[i] = all[count - 1 - i];
        }
    }

    /// <summary>More than the 48 KB that a static array may have, as far as the device goes; beyond it is an error before the launch.</summary>
    [Test]
    public void Dynamic_shared_memory_goes_beyond_48_KB_up_to_the_devices_limit()
    {
        const int Count = 20_000;
        float[] x = [.. Enumerable.Range(0, Count).Select(i => (float)i)];
        using var gpu = new Gpu(80);
        (ArrayView<float> from, ArrayView<float> to) = (gpu.Upload(x), gpu.Upload(new float[Count]));
        Kernel<ArrayView<float>, ArrayView<float>, int> kernel = Kernel.Create<ArrayView<float>, ArrayView<float>, int>(Reverse);
        kernel.Launch(gpu.Device, new LaunchShape(1, 128, Count * sizeof(float)), from, to, Count);
        Assert.That(gpu.Read(to), Is.EqualTo(Enumerable.Reverse(x)));
        Assert.That(Ptx.Compile(typeof(TensorCoreTests), nameof(Reverse)).Count(@"ld\.global\.nc\."), Is.EqualTo(1), "a read-only load");

        int tooMuch = gpu.Device.Properties.SharedMemoryPerBlockOptIn + 4;
        Assert.That(() => kernel.Launch(gpu.Device, new LaunchShape(1, 128, tooMuch), from, to, Count), Throws.Exception.With.Message.Contains("shared"));
        kernel.Launch(gpu.Device, new LaunchShape(1, 128, Count * sizeof(float)), from, to, Count);
        Assert.That(gpu.Read(to)[0], Is.EqualTo(Count - 1), "the device lives on");
    }
}
