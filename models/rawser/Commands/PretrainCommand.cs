using System.CommandLine;
using System.Text.Json.Nodes;
using RawSer.Cli.Output;
using RawSer.CommandLine;
using RawSer.Models.Wav2Vec2;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Runs;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser pretrain</c>: the contrastive objective of wav2vec 2.0 on unlabelled clips.</summary>
internal static class PretrainCommand
{
    public static Command Create()
    {
        Argument<string[]> inputs = ClipFiles.Argument("; labels are not needed");
        Option<string> weights = new("--weights")
        {
            Description = "Folder of a Wav2Vec2 model to go on from, or with a config.json alone to begin anew.",
            HelpName = "DIR",
            Required = true,
        };
        Option<string> folder = new("--out") { Description = "Folder for the result, which holds no model yet: config.json and model.safetensors, as --weights takes them.", HelpName = "DIR", Required = true };
        Option<int> steps = Number("--steps", "Updates.", 1000);
        Option<int> batch = Number("--batch", "Clips per update.", 4);
        Option<double> seconds = new("--seconds") { Description = "Clips are cut or padded to these.", DefaultValueFactory = _ => 3, HelpName = "S" };
        Option<double> rate = new("--learning-rate") { Description = "Of Adam.", DefaultValueFactory = _ => 5e-5, HelpName = "R" };
        Option<double> mask = new("--mask") { Description = "mask_time_prob: share of the frames that would be masked if no spans overlapped.", DefaultValueFactory = _ => 0.65, HelpName = "P" };
        Option<bool> capture = new("--capture") { Description = "On a GPU: launch an update as one graph.", DefaultValueFactory = _ => true, HelpName = "BOOL" };
        Option<ulong?> seed = new("--seed") { Description = "Seed of new weights, order, masks, negatives and noise; 0 if left out.", HelpName = "N" };
        Option<string?> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json();
        Command command = new("pretrain", "Pre-trains a speech encoder on clips without labels.") { inputs, weights, folder, steps, batch, seconds, rate, mask, capture, seed, device, json };
        command.SetAction(parsed =>
        {
            Device where = CommonOptions.ParseDevice(parsed.GetValue(device));
            CommandOutput output = CommandOutput.Create(parsed.GetValue(json));
            PretrainingOptions options = new()
            {
                Steps = parsed.GetValue(steps),
                Batch = parsed.GetValue(batch),
                Seconds = parsed.GetValue(seconds),
                LearningRate = parsed.GetValue(rate),
                MaskProbability = parsed.GetValue(mask),
                Capture = parsed.GetValue(capture),
                Seed = parsed.GetValue(seed) ?? 0,
            };
            try
            {
                options.Validate();
            }
            catch (ArgumentException e)
            {
                throw CommandFailure.OfUsage(e.Message);
            }

            HuggingFaceFolder encoder = HuggingFaceFolder.Open(parsed.GetRequiredValue(weights));
            ClipLength.Check(options.Seconds, encoder, encoder.Config.TimeMask.Length);
            string target = parsed.GetRequiredValue(folder);
            List<RefusedFile> refused = [];
            List<string> paths = ClipFiles.Expand(parsed.GetRequiredValue(inputs), refused);
            output.Refused(refused);
            PretrainingRun run = new(parsed.GetRequiredValue(weights), target, paths, options, where);
            using Interruption interruption = new();
            PretrainingProgress last = default;
            output.During(() => last = run.Run(output, interruption.Token));
            bool isInterrupted = last.Step < options.Steps;
            if (last.Step > 0)
            {
                output.Result(
                    "pretraining",
                    new JsonObject { ["folder"] = target, ["steps"] = last.Step, ["loss"] = last.Loss, ["accuracy"] = last.Accuracy, ["perplexity"] = last.Perplexity },
                    FormattableString.Invariant($"{target}: after {last.Step} steps loss {last.Loss:F3} per masked frame, {Percent.Of(last.Accuracy)} of them recognised, perplexity {last.Perplexity:F1}"));
            }

            if (isInterrupted)
            {
                output.Message(last.Step > 0 ? $"stopped; go on with: --weights {target} and another --out" : "stopped before the first step; nothing was written");
            }

            return isInterrupted ? 130 : 0;
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int initial) => new(name) { Description = description, DefaultValueFactory = _ => initial, HelpName = "N" };
}
