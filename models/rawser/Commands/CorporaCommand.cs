using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using RawSer.Cli.Output;
using RawSer.CommandLine;
using RawSer.Recipes.Corpora;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser corpora scan</c>: what is in folders of clips, and every file that cannot be used.</summary>
internal static class CorporaCommand
{
    public static Command Create()
    {
        Argument<string[]> folders = new("DIR") { Description = "Folders or CSV manifests, as --data of train takes them.", Arity = ArgumentArity.OneOrMore };
        CommonOptions.RefuseOptions(folders.Validators);
        Option<bool> names = new("--names-only") { Description = "Look at names alone; do not open the files." };
        Option<bool> json = CommonOptions.Json();
        Command scan = new("scan", "Counts clips by corpus, class, speaker, rate and duration, and lists refused files with the reason.") { folders, names, json };
        scan.SetAction(parsed =>
        {
            CommandOutput output = CommandOutput.Create(parsed.GetValue(json));
            using Interruption interruption = new();
            ScanReport? report = null;
            CorpusSource[] sources = CommonOptions.Sources(parsed.GetRequiredValue(folders));
            output.During(() =>
            {
                output.StageStarted("scanning", sources.Length, "folders");
                report = CorpusScanner.Scan(sources, parsed.GetValue(names) ? null : new AudioProbe(), interruption.Token);
            });
            output.Result("scan", ToJson(report!), report!.ToText());
            return report.Clips.Count > 0 ? 0 : CommandFailure.DataCode;
        });
        return new Command("corpora", "Looks at folders of clips.") { scan };
    }

    private static JsonObject ToJson(ScanReport report)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            report.WriteJson(writer);
        }

        return JsonNode.Parse(stream.ToArray())!.AsObject();
    }
}
