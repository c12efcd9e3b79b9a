namespace RawSer.GoldenCheck.Programs;

/// <summary>
/// Interpreter of the <c>program</c> cases (autograd): steps that compute named values, loops, and backward calls between them. In-place steps bind
/// the name to a new value, which the cases allow.
/// </summary>
internal static class ProgramCases
{
    /// <summary>Every computing step: attributes of the step, values named in its <c>in</c>.</summary>
    private static readonly Dictionary<string, Func<GoldenAttributes, Tensor[], Tensor>> Operations = new()
    {
        ["add"] = (_, x) => x[0].Add(x[1]),
        ["sub"] = (_, x) => x[0].Subtract(x[1]),
        ["mul"] = (_, x) => x[0].Multiply(x[1]),
        ["div"] = (_, x) => x[0].Divide(x[1]),
        ["add_"] = (_, x) => x[0].Add(x[1]),
        ["mul_"] = (_, x) => x[0].Multiply(x[1]),
        ["scale"] = (step, x) => x[0] * step.Double("value"),
        ["shift"] = (step, x) => x[0] + step.Double("value"),
        ["neg"] = (_, x) => -x[0],
        ["exp"] = (_, x) => x[0].Exp(),
        ["log"] = (_, x) => x[0].Log(),
        ["sqrt"] = (_, x) => x[0].Sqrt(),
        ["tanh"] = (_, x) => x[0].Tanh(),
        ["sigmoid"] = (_, x) => x[0].Sigmoid(),
        ["relu"] = (_, x) => x[0].Relu(),
        ["gelu"] = (_, x) => x[0].Gelu(),
        ["softmax"] = (step, x) => x[0].Softmax(step.Int("dim")),
        ["sum"] = (step, x) => step.Has("dim") ? x[0].Sum(step.Ints("dim"), step.Bool("keepdim", false)) : x[0].Sum(),
        ["mean"] = (step, x) => step.Has("dim") ? x[0].Mean(step.Ints("dim"), step.Bool("keepdim", false)) : x[0].Mean(),
        ["max"] = (step, x) => step.Has("dim") ? x[0].Max(step.Int("dim"), step.Bool("keepdim", false)).Values : x[0].Max(),
        ["matmul"] = (_, x) => x[0].MatMul(x[1]),
        ["transpose"] = (_, x) => x[0].Transpose(-2, -1),
        ["reshape"] = (step, x) => x[0].Reshape(step.Ints("shape")),
        ["expand"] = (step, x) => x[0].BroadcastTo(step.Ints("shape")),
        ["concat"] = (step, x) => Tensor.Concat(x, step.Int("dim")),
        ["stack"] = (step, x) => Tensor.Stack(x, step.Int("dim")),
        ["slice"] = (step, x) => x[0].Slice(step.Int("dim"), step.Int("start"), step.Int("stop")),
        ["set_slice_"] = SetSlice,
        ["index_select"] = (step, x) => x[0].IndexSelect(step.Int("dim"), x[1]),
        ["where"] = (_, x) => Tensor.Where(x[0], x[1], x[2]),
        ["detach"] = (_, x) => x[0].Detach(),
        ["copy"] = (_, x) => x[0].Clone(),
    };

    public static void Register(HandlerTable table) => table.Op("program", Run);

    private static void Run(GoldenCase golden, GoldenRun run)
    {
        var values = new Dictionary<string, Tensor>();
        var leaves = new Dictionary<string, Tensor>();
        foreach (string role in golden.InputRoles)
        {
            values[role] = run.ToDevice(golden.Input(role));
        }

        foreach (string leaf in golden.Attrs.Strings("leaves"))
        {
            leaves[leaf] = values[leaf];
            values[leaf].RequiresGrad = true;
        }

        Execute(golden.Attrs.Objects("program"), values);
        foreach (string leaf in golden.Attrs.Strings("no_gradient"))
        {
            bool none = leaves[leaf].Grad is not { } grad || Array.TrueForAll(GoldenRun.ToHost(grad).Doubles, value => value == 0);
            run.Check($"{leaf} has no gradient", none);
        }

        foreach (string role in golden.OutputRoles)
        {
            run.Output(role, values.TryGetValue(role, out Tensor? value) ? value : GradientOf(leaves[role[1..]]));
        }
    }

    private static void Execute(GoldenAttributes[] steps, Dictionary<string, Tensor> values)
    {
        foreach (GoldenAttributes step in steps)
        {
            if (step.Has("repeat"))
            {
                GoldenAttributes[] body = step.Objects("body");
                for (int i = step.Int("repeat"); i > 0; i--)
                {
                    Execute(body, values);
                }

                continue;
            }

            switch (step.String("op"))
            {
                case "backward":
                    values[step.String("of")].Backward(step.StringOrNull("upstream") is { } upstream ? values[upstream] : null, retainGraph: true);
                    break;
                case "keep_grad":
                    values[step.String("out")] = GradientOf(values[step.String("of")]).Clone();
                    break;
                case "zero_grad":
                    Array.ForEach(step.Strings("of"), name => values[name].ZeroGrad());
                    break;
                case string op when !Operations.ContainsKey(op):
                    throw new GoldenUnsupportedException($"program step '{op}' is not known");
                case string op:
                    values[step.String("out")] = Operations[op](step, Array.ConvertAll(step.Strings("in"), name => values[name]));
                    break;
            }
        }
    }

    private static Tensor GradientOf(Tensor leaf) => leaf.Grad ?? Tensor.Zeros(leaf.Shape, leaf.DType, leaf.Device);

    /// <summary>The first value with the part from start to stop replaced by the second.</summary>
    private static Tensor SetSlice(GoldenAttributes step, Tensor[] x)
    {
        int dim = step.Int("dim");
        Tensor before = x[0].Slice(dim, 0, step.Int("start"));
        Tensor after = x[0].Slice(dim, step.Int("stop"), x[0].Shape[dim]);
        return Tensor.Concat([before, x[1], after], dim);
    }
}
