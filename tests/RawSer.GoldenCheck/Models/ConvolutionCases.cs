using System.Text.Json;
using RawSer.Testing;
using RawSer.Weights.Synthesis;

namespace RawSer.GoldenCheck.Models;

/// <summary>
/// 3x3 convolutions of procedural data with their gradients. Errors of results are also measured in units of the sum of the absolute products
/// (the bound): those of a fast algorithm grow with it, not with the result.
/// </summary>
internal static class ConvolutionCases
{
    /// <summary>Greatest error as a share of the bound: what Winograd's F(4x4, 3x3) is allowed; direct sums stay a hundred times below.</summary>
    private const double ErrorOverBound = 5e-5;

    public static void Register(HandlerTable table) => table.Kind("conv2d_procedural", (golden, run) =>
    {
        GoldenAttributes attrs = golden.Attrs;
        attrs.Describe("float32_deviation");
        int seed = attrs.Int("seed");
        Dictionary<string, ProceduralTensor> tensors = ProceduralValues.List(attrs.Get("tensors"));
        Tensor Input(string role) => ProceduralValues.OnDevice(run, tensors[$"{golden.Name}/{role}"], seed);
        Tensor x = Input("x"), w = Input("w"), b = Input("b"), dy = Input("dy");
        x.RequiresGrad = w.RequiresGrad = b.RequiresGrad = true;
        ConvWindow window = ConvWindow.Of(attrs.Int("stride"), attrs.Int("padding"), 1);
        Tensor y = x.Conv2d(w, b, window, window);
        y.Backward(dy);

        GoldenAttributes slices = attrs.Object("slices");
        Tensor part = ProceduralValues.Part(y, slices.String("y_slice"));
        run.Output("y_slice", part);
        OfLargest("dx_slice", GoldenRun.ToHost(ProceduralValues.Part(x.Grad!, slices.String("dx_slice"))));
        OfLargest("dw_slice", GoldenRun.ToHost(ProceduralValues.Part(w.Grad!, slices.String("dw_slice"))));
        OfLargest("db", GoldenRun.ToHost(b.Grad!));
        foreach (JsonProperty statistics in attrs.Get("stats").EnumerateObject())
        {
            Tensor whole = statistics.Name switch { "y" => y, "dx" => x.Grad!, "dw" => w.Grad!, "db" => b.Grad!, _ => throw new GoldenUnsupportedException($"statistics of {statistics.Name}") };
            ProceduralValues.CheckStatistics(run, statistics.Name, GoldenRun.ToHost(whole), statistics.Value, golden.Tolerance.Relative);
        }

        using NoGradScope noGrad = Autograd.NoGrad();
        Tensor bound = x.Abs().Conv2d(w.Abs(), b.Abs(), window, window);
        Tensor boundPart = ProceduralValues.Part(bound, slices.String("y_bound_slice"));
        run.Output("y_bound_slice", GoldenRun.ToHost(boundPart), new Tolerance(golden.Tolerance.Relative, 0));
        run.Close("mean bound", GoldenRun.ToHost(bound).Doubles.Average(), attrs.Object("bound").Double("y_mean"), new Tolerance(golden.Tolerance.Relative, 0));
        attrs.Object("bound").Describe("dx_mean");
        double[] got = GoldenRun.ToHost(part).Doubles, expected = golden.Expected("y_slice").Doubles, bounds = golden.Expected("y_bound_slice").Doubles;
        double worst = got.Select((value, i) => Math.Abs(value - expected[i]) / bounds[i]).Max();
        run.Check("error over bound", worst <= ErrorOverBound, $"{worst:g3}");

        void OfLargest(string role, GoldenTensor values) =>
            run.Output(role, values, new Tolerance(0, golden.Tolerance.Relative * golden.Expected(role).Doubles.Max(Math.Abs)));
    });
}
