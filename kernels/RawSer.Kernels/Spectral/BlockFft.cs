using RawSer.Gpu.Dialect;

namespace RawSer.Kernels.Spectral;

/// <summary>One stage as a device kernel reads it: joins <see cref="Radix"/> transforms of <see cref="Span"/> points.</summary>
/// <param name="Radix">Points of a butterfly.</param>
/// <param name="Twiddles">Place of the stage's twiddle factors, <c>Radix - 1</c> of them for each of Span places.</param>
/// <param name="Roots">Place of the roots of unity of the radix.</param>
/// <param name="Span">Points of the transforms that are joined.</param>
/// <param name="Count">Butterflies of a transform.</param>
internal readonly record struct BlockFftStage(int Radix, int Twiddles, int Roots, DeviceDivisor Span, DeviceDivisor Count);

/// <summary>
/// Complex transforms of some frames in the shared memory of a block, stage after stage from one half of the memory to the other and back
/// (Stockham): stage input j + p N/r of butterfly j goes to place (j / span) span r + j mod span + q span, so that points come in order without
/// a reversal of digits. Every 16th place is left free, without which the first stage would write to few of the banks.
/// </summary>
/// <param name="frames">Frames at a time.</param>
/// <param name="length">Points of a transform.</param>
/// <param name="stages">Number of stages.</param>
internal readonly struct BlockFft(int frames, int length, int stages)
{
    private readonly int _frames = frames;
    private readonly int _stages = stages;

    /// <summary>Numbers of all points of all frames.</summary>
    public readonly DeviceDivisor Points = new(length);

    /// <summary>Places from one frame to the next; an odd number keeps frames out of each other's banks.</summary>
    public readonly int FrameStride = (length + (length / 16)) | 1;

    /// <summary>Frames at a time.</summary>
    public int Frames => _frames;

    /// <summary>Points of all frames.</summary>
    public int Count => _frames * Points.Value;

    /// <summary>Places of one half of the memory.</summary>
    public int Half => _frames * FrameStride;

    /// <summary>Where point <paramref name="i"/> of a frame stands.</summary>
    public int Place(int frame, int i) => (frame * FrameStride) + i + (i >> 4);

    /// <summary>Transforms what stands in the half at <paramref name="from"/>; ends with a barrier and says in which half the result is.</summary>
    public int Transform(ArrayView<Complex32> memory, ArrayView<BlockFftStage> stages, ArrayView<Complex32> factors, int from)
    {
        for (int s = 0; s < _stages; s++)
        {
            BlockFftStage stage = stages[s];
            int to = Half - from;
            if (stage.Radix == 8)
            {
                Run<Butterfly8>(memory, stage, factors, from, to);
            }
            else if (stage.Radix == 4)
            {
                Run<Butterfly4>(memory, stage, factors, from, to);
            }
            else if (stage.Radix == 2)
            {
                Run<Butterfly2>(memory, stage, factors, from, to);
            }
            else if (stage.Radix == 3)
            {
                Run<Butterfly3>(memory, stage, factors, from, to);
            }
            else if (stage.Radix == 5)
            {
                Run<Butterfly5>(memory, stage, factors, from, to);
            }
            else
            {
                RunDirectly(memory, stage, factors, from, to);
            }

            Group.Barrier();
            from = to;
        }

        return from;
    }

    [Unroll(RuntimeLoops = 1)]
    private void Run<TButterfly>(ArrayView<Complex32> memory, BlockFftStage stage, ArrayView<Complex32> factors, int from, int to)
        where TButterfly : struct, IButterfly
    {
        ArrayView<Complex32> x = LocalMemory.Allocate<Complex32>(TButterfly.Radix);
        for (int t = Group.IdxX; t < _frames * stage.Count.Value; t += Group.DimX)
        {
            int frame = stage.Count.Divide(t, out int j), block = stage.Span.Divide(j, out int k);
            for (int p = 0; p < TButterfly.Radix; p++)
            {
                x[p] = memory[from + Place(frame, j + (p * stage.Count.Value))];
            }

            int twiddles = stage.Twiddles + (k * (TButterfly.Radix - 1));
            for (int p = 1; p < TButterfly.Radix; p++)
            {
                x[p] *= factors[twiddles + p - 1];
            }

            TButterfly.Transform(x);
            int first = (block * stage.Span.Value * TButterfly.Radix) + k;
            for (int q = 0; q < TButterfly.Radix; q++)
            {
                memory[to + Place(frame, first + (q * stage.Span.Value))] = x[q];
            }
        }
    }

    /// <summary>Other radices: a thread to a result, the sum that defines it.</summary>
    private void RunDirectly(ArrayView<Complex32> memory, BlockFftStage stage, ArrayView<Complex32> factors, int from, int to)
    {
        for (int t = Group.IdxX; t < Count; t += Group.DimX)
        {
            int frame = Points.Divide(t, out int place), q = stage.Count.Divide(place, out int j), block = stage.Span.Divide(j, out int k);
            int twiddles = stage.Twiddles + (k * (stage.Radix - 1)), root = 0;
            Complex32 sum = memory[from + Place(frame, j)];
            for (int p = 1; p < stage.Radix; p++)
            {
                root += q;
                root -= root >= stage.Radix ? stage.Radix : 0;
                sum += memory[from + Place(frame, j + (p * stage.Count.Value))] * factors[twiddles + p - 1] * factors[stage.Roots + root];
            }

            memory[to + Place(frame, (block * stage.Span.Value * stage.Radix) + k + (q * stage.Span.Value))] = sum;
        }
    }
}
