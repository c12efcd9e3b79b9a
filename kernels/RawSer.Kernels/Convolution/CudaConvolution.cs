using RawSer.Gpu;

namespace RawSer.Kernels;

/// <content>
/// Convolutions and their gradients for the input are products of packed kernels with windows that are gathered on the way to shared memory; those of
/// few channels have kernels of their own.
/// </content>
public sealed partial class CudaBackend
{
    private const int FewRows = 4; // of a group: a tile would be mostly empty

    /// <inheritdoc/>
    public override void Convolution(View x, View w, View y, ConvGeometry geometry) => Convolve(x, w, default, y, geometry, relu: false);

    /// <inheritdoc/>
    public override void ConvolutionBias(View x, View w, View bias, View y, ConvGeometry geometry, UnaryOp? activation = null)
    {
        Convolve(x, w, bias, y, geometry, activation is UnaryOp.Relu);
        if (activation is { } op and not UnaryOp.Relu)
        {
            Unary(op, y, y);
        }
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardData(View dy, View w, View dx, ConvGeometry geometry)
    {
        if (dx.Count == 0)
        {
            return;
        }

        ConvGeometry g = geometry;
        using Scratch copy = DenseKernels(w, out View kernels);
        for (int h = 0; h < g.StrideH; h++)
        {
            for (int v = 0; v < g.StrideW; v++)
            {
                ConvSweep sweep = new(
                    SweepAxis.Transposed(dy.Shape[2], dx.Shape[2], w.Shape[2], g.StrideH, g.PadTop, g.DilationH, h),
                    SweepAxis.Transposed(dy.Shape[3], dx.Shape[3], w.Shape[3], g.StrideW, g.PadLeft, g.DilationW, v),
                    dx.Shape[0], w.Shape[0] / g.Groups, w.Shape[1], ImageStrides.Of(dy), ImageStrides.Of(dx));
                Sweep(dy, kernels, KernelStrides.Transposed(w.Shape, g.Groups), dx, sweep, default, g.Groups);
            }
        }
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

        ConvSweep sweep = ForwardSweep(x, dw, dy, geometry);
        if (sweep.Channels == 1 && TapWindow<SixteenTaps>.Takes(sweep))
        {
            DirectGradient(x, dy, dw, db, sweep, geometry.Groups);
            return;
        }

        TilePlan plan = TilePlan.Choose(
            sweep.Rows, sweep.Channels * sweep.Taps, KernelGradient.Depth(sweep, dy.Shape[0]), geometry.Groups, Gpu.Properties.MultiprocessorCount);
        switch (plan.Extent)
        {
            case 128: TiledKernelGradient<DeviceTile128>.Run(this, sweep, x, dy, dw, geometry.Groups, plan); break;
            case 64: TiledKernelGradient<DeviceTile64>.Run(this, sweep, x, dy, dw, geometry.Groups, plan); break;
            default: TiledKernelGradient<DeviceTile32>.Run(this, sweep, x, dy, dw, geometry.Groups, plan); break;
        }

        if (db.Exists)
        {
            Reduce(ReduceOp.Sum, dy, db.With(LayoutTable.RowMajor([1, db.Shape[0], 1, 1], db.Layout.Offset)));
        }
    }

    private static ConvSweep ForwardSweep(View x, View w, View y, ConvGeometry g) => new(
        SweepAxis.Forward(x.Shape[2], y.Shape[2], w.Shape[2], g.StrideH, g.PadTop, g.DilationH),
        SweepAxis.Forward(x.Shape[3], y.Shape[3], w.Shape[3], g.StrideW, g.PadLeft, g.DilationW),
        y.Shape[0], w.Shape[1], w.Shape[0] / g.Groups, ImageStrides.Of(x), ImageStrides.Of(y));

    private void Convolve(View x, View w, View bias, View y, ConvGeometry geometry, bool relu)
    {
        if (y.Count == 0)
        {
            return;
        }

        using Scratch copy = DenseKernels(w, out View kernels);
        ConvSweep sweep = ForwardSweep(x, w, y, geometry);
        ChannelEpilogue epilogue = new(bias, relu);
        bool isOneChannel = geometry.Groups == 1 && sweep.Channels == 1 && sweep.Rows > FewRows && y.Shape[0] <= MaxGridYZ;
        if (isOneChannel && TapWindow<NineTaps>.Takes(sweep))
        {
            OneChannel<NineTaps>(x, kernels, y, sweep, epilogue);
        }
        else if (isOneChannel && TapWindow<SixteenTaps>.Takes(sweep))
        {
            OneChannel<SixteenTaps>(x, kernels, y, sweep, epilogue);
        }
        else
        {
            Sweep(x, kernels, KernelStrides.Forward(w.Shape, geometry.Groups), y, sweep, epilogue, geometry.Groups);
        }
    }

    private void OneChannel<TTaps>(View x, View kernels, View y, ConvSweep sweep, ChannelEpilogue epilogue) where TTaps : struct, ITaps
    {
        int perImage = sweep.H.Outputs * sweep.W.Outputs, threads = (perImage + OneChannelConvolution<TTaps>.Outputs - 1) / OneChannelConvolution<TTaps>.Outputs;
        int slices = (sweep.Rows + OneChannelConvolution<TTaps>.KernelsPerBlock - 1) / OneChannelConvolution<TTaps>.KernelsPerBlock;
        OneChannelConvolution<TTaps>.Forward.Launch(
            Gpu, new LaunchShape((DeviceLines.Shape(threads, warps: false).Grid.X, slices, y.Shape[0]), DeviceLines.BlockSize),
            x.From<float>(), kernels.Dense<float>(), y.Dense<float>(), sweep, epilogue, perImage % 4 == 0 && y.IsAligned16() ? 1 : 0);
    }

    /// <summary>The choice of algorithm and tile for a convolution or a part of its gradient for the input.</summary>
    private void Sweep(View x, View kernels, KernelStrides strides, View y, ConvSweep sweep, ChannelEpilogue epilogue, int groups)
    {
        if (sweep.Positions == 0)
        {
            return;
        }

        if (sweep.Rows <= FewRows || sweep.Taps == 0)
        {
            LaunchShape shape = new((DeviceLines.Shape(sweep.Positions, warps: false).Grid.X, sweep.Rows * groups), DeviceLines.BlockSize);
            if (sweep.Rows == 1 && sweep.Channels == 1 && TapWindow<NineTaps>.Takes(sweep))
            {
                DirectConvolution.SweepNineTaps.Launch(Gpu, shape, x.From<float>(), kernels.Dense<float>(), y.From<float>(), sweep, strides, epilogue);
                return;
            }

            DirectConvolution.Sweep.Launch(
                Gpu, shape, x.From<float>(), kernels.Dense<float>(), y.From<float>(), sweep, strides, epilogue, new(sweep.Rows));
            return;
        }

        PackedKernels order = new(sweep, strides);
        using Scratch scratch = new(Memory, (long)groups * order.GroupLength * sizeof(float));
        View packed = scratch.Dense([groups, order.GroupLength]);
        order.Fill(this, kernels.Dense<float>(), packed.Dense<float>());
        bool vectors = sweep.H.PlaceStep == 1 && sweep.W.PlaceStep == 1 && y.IsContiguous && y.IsAligned16() && sweep.H.Outputs * sweep.W.Outputs % 4 == 0;
        TilePlan plan = TilePlan.Choose(sweep.Rows, sweep.Positions, order.Depth, groups, Gpu.Properties.MultiprocessorCount, mostParts: 1);
        switch (plan.Extent)
        {
            case 128: Tile<DeviceTile128>(order, packed, x, y, sweep, epilogue, groups, plan, vectors); break;
            case 64: Tile<DeviceTile64>(order, packed, x, y, sweep, epilogue, groups, plan, vectors); break;
            default: Tile<DeviceTile32>(order, packed, x, y, sweep, epilogue, groups, plan, vectors); break;
        }
    }

    private void Tile<TTile>(PackedKernels order, View packed, View x, View y, ConvSweep sweep, ChannelEpilogue epilogue, int groups, TilePlan plan, bool vectors)
        where TTile : struct, IDeviceTile
    {
        if (vectors)
        {
            TiledConvolution<TTile, VectorStore>.Run(this, sweep, order, packed, x, y, epilogue, groups, plan);
        }
        else
        {
            TiledConvolution<TTile, ScatteredStore>.Run(this, sweep, order, packed, x, y, epilogue, groups, plan);
        }
    }

    private void DirectGradient(View x, View dy, View dw, View db, ConvSweep sweep, int groups)
    {
        bool few = TapWindow<NineTaps>.Takes(sweep), alone = sweep.Rows == 1;
        if (few && alone)
        {
            DirectKernelGradient<NineTaps, OneOutputChannel>.Run(this, x, dy, dw, db, sweep, groups);
        }
        else if (few)
        {
            DirectKernelGradient<NineTaps, FourOutputChannels>.Run(this, x, dy, dw, db, sweep, groups);
        }
        else if (alone)
        {
            DirectKernelGradient<SixteenTaps, OneOutputChannel>.Run(this, x, dy, dw, db, sweep, groups);
        }
        else
        {
            DirectKernelGradient<SixteenTaps, FourOutputChannels>.Run(this, x, dy, dw, db, sweep, groups);
        }
    }

    /// <summary>Kernels without gaps: themselves, or a copy in memory that the caller gives back.</summary>
    private Scratch DenseKernels(View w, out View dense)
    {
        dense = w;
        if (w.IsContiguous)
        {
            return default;
        }

        Scratch copy = new(Memory, w.Count * sizeof(float));
        dense = copy.Dense(w.Shape.AsSpan());
        Copy(w, dense);
        return copy;
    }
}
