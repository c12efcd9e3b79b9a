namespace RawSer.Weights.Renaming;

/// <summary>
/// Weight normalisation, w = g v / |v| (Salimans and Kingma, 2016, eq. 2), with one norm for each index of one axis: PyTorch's
/// <c>weight_norm(dim)</c>. Files hold g and v as <c>weight_g</c> and <c>weight_v</c>, or since PyTorch 2.1 as
/// <c>parametrizations.weight.original0</c> and <c>original1</c>.
/// </summary>
public static class WeightNorm
{
    /// <summary>Turns the directions v of the given shape into weights, in place. Norms are summed in double.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Apply(Span<float> directions, ReadOnlySpan<long> shape, ReadOnlySpan<float> magnitudes, int axis)
    {
        if (axis < 0 || axis >= shape.Length || magnitudes.Length != shape[axis])
        {
            throw new ArgumentException($"weight norm over axis {axis} of {shape.Length} axes with {magnitudes.Length} magnitudes");
        }

        long inner = 1;
        for (int i = axis + 1; i < shape.Length; i++)
        {
            inner *= shape[i];
        }

        double[] squares = new double[magnitudes.Length];
        for (int i = 0; i < directions.Length; i++)
        {
            squares[i / inner % magnitudes.Length] += (double)directions[i] * directions[i];
        }

        for (int i = 0; i < directions.Length; i++)
        {
            int index = (int)(i / inner % magnitudes.Length);
            directions[i] = (float)(magnitudes[index] * (directions[i] / Math.Sqrt(squares[index])));
        }
    }
}
