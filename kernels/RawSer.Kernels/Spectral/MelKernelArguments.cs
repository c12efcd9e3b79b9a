using RawSer.Gpu.Dialect;

namespace RawSer.Kernels.Spectral;

/// <summary>The tables of a plan in the memory of a device.</summary>
internal readonly struct MelTables(
    ArrayView<float> window, ArrayView<Complex32> factors, ArrayView<BlockFftStage> stages, ArrayView<MelFilter> filters, ArrayView<float> weights, ArrayView<float> cosines)
{
    /// <summary>The window; halved where two samples make a point.</summary>
    public readonly ArrayView<float> Window = window;

    /// <summary>Twiddle factors and roots of the stages; then those that split a packed spectrum, or the chirp and its transform (Bluestein).</summary>
    public readonly ArrayView<Complex32> Factors = factors;

    /// <summary>The stages of the transform.</summary>
    public readonly ArrayView<BlockFftStage> Stages = stages;

    /// <summary>The mel filters.</summary>
    public readonly ArrayView<MelFilter> Filters = filters;

    /// <summary>Their weights, one filter after the other.</summary>
    public readonly ArrayView<float> Weights = weights;

    /// <summary>The cosine transform as (mels, coefficients), coefficients padded with zeros to a multiple of 4.</summary>
    public readonly ArrayView<float> Cosines = cosines;
}

/// <summary>A mel filter: its first bin, the number of its weights and the place of the first.</summary>
internal readonly record struct MelFilter(int Bin, int Count, int Weight);

/// <summary>How clips become frames: lengths in samples.</summary>
internal readonly record struct FrameShape(int Samples, int FftSize, int Hop, int Pad, PadMode PadMode, int Frames, DeviceDivisor BlocksPerClip);

/// <summary>How a frame becomes a spectrum.</summary>
/// <param name="Fft">The complex transform.</param>
/// <param name="Points">Complex points of a frame; fewer than the transform has where that is a convolution.</param>
/// <param name="Packed">1 if two samples make a point.</param>
/// <param name="Split">Place of the factors that split a packed spectrum.</param>
/// <param name="Chirp">Place of the chirp, followed by its transform; -1 without one.</param>
/// <param name="Power">Exponent of magnitudes, where it is neither 1 nor 2.</param>
internal readonly record struct SpectrumShape(BlockFft Fft, int Points, int Packed, int Split, int Chirp, float Power);

/// <summary>How spectra become features.</summary>
/// <param name="Mels">Number of filters.</param>
/// <param name="Group">Divides by the frames at a time.</param>
/// <param name="Coefficients">Rows of the cosine transform, 0 without one.</param>
/// <param name="Amin">Smallest power.</param>
/// <param name="Reference">Level of 0 dB where it is the same for all clips.</param>
/// <param name="NeedsMaximum">1 if levels depend on the clip's maximum, so that a second launch finishes them.</param>
/// <param name="RelativeToMaximum">1 if the clip's maximum is 0 dB.</param>
/// <param name="TopDb">Levels below the maximum that are kept; infinity for all.</param>
internal readonly record struct LevelShape(
    int Mels, DeviceDivisor Group, int Coefficients, float Amin, float Reference, int NeedsMaximum, int RelativeToMaximum, float TopDb)
{
    /// <summary>Rows of the features.</summary>
    public int Rows => Coefficients > 0 ? Coefficients : Mels;
}
