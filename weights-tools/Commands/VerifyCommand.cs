using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RawSer.CommandLine;
using RawSer.Weights;
using RawSer.Weights.Synthesis;

namespace RawSer.WeightTools.Commands;

/// <summary><c>rawser-weights verify</c>: reads a file completely and checks what can be checked.</summary>
internal static partial class VerifyCommand
{
    public static Command Create()
    {
        Argument<string> file = CommonOptions.File();
        Option<string[]> map = CommonOptions.Map();
        Option<string?> architecture = new("--arch", "-a") { Description = $"Names and shapes must be those of: {string.Join(", ", Architecture.Names)}.", HelpName = "ARCH" };
        Option<string?> hash = new("--sha256") { Description = "The file's SHA-256, or the first digits of it. A name such as vgg16-397923af.pth holds them already.", HelpName = "HEX" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("verify", "Reads every tensor: container, checksums, ranges, bools; reports NaN and infinities. Exit code 1 if anything is wrong.") { file, map, architecture, hash, json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            string? wanted = parsed.GetValue(architecture);
            if (wanted is not null && !Architecture.Names.Contains(wanted))
            {
                throw CommandFailure.OfUsage($"architecture '{wanted}' is unknown; known: {string.Join(", ", Architecture.Names)}");
            }

            string? expected = parsed.GetValue(hash)?.ToLowerInvariant();
            if (expected is not null && !HashDigits().IsMatch(expected))
            {
                throw CommandFailure.OfUsage($"--sha256 {expected}: expected 1 to 64 hexadecimal digits");
            }

            using WeightSource source = CommonOptions.Open(path, parsed.GetValue(map));
            string sha256 = Conversion.Sha256(path);
            if (NamedHash.Problem(path, sha256, expected ?? NamedHash.Of(path)) is { } problem)
            {
                throw CommandFailure.OfData(problem);
            }

            if (wanted is not null)
            {
                Architecture.Get(wanted).Check(source);
            }

            (long nans, long infinities) = ReadAll(source);
            Console.WriteLine(parsed.GetValue(json)
                ? new JsonObject { ["type"] = "verify", ["file"] = path, ["tensors"] = source.Entries.Count, ["nan"] = nans, ["infinite"] = infinities, ["sha256"] = sha256 }.ToJsonString()
                : $"{path}: good; {source.Entries.Count} tensors read, {nans} NaN, {infinities} infinite values{(wanted is null ? "" : $", names and shapes of {wanted}")}, sha256 {sha256}");
            return 0;
        });
        return command;
    }

    [GeneratedRegex("^[0-9a-f]{1,64}$")]
    private static partial Regex HashDigits();

    private static (long Nans, long Infinities) ReadAll(WeightSource source)
    {
        (long nans, long infinities) = (0, 0);
        float[] values = new float[1 << 16];
        foreach (WeightEntry entry in source.Entries)
        {
            if (entry.Type is not (WeightType.F32 or WeightType.F16 or WeightType.BF16 or WeightType.F64))
            {
                bool isBool = entry.Type == WeightType.Bool;
                Conversion.ForEachChunk(source, entry, bytes =>
                {
                    if (isBool && bytes.Span.ContainsAnyExceptInRange((byte)0, (byte)1))
                    {
                        throw CommandFailure.OfData($"{source.Path}: tensor '{PrintableText.Of(entry.Name)}': BOOL holds a byte other than 0 and 1");
                    }
                });
                continue;
            }

            for (long done = 0; done < entry.ElementCount; done += values.Length)
            {
                Span<float> part = values.AsSpan(0, (int)Math.Min(values.Length, entry.ElementCount - done));
                source.ReadFloats(entry, done, part);
                foreach (float value in part)
                {
                    nans += float.IsNaN(value) ? 1 : 0;
                    infinities += float.IsInfinity(value) ? 1 : 0;
                }
            }
        }

        return (nans, infinities);
    }
}
