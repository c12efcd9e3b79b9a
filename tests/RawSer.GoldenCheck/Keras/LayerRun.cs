using RawSer.Nn;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Runs a layer case: parameters of Keras into a module, its result, and the gradients of input and parameters in the layout of Keras.</summary>
internal static class LayerRun
{
    /// <summary>Role in the case and name in a module of what dense layers and convolutions have.</summary>
    public static readonly (string Role, string State)[] WeightAndBias = [("w", "weight"), ("b", "bias")];

    /// <summary>Fills the parameters that the case gives; <paramref name="parameters"/> are pairs of role and name in the module.</summary>
    public static void Load(GoldenCase golden, GoldenRun run, Module layer, params ReadOnlySpan<(string Role, string State)> parameters)
    {
        foreach ((string role, string name) in parameters)
        {
            if (golden.HasInput(role))
            {
                Tensor state = layer.State(name);
                state.CopyFrom<float>(KerasLayout.FromKeras(role, golden.Input(role), state.Shape));
            }
        }

        layer.To(run.Device);
    }

    /// <summary>Compares the result of an input <c>x</c>, runs backward, and compares all gradients that the case expects.</summary>
    public static void Compare(
        GoldenCase golden, GoldenRun run, Module layer, Func<Tensor, Tensor> forward, params ReadOnlySpan<(string Role, string State)> parameters)
    {
        run.Result(forward(run.Input("x")));
        foreach ((string role, string name) in parameters)
        {
            if (golden.HasOutput($"d{role}"))
            {
                run.Output($"d{role}", KerasLayout.ToKeras(role, layer.State(name).Grad!), golden.Input(role).Shape);
            }
        }
    }

    /// <summary>Both.</summary>
    public static void Run(GoldenCase golden, GoldenRun run, Module layer, Func<Tensor, Tensor> forward, params ReadOnlySpan<(string Role, string State)> parameters)
    {
        Load(golden, run, layer, parameters);
        Compare(golden, run, layer, forward, parameters);
    }

    /// <summary>Whether data are (N, C, ...) and not, as by default, (N, ..., C).</summary>
    public static bool ChannelsFirst(GoldenCase golden) => golden.Attrs.String("data_format", "channels_last") switch
    {
        "channels_first" => true,
        "channels_last" => false,
        string other => throw new GoldenUnsupportedException($"data_format {other}"),
    };

    /// <summary>Whether padding is 'same' and not 'valid'.</summary>
    public static bool Same(GoldenCase golden) => golden.Attrs.String("padding", "valid") switch
    {
        "same" => true,
        "valid" => false,
        string other => throw new GoldenUnsupportedException($"padding {other}"),
    };

    /// <summary>A layer over (N, C, ...) in the layout of the case's data.</summary>
    public static Module InLayout(GoldenCase golden, Module layer) => ChannelsFirst(golden) ? layer : new ChannelsLast(layer);
}
