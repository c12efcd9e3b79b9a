using System.Globalization;

namespace RawSer.Models.Pictures;

/// <summary>A colour scale of 256 steps, with the values and the two roundings of matplotlib.</summary>
public sealed class Colormap
{
    /// <summary>Number of steps.</summary>
    public const int Steps = 256;

    private readonly double[] _levels;
    private readonly byte[] _bytes;
    private readonly byte[] _drawn;

    private Colormap(string name, double[] levels)
    {
        Name = name;
        _levels = levels;
        _bytes = Array.ConvertAll(levels, level => (byte)(255 * level));
        _drawn = Array.ConvertAll(levels, level => (byte)((255 * level) + 0.5));
    }

    /// <summary>magma, by N. Smith and S. van der Walt (CC0): perceptually uniform from black to light yellow.</summary>
    public static Colormap Magma { get; } = Read("magma");

    /// <summary>viridis, by E. Firing, N. Smith and S. van der Walt (CC0): perceptually uniform from dark blue to yellow.</summary>
    public static Colormap Viridis { get; } = Read("viridis");

    /// <summary>coolwarm (Moreland, 2009): from blue over grey to red, for values on both sides of zero.</summary>
    public static Colormap Coolwarm { get; } = Read("coolwarm");

    /// <summary>gray_r: from white to black.</summary>
    public static Colormap GrayReversed { get; } = new("gray_r", [.. Enumerable.Range(0, Steps * 3).Select(i => GrayLevel(i / 3))]);

    /// <summary>All scales.</summary>
    public static IReadOnlyList<Colormap> All { get; } = [Magma, Viridis, Coolwarm, GrayReversed];

    /// <summary>Name in matplotlib.</summary>
    public string Name { get; }

    /// <summary>Red, green and blue of each step, from 0 to 1.</summary>
    public ReadOnlySpan<double> Levels => _levels;

    /// <summary>Red, green and blue of each step as <c>cmap(t, bytes=True)</c>, imshow and imsave give them: 255 * level, cut off.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Red, green and blue of each step as pcolormesh, and so specshow, draws them: 255 * level, rounded.</summary>
    public ReadOnlySpan<byte> Drawn => _drawn;

    /// <summary>The scale of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Colormap Get(string name) =>
        All.FirstOrDefault(map => map.Name == name) ?? throw new ArgumentException($"unknown colour scale '{name}': use one of {string.Join(", ", All.Select(map => map.Name))}");

    /// <summary>
    /// The scale that librosa's specshow chooses: magma for values on one side of zero, else coolwarm. Sides are judged without the lowest and the
    /// highest 2% of the finite values.
    /// </summary>
    public static Colormap For(ReadOnlySpan<float> values)
    {
        List<float> finite = [];
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                finite.Add(value);
            }
        }

        if (finite.Count == 0)
        {
            return Magma;
        }

        finite.Sort();
        const double Outliers = 0.02;
        return Quantile(finite, Outliers) >= 0 || Quantile(finite, 1 - Outliers) <= 0 ? Magma : Coolwarm;
    }

    /// <summary>The step of a value in [0, 1]: 256 equal intervals, 1 belongs to the last; values outside are clamped, NaN is the first.</summary>
    public static int Step(float value) => float.IsNaN(value) ? 0 : (int)Math.Clamp(value * Steps, 0, Steps - 1);

    private static double Quantile(List<float> sorted, double share)
    {
        double place = share * (sorted.Count - 1);
        int below = (int)place, above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((place - below) * (sorted[above] - (double)sorted[below]));
    }

    // In the order of matplotlib's interpolation: where 255 * level is whole, the rounding of the division decides which byte is cut off.
    private static double GrayLevel(int step) => -(255 * (step * (1.0 / 255)) / 255) + 1;

    private static Colormap Read(string name)
    {
        using Stream stream = typeof(Colormap).Assembly.GetManifestResourceStream($"colormaps/{name}.txt")!;
        using StreamReader reader = new(stream);
        return new Colormap(name, [.. reader.ReadToEnd().Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(text => double.Parse(text, CultureInfo.InvariantCulture))]);
    }
}
