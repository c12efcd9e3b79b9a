using System.CommandLine;
using RawSer.CommandLine;
using RawSer.Recipes.Corpora;

namespace RawSer.Cli.Commands;

/// <summary>The files that are meant by arguments: files, folders with all below them, and patterns.</summary>
internal static class ClipFiles
{
    private static readonly string[] Suffixes = [".wav", ".wave", ".aif", ".aiff", ".aifc"];

    /// <summary>The argument that names them.</summary>
    /// <param name="more">What else may be said of them.</param>
    public static Argument<string[]> Argument(string more = "")
    {
        Argument<string[]> clips = new("CLIP") { Description = $"Files, folders or patterns (*.wav){more}.", Arity = ArgumentArity.OneOrMore };
        CommonOptions.RefuseOptions(clips.Validators);
        return clips;
    }

    /// <summary>The files in the order of the arguments, those of a folder or pattern by name; <c>-</c> stays as it is.</summary>
    /// <param name="inputs">The arguments.</param>
    /// <param name="refused">Receives the folders that cannot be read; the others are searched.</param>
    public static List<string> Expand(string[] inputs, List<RefusedFile> refused)
    {
        List<string> files = [];
        foreach (string input in inputs)
        {
            if (input == "-" || File.Exists(input))
            {
                files.Add(input);
            }
            else if (Directory.Exists(input))
            {
                files.AddRange(FolderWalk.Files(input, refused)
                    .Where(f => Suffixes.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
                    .Order(StringComparer.Ordinal));
            }
            else
            {
                string folder = Path.GetDirectoryName(input) is { Length: > 0 } parent ? parent : ".";
                string pattern = Path.GetFileName(input);
                string[] matches = pattern.AsSpan().IndexOfAny('*', '?') >= 0 && Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];
                if (matches.Length == 0)
                {
                    throw CommandFailure.OfData($"'{input}' is no file, no folder, and matches nothing");
                }

                files.AddRange(matches.Order(StringComparer.Ordinal));
            }
        }

        return files.Count > 0 ? files : throw CommandFailure.OfData(
            $"no {string.Join(", ", Suffixes)} files in {string.Join(", ", inputs)}{string.Concat(refused.Select(r => $"; {r.Path}: {r.Reason}"))}");
    }
}
