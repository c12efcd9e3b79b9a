namespace RawSer.GoldenCheck.Keras;

/// <summary>Activations by the names of Keras and of the cases.</summary>
internal static class ActivationCases
{
    private const string SoftmaxAxis = "softmax_axis";

    public static void Register(HandlerTable table) =>
        table.Kind("activation", (golden, run) => run.Result(Named(golden.Attrs.String("fn"))(run.Input("x"))));

    /// <summary>With the constants of Keras 2.</summary>
    public static Func<Tensor, Tensor> Named(string name) => name switch
    {
        "linear" => x => x,
        "relu" => x => x.Relu(),
        "relu6" => x => x.Relu6(),
        "leaky_relu_layer" => x => x.LeakyRelu(0.3),
        "elu" => x => x.Elu(),
        "selu" => x => x.Selu(),
        "gelu" or "gelu_erf" => x => x.Gelu(),
        "gelu_tanh" => x => x.GeluTanh(),
        "swish" or "silu" => x => x.Silu(),
        "softplus" => x => x.Softplus(),
        "sigmoid" => x => x.Sigmoid(),
        "hard_sigmoid" => x => x.HardSigmoid(0.2),
        "tanh" => x => x.Tanh(),
        "exponential" => x => x.Exp(),
        "softmax" or "softmax_last" => x => x.Softmax(-1),
        "log_softmax" => x => x.LogSoftmax(-1),
        _ when name.StartsWith(SoftmaxAxis, StringComparison.Ordinal) && int.TryParse(name[SoftmaxAxis.Length..], out int axis) => x => x.Softmax(axis),
        _ => throw new GoldenUnsupportedException($"activation {name}"),
    };
}
