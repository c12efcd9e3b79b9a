using System.CommandLine;
using System.CommandLine.Parsing;
using RawSer.Audio.Pipeline;
using RawSer.CommandLine;
using RawSer.Gpu;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Splits;

namespace RawSer.Cli.Commands;

/// <summary>Options that several verbs share, and what they mean.</summary>
internal static class CommonOptions
{
    public static Option<string[]> Data(bool required = true)
    {
        Option<string[]> data = new("--data")
        {
            Description = "A folder of clips, CORPUS=FOLDER (RAVDESS, SAVEE, TESS, CREMA-D, FOLDER for one folder per class) or a CSV manifest; repeatable. A bare folder is recognised by its file names.",
            HelpName = "DIR",
            Required = required,
            AllowMultipleArgumentsPerToken = true,
        };

        RefuseOptions(data.Validators);
        return data;
    }

    /// <summary>What takes several values is given unknown options too by the parser: they are refused, unless there is such a file.</summary>
    public static void RefuseOptions<T>(List<Action<T>> validators)
        where T : SymbolResult => validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(t => t.Value.Length > 1 && t.Value[0] == '-' && !Path.Exists(t.Value)) is { } option)
            {
                result.AddError(CommandProgram.UnknownWord(option.Value, ((CommandResult)result.Parent!).Command));
            }
        });

    /// <summary>An option that takes one of some words.</summary>
    public static Option<string> OneOf(string name, string description, string placeholder, string initial, IReadOnlyCollection<string> words)
    {
        Option<string> option = new(name) { Description = description, HelpName = placeholder, DefaultValueFactory = _ => initial };
        option.CompletionSources.Add([.. words]);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var word] && !words.Contains(word.Value))
            {
                result.AddError($"{name} {word.Value}: expected one of {string.Join(", ", words)}");
            }
        });
        return option;
    }

    public static Option<string> Recipe(string initial) => new("--recipe")
    {
        Description = "A recipe by name (rawser recipes list) or the path of one's own.",
        HelpName = "NAME",
        DefaultValueFactory = _ => initial,
    };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "Changes a value of the recipe (rawser recipes keys), for example --set optimizer.learning_rate=1e-4; repeatable.",
        HelpName = "KEY=VALUE",
    };

    public static Option<string?> Split() => new("--split")
    {
        Description = "What training and test must not share: clip (nothing), speaker, corpus or sentence; the recipe's own if left out.",
        HelpName = "KIND",
    };

    public static Option<ulong?> Seed() => new("--seed") { Description = "Seed of weights, order, dropout and noise, and of the split.", HelpName = "N" };

    public static Option<string?> Device() => new("--device") { Description = "cpu (default), reference, emulator (device kernels without a GPU, slow) or cuda:N.", HelpName = "NAME" };

    public static Option<string?> Cache() => new("--cache")
    {
        Description = "Folder of the feature cache, or 'none', which keeps all features in memory; the user's cache folder if left out.",
        HelpName = "DIR",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object a line." };

    public static Option<bool> Verbose() => new("--verbose", "-v") { Description = "Also print what the weights take of memory." };

    public static CorpusSource[] Sources(string[] data)
    {
        try
        {
            return [.. data.Select(CorpusSource.Parse)];
        }
        catch (FormatException e)
        {
            throw CommandFailure.OfUsage(e.Message);
        }
    }

    public static Device ParseDevice(string? name)
    {
        try
        {
            return RawSer.Device.Parse(name ?? "cpu");
        }
        catch (Exception e) when (e is ArgumentException or GpuNotFoundException)
        {
            throw CommandFailure.OfUsage($"--device {name}: {e.Message}");
        }
    }

    public static Recipe ReadRecipe(string name, string[] assignments, string? split, ulong? seed)
    {
        Recipe recipe = RecipeFile.Load(name);
        if (split is not null)
        {
            recipe = recipe with
            {
                Split = recipe.Split with
                {
                    Kind = Enum.TryParse(split, ignoreCase: true, out SplitKind kind) && !int.TryParse(split, out _)
                        ? kind
                        : throw CommandFailure.OfUsage($"--split {split}: expected clip, speaker, corpus or sentence"),
                },
            };
        }

        if (seed is ulong value)
        {
            recipe = recipe with { Seed = value, Split = recipe.Split with { Seed = value } };
        }

        return assignments.Aggregate(recipe, RecipeFile.Set);
    }

    public static FeatureCache? OpenCache(string? folder) => folder == "none" ? null : new FeatureCache(folder ?? DefaultCache());

    private static string DefaultCache()
    {
        string? root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(root))
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            root = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Path.Combine(home.Length > 0 ? home : Path.GetTempPath(), ".cache");
        }

        return Path.Combine(root, "rawser", "features");
    }
}
