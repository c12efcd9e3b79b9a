using System.Diagnostics;
using System.Reflection;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Gpu.Emulator;
using RawSer.Gpu.Tests.Compiler;
using Group = RawSer.Gpu.Dialect.Group;

namespace RawSer.Gpu.DebugIl.Tests;

/// <summary>
/// A kernel with all that optimised IL spares the compiler: each value through a local, conditions stored before they are tested, returns through
/// a branch. It gives the right results, also with checks of bounds, and the text that optimised IL gives.
/// </summary>
public sealed class DebugIlTests
{
    private const int Tile = 16;
    private const int PerThread = 4;

    private interface IEpilogue
    {
        static abstract float Finish(float x);
    }

    private readonly struct Relu : IEpilogue
    {
        public static float Finish(float x)
        {
            if (x > 0)
            {
                return x;
            }

            return 0;
        }
    }

    /// <summary>Rows of a product: tiles in shared memory, sums of a thread in registers, edges guarded. left (rows, depth), right (depth, 16).</summary>
    [Kernel(MaxThreadsPerGroup = Tile * Tile)]
    private static void Multiply<TEpilogue>(ArrayView<float> left, ArrayView<float> right, ArrayView<float> results, int rows, int depth)
        where TEpilogue : struct, IEpilogue
    {
        ArrayView<float> leftTile = SharedMemory.Allocate<float>(PerThread * Tile * Tile), rightTile = SharedMemory.Allocate<float>(Tile * Tile);
        ArrayView<float> sums = LocalMemory.Allocate<float>(PerThread);
        int x = Group.IdxX % Tile, y = Group.IdxX / Tile, first = Grid.IdxX * PerThread * Tile;
        Clear(sums);
        for (int start = 0; start < depth; start += Tile)
        {
            bool inside = start + y < depth;
            rightTile[Group.IdxX] = inside ? right[((start + y) * Tile) + x] : 0;
            Load(left, leftTile, first, start, rows, depth);
            Group.Barrier();
            Add(leftTile, rightTile, sums, x, y);
            Group.Barrier();
        }

        Store<TEpilogue>(sums, results, first, rows, x, y);
    }

    [Unroll]
    private static void Clear(ArrayView<float> sums)
    {
        for (int i = 0; i < PerThread; i++)
        {
            sums[i] = 0;
        }
    }

    [Unroll]
    private static void Load(ArrayView<float> left, ArrayView<float> tile, int first, int start, int rows, int depth)
    {
        for (int i = 0; i < PerThread; i++)
        {
            int row = (i * Tile) + (Group.IdxX / Tile), column = start + (Group.IdxX % Tile);
            tile[(i * Tile * Tile) + Group.IdxX] = first + row < rows && column < depth ? left[((first + row) * depth) + column] : 0;
        }
    }

    [Unroll]
    private static void Add(ArrayView<float> left, ArrayView<float> right, ArrayView<float> sums, int x, int y)
    {
        for (int k = 0; k < Tile; k++)
        {
            for (int i = 0; i < PerThread; i++)
            {
                sums[i] = MathF.FusedMultiplyAdd(left[(((i * Tile) + y) * Tile) + k], right[(k * Tile) + x], sums[i]);
            }
        }
    }

    [Unroll]
    private static void Store<TEpilogue>(ArrayView<float> sums, ArrayView<float> results, int first, int rows, int x, int y)
        where TEpilogue : struct, IEpilogue
    {
        for (int i = 0; i < PerThread; i++)
        {
            int row = first + (i * Tile) + y;
            if (row >= rows)
            {
                continue;
            }

            results[(row * Tile) + x] = TEpilogue.Finish(sums[i]);
        }
    }

    [Test]
    public void The_kernels_of_this_assembly_are_not_optimised()
    {
        Assert.That(typeof(DebugIlTests).Assembly.GetCustomAttribute<DebuggableAttribute>()!.IsJITOptimizerDisabled);
        byte[] il = typeof(DebugIlTests).GetMethod(nameof(Clear), BindingFlags.Static | BindingFlags.NonPublic)!.GetMethodBody()!.GetILAsByteArray()!;
        Assert.That(il[0], Is.Zero, "a body that begins with nop");
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_tiled_product_is_right(bool bounds)
    {
        const int Rows = 100, Depth = 37;
        Random random = new(3);
        float[] left = [.. Enumerable.Range(0, Rows * Depth).Select(_ => random.Next(-8, 9) / 4f)], right = [.. Enumerable.Range(0, Depth * Tile).Select(_ => random.Next(-8, 9) / 4f)];
        using var gpu = new RawSer.Gpu.Tests.Compiler.Gpu();
        var (a, b, results) = (gpu.Upload(left), gpu.Upload(right), gpu.Upload(new float[Rows * Tile]));
        var kernel = Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int>(Multiply<Relu>, new KernelOptions { DebugBounds = bounds });
        kernel.Launch(gpu.Device, new LaunchShape((Rows + 63) / 64, Tile * Tile), a, b, results, Rows, Depth);
        Assert.That(gpu.Read(results), Is.EqualTo(Enumerable.Range(0, Rows * Tile).Select(i =>
            Math.Max(0, Enumerable.Range(0, Depth).Sum(k => left[(i / Tile * Depth) + k] * right[(k * Tile) + (i % Tile)])))));

        // A view that is a row too short: its last row is written outside of it.
        var tooShort = results.SubView(0, (Rows - 1) * Tile);
        Action launch = () => kernel.Launch(gpu.Device, new LaunchShape((Rows + 63) / 64, Tile * Tile), a, b, tooShort, Rows, Depth);
        Assert.That(launch, bounds ? Throws.InstanceOf<KernelFaultException>() : Throws.Nothing);
    }

    /// <summary>What optimised IL spares the compiler it removes itself: registers for the sums, the whole inner product straight, no local memory.</summary>
    [Test]
    public void Unoptimised_kernels_compile_to_clean_text()
    {
        CompiledKernel kernel = Ptx.Compile(typeof(DebugIlTests), nameof(Multiply), null, typeof(Relu));
        Ptx.AssertClean(kernel);
        Assert.That(kernel.Count(@"fma\.rn\.f32"), Is.EqualTo(Tile * PerThread));
    }
}
