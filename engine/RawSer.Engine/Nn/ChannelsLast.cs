namespace RawSer.Nn;

/// <summary>
/// A layer over (N, C, ...) for data as TensorFlow lays them out: takes (N, ..., C), gives (N, ..., C). Its parameters keep their layout, and
/// their names begin with <c>layer.</c>.
/// </summary>
public sealed class ChannelsLast : Module
{
    private readonly Module _layer;

    /// <summary>Wraps a layer.</summary>
    public ChannelsLast(Module layer) => _layer = Child("layer", layer);

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        if (input.Rank < 2)
        {
            throw new ArgumentException($"channels last: input {input.Shape}; expected at least two dimensions (N, ..., C)");
        }

        return _layer.Forward(input.MoveDim(-1, 1)).MoveDim(1, -1);
    }
}
