using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels.Spectral;

/// <summary>
/// From waveforms to features: a block takes eight neighbouring frames of a clip, some at a time, through window, transform, power, mel filters,
/// levels and cosine transform in shared memory, and writes rows of eight frames once. Where a clip's maximum matters, the block leaves its
/// levels and their maximum for <see cref="Finish"/>.
/// </summary>
internal static class MelKernels
{
    public const int BlockSize = 256;

    /// <summary>Frames of a block of <see cref="LevelsOf{TPower}"/>.</summary>
    public const int FramesPerBlock = 8;

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, MelTables, FrameShape, SpectrumShape, LevelShape> OfPower =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, MelTables, FrameShape, SpectrumShape, LevelShape>(LevelsOf<SquaredMagnitude>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, MelTables, FrameShape, SpectrumShape, LevelShape> OfMagnitude =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, MelTables, FrameShape, SpectrumShape, LevelShape>(LevelsOf<PlainMagnitude>);

    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, MelTables, FrameShape, SpectrumShape, LevelShape> OfAnyPower =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, MelTables, FrameShape, SpectrumShape, LevelShape>(LevelsOf<MagnitudeToPower>);

    /// <summary>Levels (clips, mels, frames) and maxima (clips, blocks) to features; the last argument is the number of frames of a block.</summary>
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, FrameShape, LevelShape, int> Finish =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, FrameShape, LevelShape, int>(FinishLevels);

    /// <summary>Bytes of shared memory of the first launch.</summary>
    public static int SharedBytes(BlockFft fft, int mels) => (2 * fft.Half * 2 * sizeof(float)) + (mels * FramesPerBlock * sizeof(float));

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void LevelsOf<TPower>(
        ArrayView<float> waves, ArrayView<float> output, ArrayView<float> maxima, MelTables tables, FrameShape framing, SpectrumShape spectrum, LevelShape levels)
        where TPower : struct, ISpectrumPower
    {
        ArrayView<Complex32> memory = SharedMemory.GetDynamic<Complex32>();
        int tile = 4 * spectrum.Fft.Half; // in floats, behind both halves
        int clip = framing.BlocksPerClip.Divide(Grid.IdxX, out int block);
        for (int group = 0; group < FramesPerBlock; group += spectrum.Fft.Frames)
        {
            LoadFrames(memory, waves, tables, framing, spectrum, clip * framing.Samples, (block * FramesPerBlock) + group);
            Group.Barrier();
            int from = spectrum.Fft.Transform(memory, tables.Stages, tables.Factors, 0);
            if (spectrum.Chirp >= 0)
            {
                from = Convolve(memory, tables, spectrum, from);
            }

            StorePower<TPower>(memory, tables, spectrum, from);
            Group.Barrier();
            StoreLevels(tables, spectrum, levels, 2 * (spectrum.Fft.Half - from), tile + group);
            Group.Barrier();
        }

        ArrayView<float> shared = SharedMemory.GetDynamic<float>();
        int firstFrame = block * FramesPerBlock;
        if (levels.NeedsMaximum != 0)
        {
            float max = float.NegativeInfinity;
            for (int i = Group.IdxX; i < levels.Mels * FramesPerBlock; i += BlockSize)
            {
                max = IntrinsicMath.Max(max, shared[tile + i]);
            }

            max = BlockMaximum(max);
            if (Group.IdxX == 0)
            {
                maxima[Grid.IdxX] = max;
            }
        }

        if (levels.NeedsMaximum != 0 || levels.Coefficients == 0)
        {
            for (int i = Group.IdxX; i < levels.Mels * FramesPerBlock; i += BlockSize)
            {
                int frame = firstFrame + (i % FramesPerBlock);
                if (frame < framing.Frames)
                {
                    output[(((clip * levels.Mels) + (i / FramesPerBlock)) * framing.Frames) + frame] = shared[tile + i];
                }
            }
        }
        else
        {
            TransformLevels(output, tables.Cosines, levels, framing.Frames, clip, firstFrame, tile, FramesPerBlock);
        }
    }

    /// <summary>Frames beyond the clip's last repeat that one.</summary>
    private static void LoadFrames(
        ArrayView<Complex32> memory, ArrayView<float> waves, MelTables tables, FrameShape framing, SpectrumShape spectrum, int clipStart, int firstFrame)
    {
        for (int t = Group.IdxX; t < spectrum.Fft.Count; t += BlockSize)
        {
            int frame = spectrum.Fft.Points.Divide(t, out int n);
            int start = (IntrinsicMath.Min(firstFrame + frame, framing.Frames - 1) * framing.Hop) - framing.Pad;
            Complex32 point = default;
            if (n < spectrum.Points)
            {
                point = spectrum.Packed != 0
                    ? new(
                        tables.Window[2 * n] * Sample(waves, framing, clipStart, start + (2 * n)),
                        tables.Window[(2 * n) + 1] * Sample(waves, framing, clipStart, start + (2 * n) + 1))
                    : new(tables.Window[n] * Sample(waves, framing, clipStart, start + n), 0);
                if (spectrum.Chirp >= 0)
                {
                    point *= tables.Factors[spectrum.Chirp + n];
                }
            }

            memory[spectrum.Fft.Place(frame, n)] = point;
        }
    }

    private static float Sample(ArrayView<float> waves, FrameShape framing, int clipStart, int i)
    {
        if ((uint)i >= (uint)framing.Samples)
        {
            if (framing.PadMode == PadMode.Constant)
            {
                return 0;
            }

            i = SignalPadding.Repeated(i, framing.Samples, framing.PadMode);
        }

        return waves[clipStart + i];
    }

    /// <summary>Bluestein: the product with the chirp's transform, and back by the transform of the conjugate.</summary>
    private static int Convolve(ArrayView<Complex32> memory, MelTables tables, SpectrumShape spectrum, int from)
    {
        for (int t = Group.IdxX; t < spectrum.Fft.Count; t += BlockSize)
        {
            int place = from + spectrum.Fft.Place(spectrum.Fft.Points.Divide(t, out int k), k);
            memory[place] = (memory[place] * tables.Factors[spectrum.Chirp + spectrum.Points + k]).Conjugate;
        }

        Group.Barrier();
        return spectrum.Fft.Transform(memory, tables.Stages, tables.Factors, from);
    }

    /// <summary>Point k of the frame's complex transform.</summary>
    private static Complex32 Point(ArrayView<Complex32> memory, MelTables tables, SpectrumShape spectrum, int from, int frame, int k)
    {
        Complex32 point = memory[from + spectrum.Fft.Place(frame, k)];
        return spectrum.Chirp >= 0 ? point.Conjugate * tables.Factors[spectrum.Chirp + k] : point;
    }

    /// <summary>
    /// Powers of the bins, as floats in the other half. A packed spectrum Z of n / 2 points is split as on the processor
    /// (<see cref="FrameTransform{T, TVector, TLanes}"/>): E = Z[k] + conj Z[h-k], O = -i (Z[k] - conj Z[h-k]), X[k] = E + w^k O, X[h-k] = conj(E - w^k O).
    /// </summary>
    private static void StorePower<TPower>(ArrayView<Complex32> memory, MelTables tables, SpectrumShape spectrum, int from) where TPower : struct, ISpectrumPower
    {
        ArrayView<float> power = SharedMemory.GetDynamic<float>();
        int pairs = (spectrum.Points / 2) + 1, to = 2 * (spectrum.Fft.Half - from);
        for (int t = Group.IdxX; t < spectrum.Fft.Frames * pairs; t += BlockSize)
        {
            int frame = (int)((uint)t / (uint)pairs), k = t - (frame * pairs);
            int bins = to + (2 * frame * spectrum.Fft.FrameStride);
            Complex32 z = Point(memory, tables, spectrum, from, frame, k);
            if (spectrum.Packed == 0)
            {
                power[bins + k] = TPower.Of(z.SquaredMagnitude, spectrum.Power);
            }
            else
            {
                int mirrored = spectrum.Points - k;
                Complex32 other = k == 0 ? z.Conjugate : Point(memory, tables, spectrum, from, frame, mirrored).Conjugate;
                Complex32 even = z + other, odd = (z - other).TurnedBack * tables.Factors[spectrum.Split + k];
                power[bins + k] = TPower.Of((even + odd).SquaredMagnitude, spectrum.Power);
                power[bins + mirrored] = TPower.Of((even - odd).SquaredMagnitude, spectrum.Power);
            }
        }
    }

    /// <summary>Frames fastest, so that lanes share weights: the tile is (mels, 8).</summary>
    private static void StoreLevels(MelTables tables, SpectrumShape spectrum, LevelShape levels, int powers, int tile)
    {
        ArrayView<float> shared = SharedMemory.GetDynamic<float>();
        for (int t = Group.IdxX; t < levels.Mels * spectrum.Fft.Frames; t += BlockSize)
        {
            int mel = levels.Group.Divide(t, out int frame);
            MelFilter filter = tables.Filters[mel];
            int bin = powers + (2 * frame * spectrum.Fft.FrameStride) + filter.Bin;
            float sum = 0;
            for (int k = 0; k < filter.Count; k++)
            {
                sum += tables.Weights[filter.Weight + k] * shared[bin + k];
            }

            shared[tile + (mel * FramesPerBlock) + frame] = ((float)(10 / Decibels.Log2Of10) * MathX.Log2(IntrinsicMath.Max(sum, levels.Amin))) - levels.Reference;
        }
    }

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void FinishLevels(
        ArrayView<float> input, ArrayView<float> maxima, ArrayView<float> features, ArrayView<float> cosines, FrameShape framing, LevelShape levels, int width)
    {
        ArrayView<float> tile = SharedMemory.GetDynamic<float>();
        int clip = Grid.IdxX, firstFrame = Grid.IdxY * width;
        float max = float.NegativeInfinity;
        for (int i = Group.IdxX; i < framing.BlocksPerClip.Value; i += BlockSize)
        {
            max = IntrinsicMath.Max(max, maxima[(clip * framing.BlocksPerClip.Value) + i]);
        }

        max = BlockMaximum(max);
        float reference = levels.RelativeToMaximum != 0 ? max : levels.Reference, floor = max - levels.TopDb;
        for (int i = Group.IdxX; i < levels.Mels * width; i += BlockSize)
        {
            int mel = (int)((uint)i / (uint)width), column = i - (mel * width), frame = firstFrame + column;
            float level = frame < framing.Frames ? IntrinsicMath.Max(input[(((clip * levels.Mels) + mel) * framing.Frames) + frame], floor) - reference : 0;
            if (levels.Coefficients > 0)
            {
                tile[i] = level;
            }
            else if (frame < framing.Frames)
            {
                features[(((clip * levels.Mels) + mel) * framing.Frames) + frame] = level;
            }
        }

        if (levels.Coefficients > 0)
        {
            Group.Barrier();
            TransformLevels(features, cosines, levels, framing.Frames, clip, firstFrame, 0, width);
        }
    }

    /// <summary>The product of the cosines with a tile of levels (mels, width): a thread to four coefficients of four frames.</summary>
    [Unroll(RuntimeLoops = 2)]
    private static void TransformLevels(
        ArrayView<float> features, ArrayView<float> cosines, LevelShape levels, int frames, int clip, int firstFrame, int tile, int width)
    {
        ArrayView<Float4> columns = SharedMemory.GetDynamic<Float4>(), rows = cosines.AsAligned16().Cast<Float4>();
        ArrayView<float> sums = LocalMemory.Allocate<float>(16);
        int rowQuads = (levels.Coefficients + 3) / 4, columnQuads = width / 4;
        for (int t = Group.IdxX; t < rowQuads * columnQuads; t += BlockSize)
        {
            int rowQuad = (int)((uint)t / (uint)columnQuads), columnQuad = t - (rowQuad * columnQuads);
            for (int i = 0; i < 16; i++)
            {
                sums[i] = 0;
            }

            for (int mel = 0; mel < levels.Mels; mel++)
            {
                Float4 c = rows[(mel * rowQuads) + rowQuad], x = columns[(tile / 4) + (mel * columnQuads) + columnQuad];
                AddRow(sums, 0, c.X, x);
                AddRow(sums, 4, c.Y, x);
                AddRow(sums, 8, c.Z, x);
                AddRow(sums, 12, c.W, x);
            }

            for (int i = 0; i < 4; i++)
            {
                int row = (4 * rowQuad) + i;
                for (int j = 0; j < 4; j++)
                {
                    int frame = firstFrame + (4 * columnQuad) + j;
                    if (row < levels.Coefficients && frame < frames)
                    {
                        features[(((clip * levels.Coefficients) + row) * frames) + frame] = sums[(4 * i) + j];
                    }
                }
            }
        }
    }

    private static void AddRow(ArrayView<float> sums, int first, float weight, Float4 x)
    {
        sums[first] += weight * x.X;
        sums[first + 1] += weight * x.Y;
        sums[first + 2] += weight * x.Z;
        sums[first + 3] += weight * x.W;
    }

    /// <summary>The largest value of the block's threads, in all of them.</summary>
    private static float BlockMaximum(float value)
    {
        ArrayView<float> warps = SharedMemory.Allocate<float>(BlockSize / 32);
        value = InWarp.Max(value);
        if (Warp.IsFirstLane)
        {
            warps[Warp.WarpIdx] = value;
        }

        Group.Barrier();
        return InWarp.Max(warps[Warp.LaneIdx % (BlockSize / 32)]);
    }
}

/// <summary>What is made of a bin's squared magnitude.</summary>
internal interface ISpectrumPower
{
    static abstract float Of(float squared, float power);
}

/// <summary>|X|^2.</summary>
internal readonly struct SquaredMagnitude : ISpectrumPower
{
    public static float Of(float squared, float power) => squared;
}

/// <summary>|X|.</summary>
internal readonly struct PlainMagnitude : ISpectrumPower
{
    public static float Of(float squared, float power) => MathF.Sqrt(squared);
}

/// <summary>|X|^power.</summary>
internal readonly struct MagnitudeToPower : ISpectrumPower
{
    public static float Of(float squared, float power) => MathX.Pow(MathF.Sqrt(squared), power);
}
