using RawSer.Recipes.Tuning;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Hyperband and random search.</summary>
internal static class TunerCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("hyperband", Search);
        table.Kind("hyperband_table", Sizes);
        table.Kind("hyperband_duplicates", Duplicates);
        table.Kind("random_search", Random);
    }

    private static void Search(GoldenCase golden, GoldenRun run)
    {
        int maxEpochs = golden.Attrs.Int("max_epochs"), factor = golden.Attrs.Int("factor");
        var search = new Hyperband(
            new SearchSpace([SearchDimension.LogUniform("lr", 1e-5, 1e-1)], 1), maxEpochs, factor, golden.Attrs.Int("hyperband_iterations"), golden.Attrs.Choice("direction", ("max", true), ("min", false)));
        golden.Attrs.Only("end", "STOPPED");
        golden.Disregard("lr"); // what the sampler of keras-tuner drew
        run.Equal("columns", string.Join(" ", golden.Attrs.Strings("columns")), "trial bracket round initial_epoch epochs resumes_trial");
        double[] scores = golden.Input("scores").Doubles;
        var rows = new List<int>();
        int epochs = 0;
        while (search.Next() is Trial trial)
        {
            rows.AddRange([trial.Id, trial.Bracket!.Value, trial.Round!.Value, trial.InitialEpoch, trial.Epochs!.Value, trial.Resumes ?? -1]);
            epochs += trial.Epochs.Value - trial.InitialEpoch;
            search.Report(trial.Id, trial.Id < scores.Length ? scores[trial.Id] : 0);
        }

        run.Equal("n_trials", search.Trials.Count, golden.Attrs.Int("n_trials"));
        run.Output("trials", [.. rows], [search.Trials.Count, 6]);
        run.Equal("epochs_trained", epochs, golden.Attrs.Int("epochs_trained"));
        run.Equal("best_trial", search.Best!.Id, golden.Attrs.Int("best_trial"));
        run.Equal("new_random_trials", search.Trials.Count(t => t.Resumes is null), golden.Attrs.Int("new_random_trials"));
        foreach (GoldenAttributes bracket in golden.Attrs.Objects("table"))
        {
            int number = bracket.Int("bracket");
            foreach (GoldenAttributes round in bracket.Objects("rounds"))
            {
                int before = round.Int("round") == 0 ? 0 : Hyperband.Epochs(maxEpochs, factor, number, round.Int("round") - 1);
                run.Equal($"first epoch of round {round.Int("round")} of bracket {number}", before, round.Int("initial_epoch"));
                run.Equal($"size of round {round.Int("round")} of bracket {number}", Hyperband.Size(maxEpochs, factor, number, round.Int("round")), round.Int("size"));
                run.Equal($"epochs of round {round.Int("round")} of bracket {number}", Hyperband.Epochs(maxEpochs, factor, number, round.Int("round")), round.Int("epochs"));
            }
        }
    }

    private static void Sizes(GoldenCase golden, GoldenRun run)
    {
        foreach (var table in golden.Attrs.Get("tables").EnumerateObject())
        {
            int[] key = [.. table.Name.Split('/').Select(int.Parse)];
            int brackets = Hyperband.BracketCount(key[0], key[1]);
            string got = "[" + string.Join(",", Enumerable.Range(0, brackets).Reverse().Select(b => "[" + string.Join(",", Enumerable.Range(0, b + 1).Select(
                r => $"[{Hyperband.Size(key[0], key[1], b, r)},{Hyperband.Epochs(key[0], key[1], b, r)}]")) + "]")) + "]";
            run.Equal(table.Name, got, table.Value.GetRawText().Replace(" ", "", StringComparison.Ordinal));
        }
    }

    // The order in which values are drawn is the generator's own; how many trials there are, and of how many epochs, is not.
    private static void Duplicates(GoldenCase golden, GoldenRun run)
    {
        CheckCollisions(golden);
        foreach (GoldenAttributes expected in golden.Attrs.Objects("runs"))
        {
            expected.Only("end", "STOPPED");
            var search = new Hyperband(Space(golden, (ulong)expected.Long("seed")), golden.Attrs.Int("max_epochs"), golden.Attrs.Int("factor"));
            while (search.Next() is Trial trial)
            {
                search.Report(trial.Id, trial.Id);
            }

            run.Equal("n_trials", search.Trials.Count, expected.Int("n_trials"));
            run.Equal("epochs", string.Join(" ", search.Trials.Select(t => t.Epochs)), string.Join(" ", expected.Ints("epochs")));
            run.Equal("bracket", string.Join(" ", search.Trials.Select(t => t.Bracket)), string.Join(" ", expected.Ints("bracket")));
            run.Equal("round", string.Join(" ", search.Trials.Select(t => t.Round)), string.Join(" ", expected.Ints("round")));
            run.Equal("values", string.Join(" ", search.Trials.Select(t => double.Parse(t.Values["lr"])).Order()), string.Join(" ", expected.Doubles("lr_order").Order()));
        }
    }

    private static void Random(GoldenCase golden, GoldenRun run)
    {
        CheckCollisions(golden);
        foreach (GoldenAttributes expected in golden.Attrs.Objects("runs"))
        {
            expected.Only("end", "STOPPED");
            string[] values = [.. Enumerable.Range(0, expected.Int("space_size")).Select(i => $"{i}")];
            var search = new RandomSearch(new SearchSpace([SearchDimension.Choice("lr", values)], 5), expected.Int("max_trials"));
            var tried = new HashSet<string>();
            int trials = 0;
            while (search.Next() is Trial trial)
            {
                trials++;
                tried.Add(trial.Values["lr"]);
            }

            run.Equal("n_trials", trials, expected.Int("n_trials"));
            run.Equal("different values", tried.Count, trials);
            run.Equal("different values of keras-tuner", expected.Doubles("lr_order").Distinct().Count(), trials);
        }
    }

    private static void CheckCollisions(GoldenCase golden)
    {
        if (golden.Attrs.Int("max_collisions") is not SearchSpace.MaxCollisions and int other)
        {
            throw new GoldenUnsupportedException($"{other} collisions");
        }
    }

    private static SearchSpace Space(GoldenCase golden, ulong seed) =>
        new([SearchDimension.Choice("lr", [.. golden.Attrs.Doubles("space").Select(v => $"{v:R}")])], seed);
}
