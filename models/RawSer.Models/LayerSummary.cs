using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models;

/// <summary>A layer of a network, as it ran.</summary>
/// <param name="Name">Full name, for example <c>cnn1.conv1</c>.</param>
/// <param name="Type">Kind of layer, for example <c>Conv2d</c>.</param>
/// <param name="Output">Shape of its output.</param>
/// <param name="Parameters">Elements of its parameters and running statistics (the count that Keras prints).</param>
public sealed record LayerSummaryRow(string Name, string Type, Shape Output, long Parameters);

/// <summary>The layer table of a network: what ran, in order, with output shapes and parameter counts.</summary>
public sealed class LayerSummary
{
    private LayerSummary(IReadOnlyList<LayerSummaryRow> rows, long total, long trainable)
    {
        Rows = rows;
        Total = total;
        Trainable = trainable;
    }

    /// <summary>The layers.</summary>
    public IReadOnlyList<LayerSummaryRow> Rows { get; }

    /// <summary>Elements of all parameters and running statistics.</summary>
    public long Total { get; }

    /// <summary>Elements that training changes by gradients.</summary>
    public long Trainable { get; }

    /// <summary>Runs a network once, on zeros, in inference mode, and writes down what happens.</summary>
    /// <param name="network">The network; its mode is the same afterwards.</param>
    /// <param name="input">Shape of a batch. The first dimension is the batch.</param>
    public static LayerSummary Of(Module network, Shape input)
    {
        Dictionary<Module, string> names = network.NamedModules().ToDictionary(m => m.Module, m => m.Name);
        HashSet<string> layers = [.. names.Where(n => n.Key.IsLayer).Select(n => n.Value)];
        List<LayerSummaryRow> rows = [new("input", "Input", input, 0)];
        bool training = network.IsTraining;
        network.Eval();
        using (Autograd.NoGrad())
        using (Tensor.Scope())
        {
            Module.Observe(
                call =>
                {
                    string module = names[call.Module];
                    bool inside = layers.Contains(module) && call.Step is not null || Parents(module).Any(layers.Contains);
                    if (!inside && (call.Step is not null || call.Module.IsLayer))
                    {
                        rows.Add(Row(module, call));
                    }
                },
                () => network.Forward(Tensor.Zeros(input, device: DeviceOf(network))));
        }

        if (training)
        {
            network.Train();
        }

        return new LayerSummary(rows, Count(network), network.TrainableParameterCount);
    }

    /// <summary>The table as text, in the form of the report: layer, output shape with the batch as None, parameters; then the totals.</summary>
    public override string ToString()
    {
        (string Layer, string Shape, string Count)[] cells = [.. Rows.Select(r => ($"{r.Name} ({r.Type})", Format(r.Output), r.Parameters.ToString()))];
        int layer = Math.Max("Layer (type)".Length, cells.Max(c => c.Layer.Length)) + 2;
        int shape = Math.Max("Output shape".Length, cells.Max(c => c.Shape.Length)) + 2;
        int count = Math.Max("Param #".Length, cells.Max(c => c.Count.Length));
        string rule = new('-', layer + shape + count);
        IEnumerable<string> lines =
        [
            "Layer (type)".PadRight(layer) + "Output shape".PadRight(shape) + "Param #".PadLeft(count),
            rule,
            .. cells.Select(c => c.Layer.PadRight(layer) + c.Shape.PadRight(shape) + c.Count.PadLeft(count)),
            rule,
            FormattableString.Invariant($"Total params: {Total:N0}"),
            FormattableString.Invariant($"Trainable params: {Trainable:N0}"),
            FormattableString.Invariant($"Non-trainable params: {Total - Trainable:N0}"),
        ];
        return string.Join(Environment.NewLine, lines);
    }

    private static LayerSummaryRow Row(string module, ModuleCall call) => call.Step is null
        ? new LayerSummaryRow(module, call.Module.GetType().Name, call.Output.Shape, Count(call.Module))
        : new LayerSummaryRow(module.Length == 0 ? call.Step : $"{module}.{call.Step}", Capitalised(call.Step), call.Output.Shape, 0);

    private static string Format(Shape shape) => $"(None{string.Concat(shape.Skip(1).Select(extent => $", {extent}"))})";

    /// <summary>Parameters and float buffers: counters of batches are no parameters to anybody.</summary>
    private static long Count(Module module) => module.NamedState().Where(s => s.Value.DType.IsFloat()).Sum(s => s.Value.ElementCount);

    private static Device DeviceOf(Module network) => network.NamedState().Select(s => s.Value.Device).FirstOrDefault() ?? Device.Cpu;

    private static string Capitalised(string step)
    {
        string last = step[(step.LastIndexOf('.') + 1)..];
        return char.ToUpperInvariant(last[0]) + last[1..];
    }

    private static IEnumerable<string> Parents(string name)
    {
        for (int dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
        {
            yield return name[..dot];
        }
    }
}
