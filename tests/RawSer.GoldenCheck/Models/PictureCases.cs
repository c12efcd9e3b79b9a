using RawSer.Models.Pictures;

namespace RawSer.GoldenCheck.Models;

/// <summary>Colour scales of matplotlib, and spectrograms as librosa's specshow draws them.</summary>
internal static class PictureCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("colormap", Tables);
        table.Kind("colormap_lookup", Lookup);
        table.Kind("specshow", Specshow);
    }

    private static void Tables(GoldenCase golden, GoldenRun run)
    {
        foreach (Colormap map in Colormap.All)
        {
            run.Output($"{map.Name}_float", map.Levels.ToArray(), [Colormap.Steps, 3]);
            run.Output(map.Name, map.Bytes.ToArray(), [Colormap.Steps, 3]);
            run.Output($"{map.Name}_drawn", map.Drawn.ToArray(), [Colormap.Steps, 3]);
        }
    }

    /// <summary>Colours of single values. A value within rounding of a border of two steps may have the colour of either.</summary>
    private static void Lookup(GoldenCase golden, GoldenRun run)
    {
        golden.Attrs.Describe("dtype_of_t");
        float[] t = golden.Input("t").Floats;
        foreach (string role in golden.OutputRoles)
        {
            run.Covered(role);
            Colormap map = Colormap.Get(role);
            byte[] expected = [.. golden.Expected(role).Longs.Select(value => (byte)value)];
            for (int i = 0; i < t.Length; i++)
            {
                ReadOnlySpan<byte> colour = expected.AsSpan(i * 3, 3);
                bool hit = colour.SequenceEqual(Colour(map, t[i])) || colour.SequenceEqual(Colour(map, MathF.BitDecrement(t[i]))) || colour.SequenceEqual(Colour(map, MathF.BitIncrement(t[i])));
                run.Check($"{role} at {t[i]}", hit, $"got {string.Join(" ", Colour(map, t[i]).ToArray())}, expected {string.Join(" ", colour.ToArray())}");
            }
        }
    }

    private static void Specshow(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        GoldenTensor data = golden.Input("data");
        Colormap map = Colormap.Get(attrs.String("cmap"));
        if (attrs.Bool("default_cmap"))
        {
            run.Equal("chosen scale", Colormap.For(data.Floats).Name, map.Name);
        }

        int height = attrs.Int("height"), width = attrs.Int("width");
        byte[] picture = new byte[height * width * SpectrogramPicture.Channels];
        SpectrogramPicture drawing = new(map, attrs.DoubleOrNull("vmin") is { } low ? (float)low : null, attrs.DoubleOrNull("vmax") is { } high ? (float)high : null);
        drawing.Draw(data.Floats, data.Shape[0], data.Shape[1], height, width, picture);

        // Where a pixel's centre lies on a border of two cells, either may be drawn: such rows and columns are taken from the expectation.
        byte[] expected = [.. golden.Expected("image").Longs.Select(value => (byte)value)];
        HashSet<int> rows = [.. attrs.Ints("undefined_rows")], columns = [.. attrs.Ints("undefined_columns")];
        for (int i = 0; i < picture.Length; i++)
        {
            int pixel = i / SpectrogramPicture.Channels;
            if (rows.Contains(pixel / width) || columns.Contains(pixel % width))
            {
                picture[i] = expected[i];
            }
        }

        run.Output("image", picture, [height, width, SpectrogramPicture.Channels]);
        run.Check("all pixels are equal to the bit", picture.AsSpan().SequenceEqual(expected));
    }

    private static ReadOnlySpan<byte> Colour(Colormap map, float t) => map.Bytes.Slice(Colormap.Step(t) * 3, 3);
}
