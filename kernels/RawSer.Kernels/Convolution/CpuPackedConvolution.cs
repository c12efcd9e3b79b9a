using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    // Fewer channels do not pay for the transforms; more do not fit the tables of panels.
    private const int FewestWinogradChannels = 32;

    /// <inheritdoc/>
    /// <remarks>3 x 3 kernels of stride 1 between many channels, for <see cref="Winograd{TTile, V}"/>: 16 values for each 9.</remarks>
    public override PackedConvolution? PackConvolution(View w, ConvGeometry geometry)
    {
        bool suits = geometry is { StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1 } && w.Shape[2] == 3 && w.Shape[3] == 3
            && w.Shape[0] >= FewestWinogradChannels && w.Shape[1] >= FewestWinogradChannels && w.Shape[1] <= Panels.MaxDepth;
        if (!suits || !Vector128.IsHardwareAccelerated)
        {
            return null;
        }

        using Dense kernels = new(this, w);
        float* data = kernels.View.Pointer<float>();
        return Avx512F.IsSupported ? WinogradKernels.Pack<Tile512>(data, w.Shape[0], w.Shape[1])
            : Vector256.IsHardwareAccelerated ? WinogradKernels.Pack<Tile<Simd256>>(data, w.Shape[0], w.Shape[1])
            : WinogradKernels.Pack<Tile<Simd128>>(data, w.Shape[0], w.Shape[1]);
    }

    /// <inheritdoc/>
    public override void ConvolutionPacked(View x, PackedConvolution w, View bias, View y, ConvGeometry geometry, UnaryOp? activation = null, PoolWindows? windows = null)
    {
        if (y.Count == 0)
        {
            return;
        }

        if (windows is { } pool && !(pool.Rows is { IsTiling: true, Kernel: 2 } && pool.Columns is { IsTiling: true, Kernel: 2 }))
        {
            Shape shape = [y.Shape[0], y.Shape[1], pool.Rows.Input, pool.Columns.Input];
            Storage scratch = Memory.Allocate(shape.ElementCount * sizeof(float));
            View convolved = new(scratch, y.DType, Layout.RowMajor(shape));
            ConvolutionPacked(x, w, bias, convolved, geometry, UnaryOp.Relu);
            MaxPool(convolved, pool, y, default);
            scratch.Release();
            return;
        }

        if (x.Strides[3] != 1)
        {
            using Dense images = new(this, x);
            ConvolutionPacked(images.View, w, bias, y, geometry, activation, windows);
            return;
        }

        UnaryOp? fused = windows is not null ? UnaryOp.Relu : Epilogue.Fuses(activation) ? activation : null;
        if (Avx512F.IsSupported)
        {
            new Winograd<Tile512, Simd512>(x, w, bias, y, geometry.PadTop, geometry.PadLeft, fused, windows is not null).Run();
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            new Winograd<Tile<Simd256>, Simd256>(x, w, bias, y, geometry.PadTop, geometry.PadLeft, fused, windows is not null).Run();
        }
        else
        {
            new Winograd<Tile<Simd128>, Simd128>(x, w, bias, y, geometry.PadTop, geometry.PadLeft, fused, windows is not null).Run();
        }

        GC.KeepAlive(w);
        if (windows is null && !Epilogue.Fuses(activation))
        {
            Unary(activation.GetValueOrDefault(), y, y, alpha: 0, beta: 0);
        }
    }
}
