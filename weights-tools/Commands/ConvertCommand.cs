using System.CommandLine;
using System.Text.Json.Nodes;
using RawSer.Weights;

namespace RawSer.WeightTools.Commands;

/// <summary><c>rawser-weights convert</c>: any format to safetensors.</summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        Argument<string> file = CommonOptions.File();
        Option<string> output = new("--out", "-o") { Description = "The safetensors file to write.", HelpName = "PATH", Required = true };
        Option<bool> floats = new("--f32") { Description = "Store F16, BF16 and F64 tensors as F32." };
        Option<string[]> map = CommonOptions.Map();
        Option<bool> force = CommonOptions.Force();
        Option<bool> json = CommonOptions.Json();
        Command command = new("convert", "Writes the tensors of a file as safetensors, which RawSer maps into memory.") { file, output, map, floats, force, json };
        command.SetAction(parsed =>
        {
            string target = parsed.GetRequiredValue(output);
            CommonOptions.CheckOutput(target, parsed.GetValue(force));
            string path = parsed.GetRequiredValue(file);
            using WeightSource source = CommonOptions.Open(path, parsed.GetValue(map));
            string? expected = NamedHash.Of(path);
            Task<string>? hash = expected is null ? null : Task.Run(() => Conversion.Sha256(path)); // takes about as long as the copying beside it
            Conversion.Save(source, target, parsed.GetValue(floats));
            if (hash is not null && NamedHash.Problem(path, hash.GetAwaiter().GetResult(), expected) is { } problem)
            {
                Console.Error.WriteLine($"warning: {PrintableText.Of(problem)}");
            }

            Report(source, target, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    /// <summary>Says what was written.</summary>
    public static void Report(WeightSource source, string target, bool json)
    {
        string hash = Conversion.Sha256(target);
        long bytes = new FileInfo(target).Length;
        Console.WriteLine(json
            ? new JsonObject { ["type"] = "convert", ["file"] = target, ["tensors"] = source.Entries.Count, ["bytes"] = bytes, ["sha256"] = hash }.ToJsonString()
            : $"{target}: {source.Entries.Count} tensors, {CommonOptions.Size(bytes)}, sha256 {hash}");
    }
}
