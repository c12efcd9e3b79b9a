namespace RawSer.Models.Pictures;

/// <summary>
/// Draws a spectrogram as librosa's specshow does without axes and margins: every value a rectangle of its colour, row 0 at the bottom. A pixel has the
/// colour of the rectangle that its centre lies in.
/// </summary>
/// <param name="Map">Colours.</param>
/// <param name="Low">Value of the first colour; null for the least of the data.</param>
/// <param name="High">Value of the last colour; null for the greatest of the data.</param>
public sealed record SpectrogramPicture(Colormap Map, float? Low = null, float? High = null)
{
    /// <summary>Bytes of a pixel: red, green, blue.</summary>
    public const int Channels = 3;

    /// <summary>Draws values (rows, columns) into a picture (height, width, 3), red, green and blue. Values that are NaN or infinite have the first colour.</summary>
    /// <exception cref="ArgumentException">A size is not positive or does not fit the values or the picture.</exception>
    public void Draw(ReadOnlySpan<float> values, int rows, int columns, int height, int width, Span<byte> picture)
    {
        if (rows < 1 || columns < 1 || values.Length != (long)rows * columns || height < 1 || width < 1 || picture.Length != (long)height * width * Channels)
        {
            throw new ArgumentException(
                $"picture of {height} x {width} pixels in {picture.Length} bytes from {rows} x {columns} cells in {values.Length} values: sizes must be positive and fit");
        }

        (float low, float high) = Range(values);
        ReadOnlySpan<byte> colours = Map.Drawn;
        Span<int> places = width <= 1024 ? stackalloc int[width] : new int[width];
        for (int x = 0; x < width; x++)
        {
            places[x] = Cell(x, columns, width);
        }

        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> row = values.Slice(Cell(height - 1 - y, rows, height) * columns, columns);
            Span<byte> line = picture.Slice(y * width * Channels, width * Channels);
            for (int x = 0; x < width; x++)
            {
                float value = row[places[x]];
                int step = float.IsFinite(value) && high > low ? Colormap.Step((value - low) / (high - low)) : 0;
                colours.Slice(step * Channels, Channels).CopyTo(line[(x * Channels)..]);
            }
        }
    }

    /// <summary>The cell that the centre of a pixel lies in: floor((pixel + 1/2) cells / pixels).</summary>
    private static int Cell(int pixel, int cells, int pixels) => (int)(((2L * pixel) + 1) * cells / (2L * pixels));

    private (float Low, float High) Range(ReadOnlySpan<float> values)
    {
        if (Low is { } given && High is { } both)
        {
            return (given, both);
        }

        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            }
        }

        return (Low ?? low, High ?? high);
    }
}
