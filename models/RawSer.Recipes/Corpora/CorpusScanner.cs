namespace RawSer.Recipes.Corpora;

/// <summary>
/// Finds the clips below folders. Files are visited in a fixed order (fewer folders first, then by name), so that of several copies of a recording the
/// one nearest to the top stays; every other audio file is listed with the reason why it is left out.
/// </summary>
public static class CorpusScanner
{
    private static readonly string[] Decoded = [".wav", ".wave", ".aif", ".aiff", ".aifc"];

    private static readonly string[] OtherAudio = [".mp3", ".flac", ".ogg", ".opus", ".m4a", ".wma", ".flv", ".mp4", ".avi"];

    /// <summary>Scans the sources.</summary>
    /// <param name="sources">Folders and manifests; see <see cref="CorpusSource.Parse"/>.</param>
    /// <param name="probe">Opens every clip to read its rate, duration and hash, and to refuse broken files; null reads names alone.</param>
    /// <param name="cancel">Stops the scan.</param>
    /// <exception cref="CorpusException">A source holds no clip that could be recognised.</exception>
    public static ScanReport Scan(IReadOnlyList<CorpusSource> sources, IClipProbe? probe = null, CancellationToken cancel = default)
    {
        var clips = new List<Clip>();
        var refused = new List<RefusedFile>();
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        int ignored = 0;
        foreach (CorpusSource source in sources)
        {
            cancel.ThrowIfCancellationRequested();
            (List<(Clip Clip, string Key)> found, List<RefusedFile> left, int others) = Find(source);
            if (found.Count == 0 && left.Count == 0)
            {
                throw new CorpusException($"{source.Path}: no audio file (WAV or AIFF) below this folder");
            }

            if (found.Count == 0)
            {
                throw new CorpusException($"{source.Path}: none of its {left.Count} audio files can be used; the first, {left[0].Path}: {left[0].Reason}");
            }

            ignored += others;
            refused.AddRange(left);
            foreach ((Clip clip, string key) in found)
            {
                if (seen.TryAdd($"{clip.Corpus}|{key}", clip.Path))
                {
                    clips.Add(clip);
                }
                else if (seen[$"{clip.Corpus}|{key}"] is var first && first != clip.Path)
                {
                    refused.Add(new RefusedFile(clip.Path, $"the same recording, by its name, as {first}"));
                }
            }
        }

        return probe is null ? new ScanReport(clips, refused, ignored) : Probe(clips, refused, ignored, probe, cancel);
    }

    private static ScanReport Probe(List<Clip> clips, List<RefusedFile> refused, int ignored, IClipProbe probe, CancellationToken cancel)
    {
        var outcomes = new (ClipAudio? Audio, string? Reason)[clips.Count];
        Parallel.For(0, clips.Count, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            string path = clips[i].Path;
            try
            {
                outcomes[i] = IsGitLfsPointer(path)
                    ? (null, "a Git LFS pointer, not the recording itself: run 'git lfs pull' in the corpus's repository")
                    : (probe.Probe(path), null);
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                outcomes[i] = (null, e.Message);
            }
        });
        var good = new List<Clip>(clips.Count);
        for (int i = 0; i < clips.Count; i++)
        {
            if (outcomes[i].Audio is ClipAudio audio)
            {
                good.Add(clips[i] with { Audio = audio });
            }
            else
            {
                refused.Add(new RefusedFile(clips[i].Path, outcomes[i].Reason!));
            }
        }

        return new ScanReport(good, refused, ignored);
    }

    private static (List<(Clip Clip, string Key)> Found, List<RefusedFile> Refused, int Ignored) Find(CorpusSource source)
    {
        if (source.Kind == CorpusKind.Manifest)
        {
            return Manifest.Read(source.Path);
        }

        var refused = new List<RefusedFile>();
        (List<string> audio, int ignored) = AudioFiles(source.Path, refused);
        IReadOnlyList<CorpusGrammar> grammars = source.Grammar is null ? CorpusGrammar.Known : [source.Grammar];
        bool forced = source.Kind == CorpusKind.Known;
        CorpusKind kind = source.Kind;
        if (kind == CorpusKind.Recognise && audio.Count > 0 && !audio.Exists(path => grammars.Any(g => g.Read(path, false).IsOwn)))
        {
            kind = audio.Exists(path => path.Contains('/', StringComparison.Ordinal))
                ? CorpusKind.FolderPerClass
                : throw new CorpusException(
                    $"{source.Path}: its file names (such as '{audio[0]}') are of no known corpus, and there is no folder per class; give a CSV manifest (columns path,label)");
        }

        var found = new List<(Clip, string)>();
        foreach (string relative in audio)
        {
            string path = Path.Combine(source.Path, relative);
            if (kind == CorpusKind.FolderPerClass)
            {
                AddByFolder(source.Path, relative, path, found, refused);
                continue;
            }

            AddByName(grammars, forced, relative, path, found, refused);
        }

        return (found, refused, ignored);
    }

    private static void AddByName(
        IReadOnlyList<CorpusGrammar> grammars, bool forced, string relative, string path, List<(Clip, string)> found, List<RefusedFile> refused)
    {
        foreach (CorpusGrammar grammar in grammars)
        {
            NameReading reading = grammar.Read(relative, forced);
            if (reading.Name is ClipName name)
            {
                found.Add((
                    new Clip
                    {
                        Path = path,
                        RelativePath = relative,
                        Corpus = grammar.Corpus,
                        Speaker = name.Speaker,
                        Sentence = name.Sentence,
                        Emotion = name.Emotion,
                        Intensity = name.Intensity,
                        Take = name.Take,
                        Sex = name.Sex,
                    },
                    name.Key));
                return;
            }

            if (reading.Refusal is string refusal)
            {
                refused.Add(new RefusedFile(path, refusal));
                return;
            }
        }

        refused.Add(new RefusedFile(path, grammars.Count == 1
            ? $"not a name of {grammars[0].Corpus}: expected for example {grammars[0].Example}"
            : "a name of no known corpus (RAVDESS, SAVEE, TESS, CREMA-D), in a folder where other names are"));
    }

    // root/CLASS/[SPEAKER/]file
    private static void AddByFolder(string root, string relative, string path, List<(Clip, string)> found, List<RefusedFile> refused)
    {
        string[] parts = relative.Split('/');
        if (parts.Length is < 2 or > 3)
        {
            refused.Add(new RefusedFile(path, "one folder per class: expected CLASS/file or CLASS/SPEAKER/file below the corpus folder"));
            return;
        }

        found.Add((
            new Clip
            {
                Path = path,
                RelativePath = relative,
                Corpus = Path.GetFileName(root),
                Emotion = Emotions.Canonical(parts[0]),
                Speaker = parts.Length == 3 ? parts[1] : null,
            },
            relative));
    }

    private static (List<string> Audio, int Ignored) AudioFiles(string root, List<RefusedFile> refused)
    {
        var audio = new List<string>();
        int ignored = 0;
        foreach (string path in FolderWalk.Files(root, refused))
        {
            string suffix = Path.GetExtension(path).ToLowerInvariant();
            string relative = Path.GetRelativePath(root, path).Replace('\\', '/');
            if (OtherAudio.Contains(suffix))
            {
                refused.Add(new RefusedFile(path, $"{suffix} is not decoded: convert it to WAV"));
            }
            else if (!Decoded.Contains(suffix))
            {
                ignored++;
            }
            else if (Path.GetFileName(path).StartsWith("._", StringComparison.Ordinal))
            {
                refused.Add(new RefusedFile(path, "an AppleDouble file (made by macOS beside the recording), not audio"));
            }
            else
            {
                audio.Add(relative);
            }
        }

        audio.Sort((a, b) => a.Count(c => c == '/') is var da && b.Count(c => c == '/') is var db && da != db ? da.CompareTo(db) : string.CompareOrdinal(a, b));
        refused.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return (audio, ignored);
    }

    private static bool IsGitLfsPointer(string path)
    {
        ReadOnlySpan<byte> signature = "version https://git-lfs"u8;
        if (new FileInfo(path).Length is 0 or >= 1024)
        {
            return false; // of length 0 are also named pipes, which must not be opened
        }

        using FileStream file = File.OpenRead(path);
        Span<byte> head = stackalloc byte[signature.Length];
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual(signature);
    }
}
