using RawSer.Kernels;

namespace RawSer;

/// <summary>What stands in the margin that <see cref="Tensor.Pad"/> adds.</summary>
public enum PaddingMode
{
    /// <summary>One value; negative widths cut off instead.</summary>
    Constant,

    /// <summary>The entries mirrored at the edge, without the edge itself.</summary>
    Reflect,

    /// <summary>The entry at the edge.</summary>
    Replicate,
}

public sealed partial class Tensor
{
    /// <summary>
    /// Adds margins. The widths are pairs (before, after), beginning with the last dimension, as PyTorch orders them.
    /// </summary>
    public Tensor Pad(ReadOnlySpan<int> widths, PaddingMode mode = PaddingMode.Constant, double value = 0)
    {
        if (widths.Length % 2 != 0 || widths.Length > 2 * Rank)
        {
            throw new ArgumentException($"pad: {widths.Length} widths for shape {Shape}, expected pairs (before, after) for at most {Rank} dimensions");
        }

        if (mode == PaddingMode.Constant)
        {
            return PadConstant(widths, value);
        }

        Tensor y = this;
        for (int i = 0; i < widths.Length / 2; i++)
        {
            if (widths[2 * i] != 0 || widths[(2 * i) + 1] != 0)
            {
                y = y.PadByIndex(Rank - 1 - i, widths[2 * i], widths[(2 * i) + 1], mode);
            }
        }

        return ReferenceEquals(y, this) ? Clone() : y;
    }

    private Tensor PadConstant(ReadOnlySpan<int> widths, double value)
    {
        CheckFloats("pad", this);
        Shape padded = Shape;
        Layout from = Layout;
        List<(int Dim, int From, int To, int Length)> kept = [];
        for (int i = 0; i < widths.Length / 2; i++)
        {
            int d = Rank - 1 - i, before = widths[2 * i], after = widths[(2 * i) + 1];
            int extent = Shape[d] + before + after, length = Shape[d] + Math.Min(before, 0) + Math.Min(after, 0);
            if (extent < 0 || length < 0)
            {
                throw new ArgumentException($"pad: widths ({before}, {after}) cut more than the {Shape[d]} entries of dimension {d} of shape {Shape}");
            }

            padded = padded.With(d, extent);
            kept.Add((d, Math.Max(-before, 0), Math.Max(before, 0), length));
        }

        Tensor y = Full(padded, value, DType, Device);
        Layout to = y.Layout;
        foreach ((int dim, int start, int at, int length) in kept)
        {
            from = from.Slice(dim, start, length);
            to = to.Slice(dim, at, length);
        }

        Backend.Copy(View.With(from), y.View.With(to));
        return Autograd.Record(y, "pad", [this], [], kept, static (g, kept) =>
        {
            Tensor dx = Zeros(g.InputShape(0), g.Grad.DType, g.Grad.Device);
            Layout to = dx.Layout, from = g.Grad.Layout;
            foreach ((int dim, int start, int at, int length) in kept)
            {
                to = to.Slice(dim, start, length);
                from = from.Slice(dim, at, length);
            }

            dx.Backend.Copy(g.Grad.View.With(from), dx.View.With(to));
            g.Set(0, dx);
        });
    }

    private Tensor PadByIndex(int dim, int before, int after, PaddingMode mode)
    {
        int extent = Shape[dim], reach = mode == PaddingMode.Reflect ? extent - 1 : int.MaxValue;
        if (extent == 0 || before < 0 || after < 0 || before > reach || after > reach)
        {
            throw new ArgumentException(
                $"pad: widths ({before}, {after}) in dimension {dim} of shape {Shape} with mode {mode}; expected 0 to " +
                (mode == PaddingMode.Reflect ? $"{Math.Max(0, extent - 1)}" : "any width of a dimension that has entries"));
        }

        long[] index = new long[before + extent + after];
        for (int i = 0; i < index.Length; i++)
        {
            int at = i - before;
            index[i] = mode == PaddingMode.Replicate ? Math.Clamp(at, 0, extent - 1) : at < 0 ? -at : at >= extent ? (2 * (extent - 1)) - at : at;
        }

        using Tensor places = From(index, [index.Length], Device);
        return IndexSelect(dim, places);
    }
}
