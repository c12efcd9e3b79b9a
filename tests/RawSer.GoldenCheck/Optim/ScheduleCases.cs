using RawSer.Optim;

namespace RawSer.GoldenCheck.Optim;

/// <summary>PyTorch's learning-rate schedules.</summary>
internal static class ScheduleCases
{
    public static void Register(HandlerTable table)
    {
        Schedule(table, "step", (a, step, rate) => Schedules.Step(step, rate, a.Int("step_size"), a.Double("gamma")));
        Schedule(table, "multistep", (a, step, rate) => Schedules.MultiStep(step, rate, a.Ints("milestones"), a.Double("gamma")));
        Schedule(table, "exponential", (a, step, rate) => Schedules.Exponential(step, rate, a.Double("gamma")));
        Schedule(table, "cosine", (a, step, rate) => Schedules.CosineAnnealing(step, rate, a.Int("T_max"), a.Double("eta_min")));
        Schedule(table, "cosine_restarts", (a, step, rate) => Schedules.CosineRestarts(step, rate, a.Int("T_0"), a.Int("T_mult"), a.Double("eta_min")));
        Schedule(table, "linear", (a, step, rate) => Schedules.Linear(step, rate, a.Double("start_factor"), a.Double("end_factor"), a.Int("total_iters")));
        Schedule(table, "polynomial", (a, step, rate) => Schedules.Polynomial(step, rate, a.Int("total_iters"), a.Double("power")));
        Schedule(table, "one_cycle", (a, step, _) => Schedules.OneCycle(step, a.Double("max_lr"), a.Int("total_steps")));
        Schedule(table, "warmup_linear", (a, step, rate) => Schedules.WarmupLinear(step, rate, a.Int("warmup_steps"), a.Int("total_steps")));
        Schedule(table, "warmup_cosine", (a, step, rate) => Schedules.WarmupCosine(step, rate, a.Int("warmup_steps"), a.Int("total_steps")));
        table.Op("reduce_lr_on_plateau", Plateau);
    }

    private static void Schedule(HandlerTable table, string name, Func<GoldenAttributes, long, double, double> schedule) =>
        table.Op($"schedule_{name}", (golden, run) =>
        {
            int steps = golden.Attrs.Int("steps");
            run.Output("lr", [.. Enumerable.Range(0, steps).Select(step => schedule(golden.Attrs, step, golden.Attrs.Double("lr")))], [steps]);
        });

    private static void Plateau(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        ReduceRateOnPlateau policy = new(new PlateauOptions
        {
            Maximise = attrs.Choice("mode", ("min", false), ("max", true)),
            Factor = attrs.Double("factor"),
            Patience = attrs.Int("patience"),
            Threshold = attrs.Double("threshold"),
            AbsoluteThreshold = attrs.Choice("threshold_mode", ("rel", false), ("abs", true)),
            Cooldown = attrs.Int("cooldown"),
            MinimumRate = attrs.Double("min_lr"),
            SmallestChange = attrs.Double("eps"),
        });
        double rate = attrs.Double("lr");
        List<double> rates = [];
        List<long> bad = [];
        foreach (double metric in golden.Input("metrics").Doubles)
        {
            rate = policy.Observe(metric, rate);
            rates.Add(rate);
            bad.Add(policy.State.BadEpochs);
        }

        run.Output("lr", rates.ToArray(), [rates.Count]);
        run.Output("bad_epochs", bad.ToArray(), [bad.Count]);
    }
}
