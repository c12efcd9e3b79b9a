using System.Numerics;

namespace RawSer.Testing;

/// <summary>Compares arrays under a <see cref="Tolerance"/> and describes the worst element.</summary>
public static class Closeness
{
    /// <summary>Null if every element is accepted, else one line with the worst element and the number of bad ones.</summary>
    public static string? Mismatch<T>(ReadOnlySpan<T> got, ReadOnlySpan<T> expected, Tolerance tolerance, ReadOnlySpan<int> extents = default)
        where T : unmanaged, INumberBase<T>
    {
        if (got.Length != expected.Length)
        {
            return $"{got.Length} elements, expected {expected.Length}";
        }

        int worst = -1;
        int bad = 0;
        double worstRatio = 0;
        for (int i = 0; i < got.Length; i++)
        {
            double ratio = tolerance.Ratio(double.CreateChecked(got[i]), double.CreateChecked(expected[i]));
            if (ratio > 1)
            {
                bad++;
                if (worst < 0 || ratio > worstRatio)
                {
                    (worst, worstRatio) = (i, ratio);
                }
            }
        }

        return worst < 0
            ? null
            : Describe(worst, double.CreateChecked(got[worst]), double.CreateChecked(expected[worst]), tolerance, extents)
                + (bad > 1 ? $"; {bad} of {got.Length} elements differ" : "");
    }

    /// <summary>One element of a result against what was expected.</summary>
    public static string Describe(int index, double got, double expected, Tolerance tolerance, ReadOnlySpan<int> extents = default)
    {
        string difference = double.IsFinite(got) && double.IsFinite(expected)
            ? $", difference {Math.Abs(got - expected):g3} > {tolerance.At(expected):g3} ({tolerance})"
            : "";
        return $"[{Position(index, extents)}] got {got:g9}, expected {expected:g9}{difference}";
    }

    /// <summary>A row-major index as coordinates.</summary>
    private static string Position(int index, ReadOnlySpan<int> extents)
    {
        if (extents.Length == 0)
        {
            return index.ToString();
        }

        int[] coordinates = new int[extents.Length];
        for (int dim = extents.Length - 1; dim >= 0; dim--)
        {
            coordinates[dim] = index % extents[dim];
            index /= extents[dim];
        }

        return string.Join(", ", coordinates);
    }
}
