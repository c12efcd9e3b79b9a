namespace RawSer.Nn;

/// <summary>All dimensions from <paramref name="from"/> on as one, in memory order: (N, C, F, T) to (N, C*F*T).</summary>
public sealed class Flatten(int from = 1) : Module
{
    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        int first = input.Shape.Dim(from);
        return input.Reshape([.. input.Shape.AsSpan()[..first], -1]);
    }
}
