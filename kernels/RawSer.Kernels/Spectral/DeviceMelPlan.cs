using System.Runtime.InteropServices;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels.Spectral;

/// <summary>A plan on a device: its tables in the device's memory and how many frames a block takes at a time. Its memory goes back to the pool with it.</summary>
internal sealed class DeviceMelPlan
{
    /// <summary>Shared memory of a block that leaves room for several blocks on a multiprocessor.</summary>
    private const int ModestSharedBytes = 40 * 1024;

    private readonly MelFeaturePlan _plan;

    /// <summary>Uploads the tables.</summary>
    /// <exception cref="NotSupportedException">The transform is too long for a block's shared memory, or is to be computed in double.</exception>
    public DeviceMelPlan(CudaBackend backend, MelFeaturePlan plan)
    {
        StftPlan stft = plan.Mel.Stft;
        if (stft.Options.Precision != TransformPrecision.Single)
        {
            throw new NotSupportedException($"{backend.Name}: spectra are computed in {TransformPrecision.Single} precision, not {stft.Options.Precision}; compute these on the cpu");
        }

        _plan = plan;
        int packed = stft.FftSize % 2 == 0 ? 1 : 0, points = packed == 1 ? stft.FftSize / 2 : stft.FftSize;
        FftPlan<float> fft = new(points);
        FftPlan<float> stages = fft.Convolution?.Inner ?? fft;
        List<float> factors = [];
        BlockFftStage[] table = [.. stages.Stages.Select(stage => Append(factors, stage, stages.Length))];
        int split = factors.Count / 2, chirp = -1;
        for (int k = 0; packed == 1 && k <= points / 2; k++)
        {
            (float re, float im) = FftPlan<float>.RootOfUnity(k, stft.FftSize);
            factors.AddRange([re, im]);
        }

        if (fft.Convolution is { } bluestein)
        {
            chirp = factors.Count / 2;
            factors.AddRange(bluestein.Chirp);
            factors.AddRange(bluestein.Kernel);
        }

        int frames = MelKernels.FramesPerBlock, mels = plan.Mel.Filters.Count;
        while (frames > 1 && MelKernels.SharedBytes(new BlockFft(frames, stages.Length, 0), mels) > ModestSharedBytes)
        {
            frames /= 2;
        }

        BlockFft transform = new(frames, stages.Length, table.Length);
        SharedBytes = MelKernels.SharedBytes(transform, mels);
        if (SharedBytes > backend.Gpu.Properties.SharedMemoryPerBlockOptIn - 64)
        {
            throw new NotSupportedException(
                FormattableString.Invariant($"{backend.Name}: n_fft {stft.FftSize} needs {SharedBytes:N0} bytes of shared memory, a block has {backend.Gpu.Properties.SharedMemoryPerBlockOptIn:N0}; compute these spectra on the cpu"));
        }

        Spectrum = new SpectrumShape(transform, points, packed, split, chirp, plan.Mel.Power);
        MelLevelOptions levels = plan.Levels;
        bool needsMaximum = levels.RelativeToMaximum || levels.TopDb is not null;
        Levels = new LevelShape(
            mels, new DeviceDivisor(frames), plan.Cosine?.Outputs ?? 0, (float)levels.Amin,
            levels.RelativeToMaximum ? 0 : (float)(10 * Math.Log10(Math.Max(levels.Amin, 1))),
            needsMaximum ? 1 : 0, levels.RelativeToMaximum ? 1 : 0, (float)(levels.TopDb ?? double.PositiveInfinity));
        float[] window = [.. stft.WindowValues.Select(w => (float)(packed == 1 ? w / 2 : w))];
        (Memory, Tables) = Upload(backend, window, [.. factors], table, FiltersOf(plan.Mel.Filters), plan.Mel.Filters.Weights, CosinesOf(plan.Cosine));
    }

    /// <summary>The memory of the tables.</summary>
    public Storage Memory { get; }

    public MelTables Tables { get; }

    public SpectrumShape Spectrum { get; }

    public LevelShape Levels { get; }

    /// <summary>Shared memory of a block in bytes.</summary>
    public int SharedBytes { get; }

    /// <summary>How clips of a length become frames.</summary>
    public FrameShape Frames(int samples)
    {
        StftPlan stft = _plan.Mel.Stft;
        int frames = stft.FrameCount(samples);
        return new FrameShape(
            samples, stft.FftSize, stft.HopLength, stft.Pad, stft.Options.PadMode, frames,
            new DeviceDivisor((frames + MelKernels.FramesPerBlock - 1) / MelKernels.FramesPerBlock));
    }

    private static BlockFftStage Append(List<float> factors, FftStage<float> stage, int length)
    {
        int twiddles = factors.Count / 2;
        factors.AddRange(stage.Twiddles);
        int roots = factors.Count / 2;
        factors.AddRange(stage.Roots);
        return new BlockFftStage(stage.Radix, twiddles, roots, new DeviceDivisor(stage.Span), new DeviceDivisor(length / stage.Radix));
    }

    private static MelFilter[] FiltersOf(MelFilterBank bank)
    {
        MelFilter[] filters = new MelFilter[bank.Count];
        int weight = 0;
        for (int m = 0; m < filters.Length; m++)
        {
            filters[m] = new MelFilter(bank.Starts[m], bank.Counts[m], weight);
            weight += bank.Counts[m];
        }

        return filters;
    }

    private static float[] CosinesOf(DctPlan? dct)
    {
        if (dct is null)
        {
            return [];
        }

        int padded = (dct.Outputs + 3) / 4 * 4;
        float[] cosines = new float[dct.Inputs * padded];
        for (int n = 0; n < dct.Inputs; n++)
        {
            for (int k = 0; k < dct.Outputs; k++)
            {
                cosines[(n * padded) + k] = (float)dct.Weight(k, n);
            }
        }

        return cosines;
    }

    private static (Storage Storage, MelTables Tables) Upload(
        CudaBackend backend, ReadOnlySpan<float> window, ReadOnlySpan<float> factors, ReadOnlySpan<BlockFftStage> stages, ReadOnlySpan<MelFilter> filters,
        ReadOnlySpan<float> weights, ReadOnlySpan<float> cosines)
    {
        List<byte> bytes = [];
        int windowAt = Append(bytes, window), factorsAt = Append(bytes, factors), stagesAt = Append(bytes, stages);
        int filtersAt = Append(bytes, filters), weightsAt = Append(bytes, weights), cosinesAt = Append(bytes, cosines);
        Storage storage = backend.Memory.Allocate(bytes.Count);
        backend.Upload(CollectionsMarshal.AsSpan(bytes), storage, 0);
        return (storage, new MelTables(
            storage.View<float>(windowAt, window.Length), storage.View<Complex32>(factorsAt, factors.Length / 2),
            storage.View<BlockFftStage>(stagesAt, stages.Length), storage.View<MelFilter>(filtersAt, filters.Length),
            storage.View<float>(weightsAt, weights.Length), storage.View<float>(cosinesAt, cosines.Length)));
    }

    /// <summary>Appends a table at a multiple of 16 bytes and says where.</summary>
    private static int Append<T>(List<byte> bytes, ReadOnlySpan<T> table) where T : unmanaged
    {
        bytes.AddRange(new byte[(16 - (bytes.Count % 16)) % 16]);
        int at = bytes.Count;
        bytes.AddRange(MemoryMarshal.AsBytes(table));
        return at;
    }
}
