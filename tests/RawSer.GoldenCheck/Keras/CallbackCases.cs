using RawSer.Training;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Early stopping, reduction of the rate on a plateau, checkpoints, and their rules for the direction of a metric.</summary>
internal static class CallbackCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("early_stopping", EarlyStops);
        table.Kind("reduce_lr", Plateau);
        table.Kind("model_checkpoint", Checkpoint);
        table.Kind("callback_mode", Directions);
    }

    private static void EarlyStops(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes settings = golden.Attrs.Object("settings");
        GoldenAttributes expected = golden.Attrs.Object("expected");
        bool restore = settings.Bool("restore_best_weights");
        Train(BestWeights.RestoreWhenStopped, "final_weights_epoch");
        Train(BestWeights.RestoreAlways, "final_weights_epoch_restore_always");

        void Train(BestWeights rule, string finalWeights)
        {
            var policy = new EarlyStopping(new EarlyStoppingSettings
            {
                Monitor = golden.Attrs.String("monitor"),
                Patience = settings.Int("patience"),
                MinDelta = settings.Double("min_delta"),
                Direction = Direction(settings.String("mode")),
                Baseline = settings.DoubleOrNull("baseline"),
                BestWeights = restore ? rule : BestWeights.Ignore,
                StartFromEpoch = settings.Int("start_from_epoch"),
            });
            double[] values = golden.Attrs.Doubles("values");
            int kept = -1, last = -1;
            bool stopped = false;
            for (int epoch = 0; epoch < values.Length && !stopped; epoch++)
            {
                EarlyStoppingDecision decision = policy.Observe(epoch, values[epoch]);
                kept = decision.KeepWeights ? epoch : kept;
                (last, stopped) = (epoch, decision.Stop);
            }

            run.Equal("stopped", stopped, expected.Bool("stopped"));
            run.Equal("last_epoch", last, expected.Int("last_epoch"));
            run.Equal("stopped_epoch", policy.State.StoppedEpoch ?? 0, expected.Int("stopped_epoch"));
            run.Equal("best_epoch", policy.State.BestEpoch, expected.Int("best_epoch"));
            run.Equal("best", double.IsFinite(policy.State.Best) ? policy.State.Best : null, expected.DoubleOrNull("best"));
            run.Equal(finalWeights, policy.RestoreEpoch ?? last, expected.Int(finalWeights));
            run.Check("the weights to restore are those that were kept", policy.RestoreEpoch is null || policy.RestoreEpoch == kept);
        }
    }

    private static void Plateau(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes settings = golden.Attrs.Object("settings");
        var policy = new ReduceOnPlateau(new ReduceOnPlateauSettings
        {
            Monitor = golden.Attrs.String("monitor", "val_loss"),
            Factor = settings.Double("factor"),
            Patience = settings.Int("patience"),
            MinDelta = settings.Double("min_delta"),
            Cooldown = settings.Int("cooldown"),
            MinRate = settings.Double("min_lr"),
            Direction = Direction(settings.String("mode")),
        });
        float rate = golden.Attrs.Float("initial_lr");
        double[] rates = [.. golden.Attrs.Doubles("values").Select(value => (double)(rate = policy.Observe(value, rate)))];
        run.Close("lr_after_epoch", rates, golden.Attrs.Doubles("lr_after_epoch"));
    }

    private static void Checkpoint(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes settings = golden.Attrs.Object("settings");
        var policy = new CheckpointPolicy(
            golden.Attrs.String("monitor", "val_loss"),
            settings.Bool("save_best_only"),
            Direction(settings.String("mode")),
            settings.DoubleOrNull("initial_value_threshold"));
        string[] saved = [.. golden.Attrs.Doubles("values").Select((value, epoch) => policy.Observe(value) ? $"w{epoch + 1:00}.h5" : "").Where(name => name.Length > 0)];
        run.Equal("saved", string.Join(" ", saved), string.Join(" ", golden.Attrs.Strings("saved")));
    }

    private static void Directions(GoldenCase golden, GoldenRun run)
    {
        string monitor = golden.Attrs.String("monitor");
        run.Equal("early_stopping", MonitorDirections.ForEarlyStopping(monitor), Direction(golden.Attrs.String("early_stopping")));
        run.Equal("reduce_lr", MonitorDirections.ForPlateau(monitor), Direction(golden.Attrs.String("reduce_lr")));
        run.Equal("checkpoint", MonitorDirections.ForCheckpoint(monitor), Direction(golden.Attrs.String("checkpoint")));
    }

    private static MonitorDirection Direction(string mode) => mode switch
    {
        "auto" => MonitorDirection.Auto,
        "min" => MonitorDirection.Min,
        "max" => MonitorDirection.Max,
        _ => throw new GoldenFormatException($"mode '{mode}' is not known"),
    };
}
