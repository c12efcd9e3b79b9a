namespace RawSer.Testing.OpCases;

internal static class ElementwiseOps
{
    private static readonly OpInput[] s_large = [OpInput.Uniform([32, 128, 1024], 0.1, 2)];

    public static IEnumerable<OpCase> Cases { get; } =
    [
        Unary("exp", x => x.Exp(), -4, 4),
        Unary("log", x => x.Log(), 0.05, 9),
        Unary("log1p", x => x.Log1p(), -0.9, 5),
        Unary("sqrt", x => x.Sqrt(), 0.05, 9),
        Unary("rsqrt", x => x.Rsqrt(), 0.05, 9),
        Unary("reciprocal", x => x.Reciprocal(), 0.2, 4),
        Unary("square", x => x.Square(), -3, 3),
        Unary("abs", x => x.Abs(), -3, 3, 0),
        Unary("negate", x => -x, -3, 3),
        Unary("affine", x => x.Affine(-1.5, 0.25), -3, 3),
        Unary("erf", x => x.Erf(), -3, 3),
        Unary("sigmoid", x => x.Sigmoid(), -6, 6),
        Unary("tanh", x => x.Tanh(), -3, 3),
        Unary("relu", x => x.Relu(), -2, 2, 0),
        Unary("leaky_relu", x => x.LeakyRelu(0.2), -2, 2, 0),
        Unary("gelu", x => x.Gelu(), -4, 4),
        Unary("gelu_tanh", x => x.GeluTanh(), -4, 4),
        Unary("silu", x => x.Silu(), -6, 6),
        Unary("elu", x => x.Elu(0.7), -4, 4, 0),
        Unary("selu", x => x.Selu(), -4, 4, 0),
        Unary("relu6", x => x.Relu6(), -2, 8, 0, 6),
        Unary("hard_sigmoid", x => x.HardSigmoid(0.2), -4, 4, -2.5, 2.5),
        Unary("softplus", x => x.Softplus(), -6, 6),
        Unary("clamp", x => x.Clamp(-1, 0.5), -2, 2, -1, 0.5),
        Unary("pow 3", x => x.Pow(3), -2, 2),
        Unary("pow 1.7", x => x.Pow(1.7), 0.1, 3),
        Unary("gelu strided", x => x.Transpose(0, 1).Slice(0, 1, step: 2).Gelu(), -4, 4),
        Binary("add", (a, b) => a + b, 5e6),
        Binary("subtract", (a, b) => a - b),
        Binary("multiply", (a, b) => a * b, 5e6),
        Binary("divide", (a, b) => a / b),
        new("pow tensor", t => t[0].Pow(t[1]), OpInput.Uniform([4, 1, 5], 0.2, 3), OpInput.Uniform([3, 1], -2, 2)) { Roundings = 32 },
        new("maximum", t => t[0].Maximum(t[1]), OpInput.Distinct([4, 6]), OpInput.Uniform([6], -0.02, -0.01)),
        new("minimum", t => t[0].Minimum(t[1]), OpInput.Distinct([4, 6]), OpInput.Uniform([6], -0.02, -0.01)),
        new("where", t => Tensor.Where(t[0], t[1], t[2]), OpInput.Mask([4, 1, 5]), OpInput.Uniform([3, 1]), OpInput.Uniform([4, 3, 5])),
        new("masked_fill", t => t[0].MaskedFill(t[1], -2.5), OpInput.Uniform([2, 3, 5]), OpInput.Mask([3, 5])),
        new("less", t => t[0].Less(t[1]), OpInput.Uniform([4, 5]), OpInput.Uniform([5])) { Differentiable = false },
        new("equal indices", t => t[0].Equal(t[1]), OpInput.Indices([40], 3), OpInput.Indices([40], 3)) { Differentiable = false },
    ];

    private static OpCase Unary(string name, Func<Tensor, Tensor> op, double low, double high, params double[] kinks) =>
        new(name, t => op(t[0]), OpInput.Uniform([7, 13], low, high, 0.02, kinks)) { Timed = s_large };

    private static OpCase Binary(string name, Func<Tensor, Tensor, Tensor> op, double timed = 0) =>
        new(name, t => op(t[0], t[1]), OpInput.Uniform([4, 3, 5], -2, 2), OpInput.Uniform([3, 1], 0.5, 2))
        {
            Timed = timed > 0 ? [OpInput.Uniform([32, 64, 2048]), OpInput.Uniform([32, 64, 2048])] : [],
        };
}
