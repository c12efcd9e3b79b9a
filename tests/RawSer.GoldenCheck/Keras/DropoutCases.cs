using RawSer.Nn;
using RawSer.Testing;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Dropout with given draws, and what holds for its own draws.</summary>
internal static class DropoutCases
{
    public static void Register(HandlerTable table) => table.Kind("dropout", (golden, run) =>
    {
        if (golden.HasInput("u"))
        {
            Tensor rate = Tensor.Full([1], golden.Attrs.Double("rate"), device: run.Device);
            run.Result(run.Input("x").DropoutWithMask(run.Input("u").GreaterOrEqual(rate), golden.Attrs.Double("rate")));
        }
        else
        {
            Moments(golden, run);
        }
    });

    private static void Moments(GoldenCase golden, GoldenRun run)
    {
        const int Rows = 300, Columns = 400;
        golden.Attrs.Only("keep", "uniform[0,1) >= rate");
        double rate = golden.Attrs.Double("rate");
        float scale = golden.Attrs.Float("scale");
        using Dropout dropout = new(rate), none = new(0);
        Tensor ones = Tensor.Ones([Rows, Columns], device: run.Device);
        run.Check("identity in inference", ReferenceEquals(dropout.Forward(ones), ones));
        dropout.UseRandom(new Generator(1));
        dropout.Train();
        none.Train();
        run.Check("rate 0 is the identity", ReferenceEquals(none.Forward(ones), ones));

        float[] values = dropout.Forward(ones).ToArray<float>();
        run.Check("elements are 0 or scaled", Array.TrueForAll(values, v => v == 0 || v == scale));
        double mean = values.Average(v => (double)v), variance = values.Average(v => (v - mean) * (v - mean));
        double standardError = Math.Sqrt(rate / (1 - rate) / values.Length);
        run.Close("mean", mean, 1, new Tolerance(0, 5 * standardError));
        run.Close("variance", variance, rate / (1 - rate), new Tolerance(0, 5 * standardError * scale));
        run.Check("rows differ", !values.AsSpan(0, Columns).SequenceEqual(values.AsSpan(Columns, Columns)));
    }
}
