using System.CommandLine;
using System.Text.Json.Nodes;
using RawSer.Cli.Output;
using RawSer.CommandLine;
using RawSer.Recipes.Experiments;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser recipes list|show|keys</c>: what recipes there are, what is in one, and what each of its values means.</summary>
internal static class RecipesCommand
{
    public static Command Create() => new("recipes", "Shows recipes and what their values mean.") { List(), Show(), Keys() };

    private static Command List()
    {
        Option<bool> json = CommonOptions.Json();
        Command list = new("list", "One line for each recipe that RawSer brings with it.") { json };
        list.SetAction(parsed =>
        {
            Recipe[] recipes = [.. RecipeFile.Names.Select(RecipeFile.Load)];
            int width = recipes.Max(recipe => recipe.Name.Length);
            JsonArray rows = [.. recipes.Select(recipe => (JsonNode)new JsonObject { ["name"] = recipe.Name, ["description"] = recipe.Description })];
            CommandOutput.Create(parsed.GetValue(json)).Result(
                "recipes", new JsonObject { ["recipes"] = rows }, string.Join('\n', recipes.Select(recipe => $"{recipe.Name.PadRight(width)}  {recipe.Description}")));
            return 0;
        });
        return list;
    }

    private static Command Show()
    {
        Argument<string> name = new("NAME") { Description = "A recipe by name or path." };
        Option<string[]> set = CommonOptions.Set();
        Option<bool> json = CommonOptions.Json();
        Command show = new("show", "Prints a recipe with every value, as a file that --recipe takes.") { name, set, json };
        show.SetAction(parsed =>
        {
            string text = RecipeFile.Write(CommonOptions.ReadRecipe(parsed.GetRequiredValue(name), parsed.GetValue(set) ?? [], split: null, seed: null));
            CommandOutput.Create(parsed.GetValue(json)).Result("recipe", new JsonObject { ["recipe"] = JsonNode.Parse(text) }, text.TrimEnd());
            return 0;
        });
        return show;
    }

    private static Command Keys()
    {
        Argument<string?> part = new("TEXT") { Description = "Only keys that contain it.", DefaultValueFactory = _ => null };
        Option<bool> json = CommonOptions.Json();
        Command keys = new("keys", "One line for each value of a recipe, as --set takes it: its key, what it means and what it accepts.") { part, json };
        keys.SetAction(parsed =>
        {
            string? wanted = parsed.GetValue(part);
            RecipeKey[] found = [.. RecipeKeys.All.Where(key => wanted is null || key.Path.Contains(wanted, StringComparison.OrdinalIgnoreCase))];
            if (found.Length == 0)
            {
                throw CommandFailure.OfUsage($"no key contains '{wanted}' (see rawser recipes keys)");
            }

            int width = found.Max(key => key.Path.Length);
            JsonArray rows = [.. found.Select(key => (JsonNode)new JsonObject { ["key"] = key.Path, ["meaning"] = key.Meaning, ["expected"] = key.Expected })];
            CommandOutput.Create(parsed.GetValue(json)).Result(
                "keys", new JsonObject { ["keys"] = rows }, string.Join('\n', found.Select(key => $"{key.Path.PadRight(width)}  {key.Meaning} [{key.Expected}]")));
            return 0;
        });
        return keys;
    }
}
