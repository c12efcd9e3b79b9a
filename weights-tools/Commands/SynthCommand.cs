using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using RawSer.CommandLine;
using RawSer.Weights.Synthesis;

namespace RawSer.WeightTools.Commands;

/// <summary><c>rawser-weights synth</c>: procedural weights of a whole architecture.</summary>
internal static class SynthCommand
{
    public static Command Create()
    {
        Argument<string> name = new("ARCH") { Description = $"One of {string.Join(", ", Architecture.Names)}." };
        Option<string> output = new("--out", "-o") { Description = "The safetensors file to write.", HelpName = "PATH", Required = true };
        Option<int> seed = new("--seed") { Description = "Seed of the values.", HelpName = "N", DefaultValueFactory = _ => 1 };
        Option<bool> force = CommonOptions.Force();
        Option<bool> json = CommonOptions.Json();
        Command command = new("synth", "Writes deterministic procedural weights of an architecture: for tests and timing, not trained.") { name, output, seed, force, json };
        command.SetAction(parsed =>
        {
            string wanted = parsed.GetRequiredValue(name);
            if (!Architecture.Names.Contains(wanted))
            {
                throw CommandFailure.OfUsage($"architecture '{wanted}' is unknown; known: {string.Join(", ", Architecture.Names)}");
            }

            string target = parsed.GetRequiredValue(output);
            CommonOptions.CheckOutput(target, parsed.GetValue(force));
            Architecture architecture = Architecture.Get(wanted);
            architecture.Save(target, parsed.GetValue(seed));
            long elements = architecture.Tensors.Sum(tensor => tensor.Count);
            Console.WriteLine(parsed.GetValue(json)
                ? new JsonObject { ["type"] = "synth", ["file"] = target, ["architecture"] = wanted, ["tensors"] = architecture.Tensors.Count, ["elements"] = elements, ["bytes"] = new FileInfo(target).Length }.ToJsonString()
                : string.Create(CultureInfo.InvariantCulture, $"{target}: {architecture.Description}; {architecture.Tensors.Count} tensors, {elements:n0} elements, {CommonOptions.Size(new FileInfo(target).Length)}"));
            return 0;
        });
        return command;
    }
}
