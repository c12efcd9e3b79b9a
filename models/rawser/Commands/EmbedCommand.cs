using System.CommandLine;
using System.Text.Json.Nodes;
using RawSer.Audio.Decoding;
using RawSer.Cli.Output;
using RawSer.CommandLine;
using RawSer.Models.Wav2Vec2;
using RawSer.Recipes.Corpora;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser embed</c>: what a pretrained speech encoder makes of clips.</summary>
internal static class EmbedCommand
{
    public static Command Create()
    {
        Argument<string[]> inputs = ClipFiles.Argument();
        Option<string> weights = new("--weights")
        {
            Description = "Folder of a Wav2Vec2, HuBERT or WavLM model: config.json and model.safetensors or pytorch_model.bin.",
            HelpName = "DIR",
            Required = true,
        };
        Option<string> file = new("--out") { Description = $"The file; its suffix decides the format: {string.Join(", ", EmbeddingFile.Suffixes)}.", HelpName = "FILE", Required = true };
        Option<int> layer = new("--layer")
        {
            Description = "Layer: 0 for what enters the encoder, 1, 2, ... for the result of each layer; negative numbers count from the last.",
            DefaultValueFactory = _ => -1,
            HelpName = "N",
        };
        Option<bool> frames = new("--frames") { Description = "All frames (one every 20 ms) instead of their mean." };
        Option<double?> seconds = new("--seconds") { Description = "Use only the first seconds of each clip.", HelpName = "S" };
        Option<string?> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json(), verbose = CommonOptions.Verbose();
        Command command = new("embed", "Writes embeddings of clips by a pretrained speech encoder.") { inputs, weights, file, layer, frames, seconds, device, verbose, json };
        command.SetAction(parsed =>
        {
            Device where = CommonOptions.ParseDevice(parsed.GetValue(device));
            CommandOutput output = CommandOutput.Create(parsed.GetValue(json));
            string target = parsed.GetRequiredValue(file);
            ArrayFile.CheckTarget(target, EmbeddingFile.Suffixes);
            List<RefusedFile> refused = [];
            List<string> paths = ClipFiles.Expand(parsed.GetRequiredValue(inputs), refused);
            output.Refused(refused);
            HuggingFaceFolder encoder = HuggingFaceFolder.Open(parsed.GetRequiredValue(weights));
            if (parsed.GetValue(seconds) is double length)
            {
                ClipLength.Check(length, encoder, frames: 1);
            }

            using SpeechEmbedder embedder = new(encoder, where);
            if (embedder.Caution is string caution)
            {
                output.Warning(caution);
            }

            int from = LayerOf(embedder, parsed.GetValue(layer));
            if (parsed.GetValue(verbose))
            {
                output.Memory(embedder.PackedBytes, where);
            }

            using Interruption interruption = new();
            List<(string Clip, SpeechEmbedding Embedding)> results = [];
            output.During(() =>
            {
                output.StageStarted("embeddings", paths.Count, "clips");
                foreach (string path in paths)
                {
                    interruption.Token.ThrowIfCancellationRequested();
                    Add(results, path, embedder, from, !parsed.GetValue(frames), parsed.GetValue(seconds), output);
                    output.Progress(results.Count, path);
                }
            });
            if (results.Count == 0)
            {
                throw CommandFailure.OfData($"none of the {paths.Count} files has an embedding");
            }

            string shape = EmbeddingFile.Save(target, results, new Dictionary<string, string>
            {
                ["encoder"] = parsed.GetRequiredValue(weights),
                ["layer"] = FormattableString.Invariant($"{from}"),
            });
            output.Result(
                "embeddings",
                new JsonObject { ["file"] = target, ["clips"] = results.Count, ["layer"] = from, ["features"] = results[0].Embedding.Features, ["packed_bytes"] = embedder.PackedBytes },
                $"{target}: {shape} of layer {from}");
            return results.Count == paths.Count && refused.Count == 0 ? 0 : CommandFailure.DataCode;
        });
        return command;
    }

    private static int LayerOf(SpeechEmbedder embedder, int number)
    {
        try
        {
            return embedder.LayerOf(number);
        }
        catch (ArgumentException e)
        {
            throw CommandFailure.OfUsage($"--layer: {e.Message}");
        }
    }

    /// <summary>Adds a clip, or warns why it has no embedding.</summary>
    private static void Add(
        List<(string Clip, SpeechEmbedding Embedding)> results, string path, SpeechEmbedder embedder, int layer, bool mean, double? seconds, CommandOutput output)
    {
        try
        {
            results.Add((path, embedder.Embed(embedder.Read(path, seconds), layer, mean)));
        }
        catch (Exception e) when (e is AudioFormatException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            output.Failed(path, e);
        }
    }
}
