namespace RawSer.Recipes.Corpora;

/// <summary>
/// What listeners heard in the clips of CREMA-D: the column <c>VoiceVote</c> of <c>processedResults/summaryTable.csv</c>, of people who had the voice alone.
/// In less than half of the clips it is the emotion that the actor was asked for, which the file name states.
/// </summary>
public static class CremaDVotes
{
    private const string Table = "processedResults/summaryTable.csv";
    private const int FoldersAbove = 2; // AudioWAV/clip.wav beside processedResults, or a folder deeper

    private static readonly CremaD s_grammar = new();

    /// <summary>The clips, those of CREMA-D with their <see cref="Clip.Votes"/>.</summary>
    /// <exception cref="CorpusException">The table is missing, or is not the corpus's.</exception>
    public static IReadOnlyList<Clip> Read(IReadOnlyList<Clip> clips)
    {
        Dictionary<string, IReadOnlyDictionary<string, string>> tables = new(StringComparer.Ordinal);
        return [.. clips.Select(clip => clip.Corpus == s_grammar.Corpus ? clip with { Votes = VotesOf(clip, tables) } : clip)];
    }

    private static string? VotesOf(Clip clip, Dictionary<string, IReadOnlyDictionary<string, string>> tables)
    {
        string folder = Path.GetDirectoryName(clip.Path)!;
        if (!tables.TryGetValue(folder, out IReadOnlyDictionary<string, string>? votes))
        {
            tables[folder] = votes = ReadTable(Find(folder));
        }

        return KeyOf(clip.Path) is { } key ? votes.GetValueOrDefault(key) : null;
    }

    private static string Find(string folder)
    {
        string? above = folder;
        for (int i = 0; i <= FoldersAbove && above is not null; i++, above = Path.GetDirectoryName(above))
        {
            if (Path.Combine(above, Table) is var path && File.Exists(path))
            {
                return path;
            }
        }

        throw new CorpusException($"labels.cremad=perceived needs the votes of CREMA-D's listeners: there is no {Table} in {folder} or above; get it from the corpus's repository, or use labels.cremad=intended");
    }

    private static Dictionary<string, string> ReadTable(string path)
    {
        List<(int Line, List<string> Fields)> rows = CsvText.Parse(File.ReadAllText(path));
        string[] header = rows.Count == 0 ? [] : [.. rows[0].Fields.Select(f => f.Trim().ToLowerInvariant())];
        int name = Array.IndexOf(header, "filename"), vote = Array.IndexOf(header, "voicevote");
        if (name < 0 || vote < 0)
        {
            throw new CorpusException($"{path}: line 1: expected the columns FileName and VoiceVote");
        }

        Dictionary<string, string> votes = new(StringComparer.Ordinal);
        foreach ((int line, List<string> fields) in rows.Skip(1))
        {
            if (fields.Count != header.Length || KeyOf(fields[name]) is not { } key)
            {
                throw new CorpusException($"{path}: line {line}: expected {header.Length} fields, with a name such as 1001_IEO_ANG_HI");
            }

            votes[key] = string.Join(':', fields[vote].Split(':').Select(letter => EmotionOf(letter.Trim()) ?? throw new CorpusException($"{path}: line {line}: vote '{fields[vote]}': expected A, D, F, H, N or S, or several with colons between")));
        }

        return votes;
    }

    private static string? KeyOf(string file) => s_grammar.Read(Path.GetFileName(file.Trim()), forced: true).Name?.Key;

    private static string? EmotionOf(string letter) => letter switch
    {
        "A" => Emotions.Angry,
        "D" => Emotions.Disgust,
        "F" => Emotions.Fear,
        "H" => Emotions.Happy,
        "N" => Emotions.Neutral,
        "S" => Emotions.Sad,
        _ => null,
    };
}
