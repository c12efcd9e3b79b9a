using RawSer.Nn;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Dense layers, with their activation.</summary>
internal static class DenseCases
{
    public static void Register(HandlerTable table) => table.Kind("dense", (golden, run) =>
    {
        Kernels.Shape kernel = golden.Input("w").Shape;
        golden.Attrs.Only("kernel", "(in,out)");
        run.Equal("units", kernel[1], golden.Attrs.Int("units", kernel[1]));
        Func<Tensor, Tensor> activation = ActivationCases.Named(golden.Attrs.StringOrNull("activation") ?? "linear");
        using Linear dense = new(kernel[0], kernel[1], golden.HasInput("b"));
        LayerRun.Run(golden, run, dense, x => activation(dense.Forward(x)), LayerRun.WeightAndBias);
    });
}
