namespace RawSer.Kernels;

/// <summary>
/// The innermost loop of matrix products and convolutions: a tile of results that stays in registers while the loop runs over the
/// inner dimension. One implementation per register width.
/// </summary>
internal unsafe interface ITile
{
    /// <summary>Rows of the tile: columns of a packed panel of the left operand.</summary>
    static abstract int Rows { get; }

    /// <summary>Largest number of columns, three registers.</summary>
    static abstract int Columns { get; }

    /// <summary>Floats in a register.</summary>
    static abstract int Lanes { get; }

    /// <summary>
    /// <c>c[i, j] (+)= sum over k of a[k * Rows + i] * b[rows[k] + j]</c> for i &lt; Rows and j &lt; columns, or j &lt; Lanes if there are
    /// fewer columns: exactly that is written. The last register ends with the last column and so may overlap the one before.
    /// Row i of c starts at <c>c + i * stride</c>.
    /// </summary>
    /// <param name="depth">Number of terms k.</param>
    /// <param name="a">Packed panel: Rows values for each k.</param>
    /// <param name="b">Base of the rows of the right operand.</param>
    /// <param name="rows">Where row k of the right operand starts, in elements from <paramref name="b"/>.</param>
    /// <param name="columns">1 to Columns.</param>
    /// <param name="c">Result.</param>
    /// <param name="stride">Distance of the rows of c.</param>
    /// <param name="accumulate">Whether the sums are added to c or replace it.</param>
    /// <param name="ahead">What the caller needs next.</param>
    static abstract void Multiply(nint depth, float* a, float* b, int* rows, int columns, float* c, nint stride, bool accumulate, Ahead ahead = default);
}

/// <summary>
/// Memory that is needed soon: a tile may ask the second-level cache for the line at <c>data + k * step</c> with term k, so that requests are spread
/// evenly over its loop. Nothing if data is null.
/// </summary>
internal readonly unsafe struct Ahead(float* data, nint step)
{
    public float* Data => data;

    public nint Step => step;
}
