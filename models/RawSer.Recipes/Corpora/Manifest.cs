namespace RawSer.Recipes.Corpora;

/// <summary>
/// A corpus described by a CSV file (RFC 4180, UTF-8): a header line, then one clip per line. Columns <c>path</c> (relative to the CSV file, or absolute)
/// and <c>label</c> (or <c>emotion</c>) are required; <c>speaker</c>, <c>sentence</c>, <c>intensity</c>, <c>sex</c> and <c>corpus</c> are optional; other
/// columns are ignored.
/// </summary>
public static class Manifest
{
    /// <summary>Reads a manifest; files that do not exist and lines that are not well-formed are refused one by one.</summary>
    /// <returns>Clips with the key that makes copies recognisable, refused files, and the number of ignored files (0).</returns>
    /// <exception cref="CorpusException">The header lacks a required column, or there is no line below it.</exception>
    internal static (List<(Clip Clip, string Key)> Found, List<RefusedFile> Refused, int Ignored) Read(string csv)
    {
        List<(int Line, List<string> Fields)> rows = CsvText.Parse(File.ReadAllText(csv));
        if (rows.Count == 0)
        {
            throw new CorpusException($"{csv}: empty; expected a header line with the columns path and label");
        }

        string[] header = [.. rows[0].Fields.Select(f => f.Trim().ToLowerInvariant())];
        int Column(string name) => Array.IndexOf(header, name);
        int path = Column("path"), label = Column("label") >= 0 ? Column("label") : Column("emotion");
        if (path < 0 || label < 0)
        {
            throw new CorpusException($"{csv}: line 1: columns {string.Join(",", header)}; expected path and label among them");
        }

        if (rows.Count == 1)
        {
            throw new CorpusException($"{csv}: a header line and no clip; expected one clip per line below it");
        }

        var found = new List<(Clip, string)>();
        var refused = new List<RefusedFile>();
        string folder = Path.GetDirectoryName(Path.GetFullPath(csv))!;
        foreach ((int line, List<string> fields) in rows.Skip(1))
        {
            if (fields.Count != header.Length)
            {
                refused.Add(new RefusedFile(csv, $"line {line}: {fields.Count} fields; expected {header.Length} as in the header"));
                continue;
            }

            string? Optional(string name) => Column(name) is >= 0 and int i && fields[i].Trim() is { Length: > 0 } value ? value : null;
            string file = Path.GetFullPath(Path.Combine(folder, fields[path].Trim()));
            if (fields[path].Trim().Length == 0 || fields[label].Trim().Length == 0)
            {
                refused.Add(new RefusedFile(csv, $"line {line}: empty {(fields[path].Trim().Length == 0 ? "path" : "label")}"));
            }
            else if (!File.Exists(file))
            {
                refused.Add(new RefusedFile(file, $"line {line} of {csv}: the file does not exist"));
            }
            else
            {
                found.Add((
                    new Clip
                    {
                        Path = file,
                        RelativePath = Path.GetRelativePath(folder, file).Replace('\\', '/'),
                        Corpus = Optional("corpus") ?? Path.GetFileNameWithoutExtension(csv),
                        Emotion = Emotions.Canonical(fields[label]),
                        Speaker = Optional("speaker"),
                        Sentence = Optional("sentence"),
                        Intensity = Optional("intensity"),
                        Sex = Optional("sex")?.ToLowerInvariant(),
                    },
                    file));
            }
        }

        return (found, refused, 0);
    }
}
