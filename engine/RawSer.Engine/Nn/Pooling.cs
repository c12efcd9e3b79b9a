namespace RawSer.Nn;

/// <summary>Max pooling over the last two dimensions; a single number gives windows that follow each other, the remainder dropped.</summary>
public sealed class MaxPool2d(PoolOptions options) : Module
{
    /// <summary>Windows.</summary>
    public PoolOptions Options => options;

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.MaxPool2d(options);
}

/// <summary>Average pooling over the last two dimensions. PyTorch counts padding, Keras does not.</summary>
public sealed class AvgPool2d(PoolOptions options, bool countPadding = true) : Module
{
    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.AvgPool2d(options, countPadding);
}
