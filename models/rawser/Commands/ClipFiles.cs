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
            string[] meant = input == "-" || Path.Exists(input) ? [input] : Matches(input);
            if (meant.Length == 0)
            {
                throw CommandFailure.OfData($"'{input}' is no file, no folder, and matches nothing");
            }

            foreach (string path in meant)
            {
                files.AddRange(!Directory.Exists(path) ? [path] : FolderWalk.Files(path, refused)
                    .Where(f => Suffixes.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
                    .Order(StringComparer.Ordinal));
            }
        }

        return files.Count > 0 ? files : throw CommandFailure.OfData(
            $"no {string.Join(", ", Suffixes)} files in {string.Join(", ", inputs)}{string.Concat(refused.Select(r => $"; {r.Path}: {r.Reason}"))}");
    }

    /// <summary>The files and folders that a pattern means, by name: as in a shell, <c>*</c> and <c>?</c> may stand in every part of the path and pass over names that begin with a dot.</summary>
    private static string[] Matches(string pattern)
    {
        string root = Path.GetPathRoot(pattern) ?? "";
        string[] found = [root];
        foreach (string part in pattern[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))
        {
            found = part.AsSpan().IndexOfAny('*', '?') < 0
                ? [.. found.Select(folder => Path.Combine(folder, part)).Where(Path.Exists)]
                : [.. found.Select(folder => folder.Length > 0 ? folder : ".").Where(Directory.Exists)
                    .SelectMany(folder => Directory.EnumerateFileSystemEntries(folder, part))
                    .Where(path => part[0] == '.' || Path.GetFileName(path)[0] != '.')
                    .Order(StringComparer.Ordinal)];
        }

        return found;
    }
}
