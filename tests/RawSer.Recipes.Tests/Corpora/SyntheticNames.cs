namespace RawSer.Recipes.Tests.Corpora;

/// <summary>The file names of the four corpora, complete: 1440 + 480 + 2800 + 7442 = 12,162.</summary>
internal static class SyntheticNames
{
    public static IEnumerable<string> Ravdess(int actors = 24) =>
        from actor in Enumerable.Range(1, actors)
        from emotion in Enumerable.Range(1, 8)
        from intensity in Enumerable.Range(1, emotion == 1 ? 1 : 2)
        from statement in Enumerable.Range(1, 2)
        from repetition in Enumerable.Range(1, 2)
        select $"Actor_{actor:00}/03-01-{emotion:00}-{intensity:00}-{statement:00}-{repetition:00}-{actor:00}.wav";

    public static IEnumerable<string> Savee(Func<string, string, string> name) =>
        from speaker in (string[])["DC", "JE", "JK", "KL"]
        from code in (string[])["a", "d", "f", "h", "n", "sa", "su"]
        from number in Enumerable.Range(1, code == "n" ? 30 : 15)
        select name(speaker, $"{code}{number:00}.wav");

    public static IEnumerable<string> Savee() => Savee((speaker, file) => $"ALL/{speaker}_{file}");

    public static IEnumerable<string> Tess() =>
        from speaker in (string[])["OAF", "YAF"]
        from emotion in (string[])["angry", "disgust", "fear", "happy", "neutral", "ps", "sad"]
        from word in Enumerable.Range(0, 200)
        let spoken = $"{(char)('a' + (word / 26))}{(char)('a' + (word % 26))}"
        let prefix = speaker == "OAF" && emotion == "neutral" && word == 0 ? "OA" : speaker
        select $"{speaker}_{(emotion == "ps" ? "Pleasant_surprise" : emotion)}/{prefix}_{spoken}_{emotion}.wav";

    /// <summary>82 clips of each of 91 actors, less the 20 that are missing (3 of each emotion, 5 neutral).</summary>
    public static IEnumerable<string> CremaD()
    {
        var missing = new Dictionary<string, int> { ["ANG"] = 3, ["DIS"] = 3, ["FEA"] = 3, ["HAP"] = 3, ["SAD"] = 3, ["NEU"] = 5 };
        foreach (int actor in Enumerable.Range(1001, 91))
        {
            foreach (string sentence in (string[])["IEO", "TIE", "IOM", "IWW", "TAI", "MTI", "IWL", "ITH", "DFA", "ITS", "TSI", "WSI"])
            {
                foreach (string emotion in missing.Keys)
                {
                    foreach (string level in sentence == "IEO" && emotion != "NEU" ? (string[])["LO", "MD", "HI"] : ["XX"])
                    {
                        if (sentence == "WSI" && missing[emotion] > 0)
                        {
                            missing[emotion]--;
                            continue;
                        }

                        yield return $"AudioWAV/{actor}_{sentence}_{emotion}_{level}.wav";
                    }
                }
            }
        }
    }

    public static IEnumerable<string> All() => [.. Ravdess(), .. Savee(), .. Tess(), .. CremaD()];
}

/// <summary>A folder of files that is deleted with the test.</summary>
internal sealed class FileTree : IDisposable
{
    public FileTree(IEnumerable<string> names, string content = "x")
    {
        Root = Directory.CreateTempSubdirectory("rawser-corpus-").FullName;
        Add(names, content);
    }

    public string Root { get; }

    public void Add(IEnumerable<string> names, string content = "x")
    {
        foreach (string name in names)
        {
            string path = Path.Combine(Root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content);
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
