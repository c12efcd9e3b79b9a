using RawSer.Kernels;

namespace RawSer.Testing.OpCases;

/// <summary>One input of an <see cref="OpCase"/>: its shape and where its values come from.</summary>
public sealed record OpInput(Shape Shape, Func<Random, Shape, double[]> Values, DType Type = DType.F32)
{
    /// <summary>False for inputs without a gradient: indices, masks, class weights.</summary>
    public bool Differentiable { get; init; } = Type.IsFloat();

    /// <summary>Uniform in [low, high), at least <paramref name="margin"/> away from each of <paramref name="kinks"/>, where the operation has no derivative.</summary>
    public static OpInput Uniform(Shape shape, double low = -1, double high = 1, double margin = 0.05, params double[] kinks) =>
        new(shape, (random, s) => Fill(s, () =>
        {
            double value;
            do
            {
                value = low + ((high - low) * random.NextDouble());
            }
            while (kinks.Any(kink => Math.Abs(value - kink) < margin));

            return value;
        }));

    /// <summary>Values in random order that are at least 0.05 apart: no ties, also not after a step of finite differences.</summary>
    public static OpInput Distinct(Shape shape) => new(shape, (random, s) =>
    {
        double[] values = [.. Enumerable.Range(0, (int)s.ElementCount).Select(i => (i - (s.ElementCount / 2.0)) * 0.05)];
        random.Shuffle(values);
        return values;
    });

    /// <summary>Indices (I64) from 0 to <paramref name="limit"/> - 1.</summary>
    public static OpInput Indices(Shape shape, int limit) => new(shape, (random, s) => Fill(s, () => random.Next(limit)), DType.I64);

    /// <summary>A mask that is true for about half of the elements.</summary>
    public static OpInput Mask(Shape shape) => new(shape, (random, s) => Fill(s, () => random.Next(2)), DType.Bool);

    /// <summary>The input on a device; floats in the given type.</summary>
    public Tensor On(Device device, double[] values, DType floats)
    {
        DType type = Type.IsFloat() ? floats : Type;
        return type switch
        {
            DType.F64 => Tensor.From(values, Shape, device),
            DType.I64 => Tensor.From(Array.ConvertAll(values, v => (long)v), Shape, device),
            DType.Bool => Tensor.From(Array.ConvertAll(values, v => v != 0), Shape, device),
            _ => Tensor.From(Array.ConvertAll(values, v => (float)v), Shape, device),
        };
    }

    private static double[] Fill(Shape shape, Func<double> next) => [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => next())];
}
