using System.CommandLine;
using RawSer.Audio.Pipeline;
using RawSer.Cli.Output;
using RawSer.CommandLine;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Reports;
using RawSer.Recipes.Runs;
using RawSer.Training;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser reproduce</c>: the experiments of the report on the data at hand, and its table beside ours.</summary>
internal static class ReproduceCommand
{
    private const string NoEncoder = "give the folder of the model by --set encoder.folder=DIR";

    public static Command Create()
    {
        Option<string[]> data = CommonOptions.Data(), set = CommonOptions.Set();
        Option<string> folder = new("--out") { Description = "Folder of the runs; finished ones are kept, begun ones resumed.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("runs", "reproduce") };
        Option<string[]> only = new("--only") { Description = "Names of experiments; all of the report if left out.", HelpName = "RECIPE", AllowMultipleArgumentsPerToken = true };
        Option<string?> device = CommonOptions.Device(), cache = CommonOptions.Cache();
        Option<bool> json = CommonOptions.Json();
        Command command = new("reproduce", "Runs the experiments of the report and prints its results beside ours.") { data, folder, only, set, device, cache, json };
        command.SetAction(parsed =>
        {
            Device where = CommonOptions.ParseDevice(parsed.GetValue(device));
            CommandOutput output = CommandOutput.Create(parsed.GetValue(json));
            string[] names = parsed.GetValue(only) ?? [];
            string[] all = [.. RecipeFile.Names.Where(name => name.StartsWith("report-", StringComparison.Ordinal))];
            string[] experiments = [.. all.Where(name => names.Length == 0 || names.Contains(name))];
            if (names.Except(all).FirstOrDefault() is { } unknown)
            {
                throw CommandFailure.OfUsage($"--only {unknown}: expected one of {string.Join(", ", all)}");
            }

            string[] settings = parsed.GetValue(set) ?? [];
            Recipe Changed(string name) => CommonOptions.ReadRecipe(name, [.. settings.Where(s => RecipeKeys.Concerns(s.Split('=')[0], RecipeFile.Load(name)))], null, null);
            (RunFolder Run, bool IsBegun, Recipe Recipe) Planned(string name)
            {
                RunFolder run = new(Path.Combine(parsed.GetRequiredValue(folder), name));
                bool isBegun = File.Exists(run.RecipePath);
                return (run, isBegun, isBegun ? run.ReadRecipe() : Changed(name));
            }

            bool IsLeftOut(Recipe recipe) => names.Length == 0 && recipe.Network.Kind == NetworkKind.Wav2Vec2 && recipe.Encoder.Folder is null;
            foreach (Recipe recipe in experiments.Select(name => Planned(name).Recipe).Where(recipe => !IsLeftOut(recipe)))
            {
                Experiment.Check(recipe); // not hours later, when it is its turn
            }

            using Interruption interruption = new();
            List<Reproduction> results = [];
            output.During(() =>
            {
                foreach (string name in experiments)
                {
                    output.Message($"== {name}: {PublishedResult.Of(name)?.Title ?? RecipeFile.Load(name).Description}");
                    (RunFolder run, bool isBegun, Recipe recipe) = Planned(name);
                    if (IsLeftOut(recipe))
                    {
                        output.Warning($"{name} is left out: {NoEncoder}");
                        results.Add(new Reproduction(name, recipe, null, NotRun: NoEncoder));
                        continue;
                    }

                    if (isBegun && RecipeFile.Write(recipe) != RecipeFile.Write(Changed(name).WithFullPaths()))
                    {
                        output.Warning($"{name} goes on as it was begun in {run.Path}, whose recipe differs from this one; give another --out to begin it anew");
                    }

                    CorpusSource[] sources = CommonOptions.Sources(parsed.GetRequiredValue(data));
                    FeatureCache? features = CommonOptions.OpenCache(parsed.GetValue(cache));
                    Experiment experiment = isBegun ? Experiment.Resume(run.Path, sources, where, features) : Experiment.Begin(run.Path, recipe, sources, where, features);
                    RunOutcome outcome = experiment.Run(output, interruption.Token);
                    if (outcome.End == TrainingEnd.Interrupted)
                    {
                        return;
                    }

                    results.Add(new Reproduction(name, recipe, outcome.Evaluation, Found: SearchRecord.Read(run)?.Best));
                }
            });
            output.Result("reproduction", ReproductionTable.ToJson(results), ReproductionTable.ToText(results));
            return results.Count == experiments.Length ? 0 : 130;
        });
        return command;
    }
}
