using RawSer.Training;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Learning-rate schedules.</summary>
internal static class ScheduleCases
{
    public static void Register(HandlerTable table) => table.Kind("lr_schedule", (golden, run) =>
    {
        GoldenAttributes attrs = golden.Attrs;
        Func<long, double> rate = attrs.String("schedule") switch
        {
            "ExponentialDecay" => step => KerasSchedules.ExponentialDecay(
                step, attrs.Double("initial"), attrs.Double("decay_steps"), attrs.Double("decay_rate"), attrs.Bool("staircase", false)),
            "InverseTimeDecay" => step => KerasSchedules.InverseTimeDecay(
                step, attrs.Double("initial"), attrs.Double("decay_steps"), attrs.Double("decay_rate"), attrs.Bool("staircase", false)),
            "PolynomialDecay" => step => KerasSchedules.PolynomialDecay(
                step, attrs.Double("initial"), attrs.Double("decay_steps"), attrs.Double("end", 1e-4), attrs.Double("power", 1), attrs.Bool("cycle", false)),
            "CosineDecay" => step => KerasSchedules.CosineDecay(step, attrs.Double("initial"), attrs.Double("decay_steps"), attrs.Double("alpha", 0)),
            "CosineDecayRestarts" => step => KerasSchedules.CosineDecayRestarts(
                step, attrs.Double("initial"), attrs.Double("first_decay_steps"), attrs.Double("t_mul", 2), attrs.Double("m_mul", 1), attrs.Double("alpha", 0)),
            "PiecewiseConstantDecay" => step => KerasSchedules.PiecewiseConstantDecay(step, attrs.Doubles("boundaries"), attrs.Doubles("values")),
            string other => throw new GoldenUnsupportedException($"schedule {other}"),
        };
        run.Close("lr", [.. attrs.Doubles("steps").Select(step => rate((long)step))], attrs.Doubles("lr"));
    });
}
