using RawSer.Kernels;

namespace RawSer.Nn;

/// <summary>A dense layer: <c>y = x W^T + b</c> over the last dimension, (..., in) to (..., out). Parameters <c>weight</c> (out, in) and <c>bias</c> (out).</summary>
public sealed class Linear : Module
{
    private PackedMatrix? _packed;

    /// <summary>A dense layer from <paramref name="inputs"/> to <paramref name="outputs"/> features.</summary>
    public Linear(int inputs, int outputs, bool bias = true)
    {
        Weight = Parameter("weight", [outputs, inputs]);
        Bias = bias ? Parameter("bias", [outputs]) : null;
    }

    /// <summary>(out, in).</summary>
    public Tensor Weight { get; }

    /// <summary>(out), or null.</summary>
    public Tensor? Bias { get; }

    /// <inheritdoc/>
    protected override long OwnPackedBytes => _packed?.ByteLength ?? 0;

    /// <summary>The layer followed by ReLU, in one pass over the result.</summary>
    public Tensor ForwardRelu(Tensor input) => input.Linear(Weight, Bias, relu: true, _packed);

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.Linear(Weight, Bias, relu: false, _packed);

    /// <inheritdoc/>
    protected internal override void PackCore(bool keepOriginals)
    {
        UnpackCore();
        _packed = Weight.PackRows();
        if (_packed is not null && !keepOriginals)
        {
            GiveUpOriginal(Weight);
        }
    }

    /// <inheritdoc/>
    protected internal override void UnpackCore()
    {
        _packed?.Dispose();
        _packed = null;
    }

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init) => init.FillLayer(Weight, Bias, Fans.Convolution(Weight.Shape));
}
