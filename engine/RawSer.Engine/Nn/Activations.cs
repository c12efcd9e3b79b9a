namespace RawSer.Nn;

/// <summary>max(x, 0).</summary>
public sealed class Relu : Module
{
    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.Relu();
}

/// <summary>x Phi(x), with the error function or its tanh approximation (Hendrycks and Gimpel 2016).</summary>
public sealed class Gelu(bool tanh = false) : Module
{
    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => tanh ? input.GeluTanh() : input.Gelu();
}

/// <summary>x where x > 0, else slope * x. PyTorch's default slope is 0.01, that of the Keras layer 0.3.</summary>
public sealed class LeakyRelu(double slope = 0.01) : Module
{
    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.LeakyRelu(slope);
}

/// <summary>1 / (1 + e^-x).</summary>
public sealed class Sigmoid : Module
{
    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.Sigmoid();
}

/// <summary>Hyperbolic tangent.</summary>
public sealed class Tanh : Module
{
    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.Tanh();
}

/// <summary>Softmax over a dimension.</summary>
public sealed class Softmax(int dim = -1) : Module
{
    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.Softmax(dim);
}
