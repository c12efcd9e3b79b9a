using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    // Fewer rows than this per group waste most of a tile of several rows.
    private const int FewestTileRows = 3;

    /// <inheritdoc/>
    public override void Convolution(View x, View w, View y, ConvGeometry geometry) => Convolve(x, w, default, y, geometry, null);

    /// <inheritdoc/>
    public override void ConvolutionBias(View x, View w, View bias, View y, ConvGeometry geometry, UnaryOp? activation = null)
    {
        bool fuses = Epilogue.Fuses(activation);
        Convolve(x, w, bias, y, geometry, fuses ? activation : null);
        if (!fuses)
        {
            Unary(activation.GetValueOrDefault(), y, y, alpha: 0, beta: 0);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The results of a block of rows are pooled while they are in the cache; only the pooled ones are written.</remarks>
    public override void ConvolutionBiasReluMaxPool(View x, View w, View bias, View y, ConvGeometry geometry, PoolWindows windows)
    {
        if (windows.Rows.IsTiling && windows.Columns.IsTiling)
        {
            Convolve(x, w, bias, y, geometry, UnaryOp.Relu, windows);
        }
        else
        {
            base.ConvolutionBiasReluMaxPool(x, w, bias, y, geometry, windows);
        }
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardData(View dy, View w, View dx, ConvGeometry geometry)
    {
        if (dx.Count == 0)
        {
            return;
        }

        using Dense kernels = new(this, w);
        RunOnTile(new BackwardDataJob(dy, kernels.View, dx, geometry), w.Shape[1]);
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardWeight(View x, View dy, View dw, View db, ConvGeometry geometry)
    {
        if (dy.Count == 0 || dw.Count == 0)
        {
            Fill(dw, 0);
            if (db.Exists)
            {
                Fill(db, 0);
            }

            return;
        }

        if (!TryOnPlanes(x, dy, dw, db, geometry))
        {
            RunOnTile(new BackwardWeightJob(x, dy, dw, db, geometry), dw.Shape[0] / geometry.Groups);
        }
    }

    private void Convolve(View x, View w, View bias, View y, ConvGeometry geometry, UnaryOp? activation, PoolWindows? pool = null)
    {
        if (y.Count == 0)
        {
            return;
        }

        using Dense kernels = new(this, w);
        RunOnTile(new ForwardJob(x, kernels.View, bias, y, geometry, activation, pool), w.Shape[0] / geometry.Groups);
    }

    /// <summary>The choice of algorithm: the register tile for problems of this many rows per group.</summary>
    private static void RunOnTile<TJob>(TJob job, int rows) where TJob : struct, IConvolutionJob
    {
        if (rows < FewestTileRows)
        {
            job.Run<RowTile>();
        }
        else if (Avx512F.IsSupported)
        {
            job.Run<Tile512>();
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            job.Run<Tile<Simd256>>();
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            job.Run<Tile<Simd128>>();
        }
        else
        {
            job.Run<TileScalar>();
        }
    }

    /// <summary>The gradient of kernels of one channel, where lanes along the pixels serve it better than tiles.</summary>
    private static bool TryOnPlanes(View x, View dy, View dw, View db, ConvGeometry geometry)
    {
        if (Avx512F.IsSupported && PlaneWeightGradient<Simd512>.Takes(dy, dw, geometry))
        {
            new PlaneWeightGradient<Simd512>(x, dy, dw, db, geometry).Run();
            return true;
        }

        if (Vector256.IsHardwareAccelerated && PlaneWeightGradient<Simd256>.Takes(dy, dw, geometry))
        {
            new PlaneWeightGradient<Simd256>(x, dy, dw, db, geometry).Run();
            return true;
        }

        if (Vector128.IsHardwareAccelerated && PlaneWeightGradient<Simd128>.Takes(dy, dw, geometry))
        {
            new PlaneWeightGradient<Simd128>(x, dy, dw, db, geometry).Run();
            return true;
        }

        return false;
    }

    /// <summary>A convolution to be run with some register tile.</summary>
    private interface IConvolutionJob
    {
        void Run<TTile>() where TTile : ITile;
    }

    private readonly struct ForwardJob(View x, View w, View bias, View y, ConvGeometry g, UnaryOp? activation, PoolWindows? pool) : IConvolutionJob
    {
        public void Run<TTile>() where TTile : ITile
        {
            int outputs = w.Shape[0] / g.Groups, channels = w.Shape[1], kernelH = w.Shape[2], kernelW = w.Shape[3];
            float* bias0 = bias.Exists ? bias.Pointer<float>() : null;
            float* packed = ConvolutionKernels.PackForward<TTile>(
                w.Pointer<float>(), bias0, bias.Exists ? (nint)bias.Strides[0] : 0, g.Groups, outputs, channels * kernelH * kernelW);
            int outH = pool is { } rows ? rows.Rows.Input : y.Shape[2], outW = pool is { } columns ? columns.Columns.Input : y.Shape[3];
            WindowAxis h = WindowAxis.Forward(x.Shape[2], outH, kernelH, g.StrideH, g.PadTop, g.DilationH);
            WindowAxis v = WindowAxis.Forward(x.Shape[3], outW, kernelW, g.StrideW, g.PadLeft, g.DilationW);
            new SlidingWindow<TTile>(
                h, v, x.Shape[0], g.Groups, channels, outputs, ImageBatch.Of(x), ImageBatch.Of(y), packed, bias.Exists, activation, pool).Run();
        }
    }

    private readonly struct BackwardDataJob(View dy, View w, View dx, ConvGeometry g) : IConvolutionJob
    {
        public void Run<TTile>() where TTile : ITile
        {
            int outputs = w.Shape[0] / g.Groups, channels = w.Shape[1], kernelH = w.Shape[2], kernelW = w.Shape[3];
            List<WindowAxis> columns = WindowAxis.Transposed(dy.Shape[3], dx.Shape[3], kernelW, g.StrideW, g.PadLeft, g.DilationW);
            foreach (WindowAxis h in WindowAxis.Transposed(dy.Shape[2], dx.Shape[2], kernelH, g.StrideH, g.PadTop, g.DilationH))
            {
                foreach (WindowAxis v in columns)
                {
                    float* packed = ConvolutionKernels.PackBackward<TTile>(w.Pointer<float>(), g.Groups, outputs, channels, kernelH, kernelW, h, v);
                    new SlidingWindow<TTile>(h, v, dx.Shape[0], g.Groups, outputs, channels, ImageBatch.Of(dy), ImageBatch.Of(dx), packed, hasBias: false, null, null).Run();
                }
            }
        }
    }

    private readonly struct BackwardWeightJob(View x, View dy, View dw, View db, ConvGeometry g) : IConvolutionJob
    {
        public void Run<TTile>() where TTile : ITile => new WeightGradient<TTile>(x, dy, dw, db, g).Run();
    }

    /// <summary>A view with dense elements: the view itself, or a copy that lives until it is disposed.</summary>
    private readonly struct Dense : IDisposable
    {
        private readonly Storage? _copy;

        public Dense(CpuBackend backend, View view)
        {
            View = view;
            if (!view.IsContiguous)
            {
                _copy = backend.Memory.Allocate(view.Count * sizeof(float));
                View = new View(_copy, view.DType, Layout.RowMajor(view.Shape));
                backend.Copy(view, View);
            }
        }

        public View View { get; }

        public void Dispose() => _copy?.Release();
    }
}
