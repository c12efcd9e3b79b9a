using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

public sealed unsafe partial class CudaBackend
{
    private static readonly Kernel<ConvertOperand, ConvertOperand, int, DeviceWalk> s_convert = Kernel.Create<ConvertOperand, ConvertOperand, int, DeviceWalk>(Convert);

    /// <inheritdoc/>
    public override void Copy(View x, View y)
    {
        if (y.Count == 0)
        {
            return;
        }

        if (x.DType != y.DType)
        {
            DeviceWalk walk = new(x, y);
            bool viaInteger = !x.DType.IsFloat() && !y.DType.IsFloat(); // a double does not hold every long
            s_convert.Launch(Gpu, CopyKernels<byte>.Shape(walk.Count), new(x), new(y), viaInteger ? 1 : 0, walk);
            return;
        }

        if (x.IsContiguous && y.IsContiguous)
        {
            int size = y.DType.Size();
            Gpu.CopyOnDevice(
                (ulong)(y.Storage.Address + (y.Layout.Offset * size)), (ulong)(x.Storage.Address + (x.Layout.Offset * size)), y.Count * size);
            return;
        }

        switch (y.DType.Size())
        {
            case 1: CopyKernels<byte>.Copy(this, x, y); break;
            case 2: CopyKernels<ushort>.Copy(this, x, y); break;
            case 4: CopyKernels<uint>.Copy(this, x, y); break;
            default: CopyKernels<ulong>.Copy(this, x, y); break;
        }
    }

    /// <inheritdoc/>
    public override void Fill(View y, double value)
    {
        if (y.Count == 0)
        {
            return;
        }

        ulong bits = 0;
        ElementConversion.Store(y.DType, &bits, 0, value);
        switch (y.DType.Size())
        {
            case 1: CopyKernels<byte>.Fill(this, y, (byte)bits); break;
            case 2: CopyKernels<ushort>.Fill(this, y, (ushort)bits); break;
            case 4: CopyKernels<uint>.Fill(this, y, (uint)bits); break;
            default: CopyKernels<ulong>.Fill(this, y, bits); break;
        }
    }

    [Kernel(MaxThreadsPerGroup = 256)]
    private static void Convert(ConvertOperand x, ConvertOperand y, int viaInteger, DeviceWalk walk)
    {
        int i = Grid.GlobalIndex.X;
        if (i < walk.Count)
        {
            walk.Locate(i, out int ix, out int iy, out _, out _);
            if (viaInteger != 0)
            {
                y.StoreInteger(iy, x.LoadInteger(ix));
            }
            else
            {
                y.StoreFloat(iy, x.LoadFloat(ix));
            }
        }
    }

    /// <summary>Elements of any type, read and written by way of long or double, as <see cref="ElementConversion"/> does on the host.</summary>
    internal readonly struct ConvertOperand(View view)
    {
        private readonly ArrayView<byte> _bytes = view.Whole<byte>();
        private readonly int _type = (int)view.DType;

        public double LoadFloat(int i) => (DType)_type switch
        {
            DType.F32 => _bytes.Cast<float>()[i],
            DType.F64 => _bytes.Cast<double>()[i],
            DType.F16 => HalfBits.ToFloat(_bytes.Cast<ushort>()[i]),
            DType.BF16 => Interop.IntAsFloat((uint)_bytes.Cast<ushort>()[i] << 16),
            _ => LoadInteger(i),
        };

        public long LoadInteger(int i) => (DType)_type switch
        {
            DType.I64 => _bytes.Cast<long>()[i],
            DType.I32 => _bytes.Cast<int>()[i],
            _ => _bytes[i],
        };

        public void StoreFloat(int i, double value)
        {
            switch ((DType)_type)
            {
                case DType.F32: _bytes.Cast<float>()[i] = (float)value; break;
                case DType.F64: _bytes.Cast<double>()[i] = value; break;
                case DType.F16: _bytes.Cast<ushort>()[i] = HalfBits.FromDouble(value); break;
                case DType.BF16: _bytes.Cast<ushort>()[i] = HalfBits.ToBFloat16((float)value); break;
                case DType.Bool: _bytes[i] = value != 0 ? (byte)1 : (byte)0; break;
                default: StoreInteger(i, (long)value); break;
            }
        }

        public void StoreInteger(int i, long value)
        {
            switch ((DType)_type)
            {
                case DType.I64: _bytes.Cast<long>()[i] = value; break;
                case DType.I32: _bytes.Cast<int>()[i] = (int)value; break;
                case DType.Bool: _bytes[i] = value != 0 ? (byte)1 : (byte)0; break;
                default: _bytes[i] = (byte)value; break;
            }
        }
    }
}

/// <summary>Copies and fills of elements of one size.</summary>
internal static class CopyKernels<T> where T : unmanaged
{
    private const int BlockSize = 256;

    private static readonly Kernel<ArrayView<T>, ArrayView<T>, DeviceWalk> s_copy = Kernel.Create<ArrayView<T>, ArrayView<T>, DeviceWalk>(Copy);
    private static readonly Kernel<ArrayView<T>, T, DeviceWalk> s_fill = Kernel.Create<ArrayView<T>, T, DeviceWalk>(Fill);

    public static LaunchShape Shape(int count) => new(DeviceThreads.Blocks(count, BlockSize), BlockSize);

    public static void Copy(CudaBackend backend, View x, View y)
    {
        DeviceWalk walk = new(x, y);
        s_copy.Launch(backend.Gpu, Shape(walk.Count), x.Whole<T>(), y.Whole<T>(), walk);
    }

    public static void Fill(CudaBackend backend, View y, T value)
    {
        DeviceWalk walk = new(y);
        s_fill.Launch(backend.Gpu, Shape(walk.Count), y.Whole<T>(), value, walk);
    }

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void Copy(ArrayView<T> x, ArrayView<T> y, DeviceWalk walk)
    {
        int i = Grid.GlobalIndex.X;
        if (i < walk.Count)
        {
            walk.Locate(i, out int ix, out int iy, out _, out _);
            y[iy] = x[ix];
        }
    }

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void Fill(ArrayView<T> y, T value, DeviceWalk walk)
    {
        int i = Grid.GlobalIndex.X;
        if (i < walk.Count)
        {
            walk.Locate(i, out int iy, out _, out _, out _);
            y[iy] = value;
        }
    }
}
