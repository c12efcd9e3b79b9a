using System.Runtime.CompilerServices;
using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

public sealed partial class CudaBackend
{
    /// <summary>The maps of <see cref="ElementOperators"/> on this device.</summary>
    private readonly struct MapRunner(CudaBackend backend) : IMapRunner
    {
        public void Map<TMap>(TMap map, View a, View y) where TMap : unmanaged, IElementMap => MapKernels<TMap>.Run(backend, map, a, a, a, y);

        public void Map<TMap>(TMap map, View a, View b, View y) where TMap : unmanaged, IElementMap => MapKernels<TMap>.Run(backend, map, a, b, a, y);

        public void Map<TMap>(TMap map, View a, View b, View c, View y) where TMap : unmanaged, IElementMap => MapKernels<TMap>.Run(backend, map, a, b, c, y);

        public void Fill(View y, double value) => backend.Fill(y, value);
    }
}

/// <summary>An argument or the result of a map: floats, or a mask of bytes that the map sees as ones (not 0) or zeros.</summary>
internal readonly struct MapOperand(View view)
{
    private readonly ArrayView<float> _floats = view.Whole<float>();
    private readonly ArrayView<byte> _mask = view.Whole<byte>();
    private readonly int _isMask = view.DType switch
    {
        DType.F32 => 0,
        DType.Bool or DType.U8 => 1,
        _ => throw new NotSupportedException($"elementwise kernels of this device compute in F32 and masks, not in {view.DType}"),
    };

    public Simd1 Load(int offset) => _isMask == 0 ? new Simd1(_floats[offset]) : Simd1.Bits(_mask[offset] == 0 ? 0 : uint.MaxValue);

    public void Store(int offset, Simd1 value)
    {
        if (_isMask == 0)
        {
            _floats[offset] = value.Value;
        }
        else
        {
            _mask[offset] = (byte)(Interop.FloatAsInt(value.Value) & 1);
        }
    }
}

/// <summary>The two kernels of an elementwise operation: one for dense floats, 128 bits at a time, and one for any layout.</summary>
internal static class MapKernels<TMap> where TMap : unmanaged, IElementMap
{
    private const int BlockSize = 256;

    private static readonly Kernel<TMap, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int> s_dense = Kernel.Create<TMap, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int>(Dense);
    private static readonly Kernel<TMap, MapOperand, MapOperand, MapOperand, MapOperand, DeviceWalk> s_strided = Kernel.Create<TMap, MapOperand, MapOperand, MapOperand, MapOperand, DeviceWalk>(Strided);

    public static void Run(CudaBackend backend, TMap map, View a, View b, View c, View y)
    {
        if (y.Count == 0)
        {
            return;
        }

        if (IsDense(a) && IsDense(b) && IsDense(c) && IsDense(y) && y.Count <= DeviceViews.MostElements)
        {
            int threads = (int)((y.Count + 3) / 4) + 3; // a thread for four elements, and one for each of the up to three left
            s_dense.Launch(
                backend.Gpu, new LaunchShape(DeviceThreads.Blocks(threads, BlockSize), BlockSize),
                map, a.Dense<float>(), b.Dense<float>(), c.Dense<float>(), y.Dense<float>(), (int)y.Count);
        }
        else
        {
            DeviceWalk walk = new(a, b, c, y);
            s_strided.Launch(
                backend.Gpu, new LaunchShape(DeviceThreads.Blocks(walk.Count, BlockSize), BlockSize),
                map, new(a), new(b), new(c), new(y), walk);
        }
    }

    private static bool IsDense(View view) => view.DType == DType.F32 && view.IsContiguous && view.IsAligned16();

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void Dense(TMap map, ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> y, int count)
    {
        int thread = Grid.GlobalIndex.X;
        int quads = count >> 2;
        if (thread < quads)
        {
            Float4 va = a.AsAligned16().Cast<Float4>()[thread], vb = default, vc = default;
            if (TMap.Arity > 1)
            {
                vb = b.AsAligned16().Cast<Float4>()[thread];
            }

            if (TMap.Arity > 2)
            {
                vc = c.AsAligned16().Cast<Float4>()[thread];
            }

            y.AsAligned16().Cast<Float4>()[thread] = new(
                Invoke(map, va.X, vb.X, vc.X), Invoke(map, va.Y, vb.Y, vc.Y), Invoke(map, va.Z, vb.Z, vc.Z), Invoke(map, va.W, vb.W, vc.W));
        }
        else
        {
            int i = (quads << 2) + thread - quads;
            if (i < count)
            {
                y[i] = Invoke(map, a[i], TMap.Arity > 1 ? b[i] : 0, TMap.Arity > 2 ? c[i] : 0);
            }
        }
    }

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void Strided(TMap map, MapOperand a, MapOperand b, MapOperand c, MapOperand y, DeviceWalk walk)
    {
        int i = Grid.GlobalIndex.X;
        if (i < walk.Count)
        {
            walk.Locate(i, out int ia, out int ib, out int ic, out int iy);
            Simd1 va = a.Load(ia), vb = default, vc = default;
            if (TMap.Arity > 1)
            {
                vb = b.Load(ib);
            }

            if (TMap.Arity > 2)
            {
                vc = c.Load(ic);
            }

            y.Store(iy, map.Invoke(va, vb, vc));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Invoke(TMap map, float a, float b, float c) => map.Invoke(new Simd1(a), new Simd1(b), new Simd1(c)).Value;
}
