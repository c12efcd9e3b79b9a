using RawSer.Recipes.Corpora;

namespace RawSer.Recipes.Tests.Corpora;

public class CorpusScannerTests
{
    private static ScanReport Scan(string data, IClipProbe? probe = null) => CorpusScanner.Scan([CorpusSource.Parse(data)], probe);

    [Test]
    public void Recognises_all_four_corpora_below_one_folder()
    {
        using var tree = new FileTree(SyntheticNames.All());
        ScanReport scan = Scan(tree.Root);
        Assert.That(scan.Count(c => c.Corpus), Is.EqualTo(new[] { ("CREMA-D", 7442), ("RAVDESS", 1440), ("SAVEE", 480), ("TESS", 2800) }));
        Assert.That(scan.Refused, Is.Empty);
        Assert.That(scan.Count(c => c.SpeakerKey), Has.Count.EqualTo(24 + 4 + 2 + 91));
    }

    [Test]
    public void Reads_the_original_layout_of_savee()
    {
        using var tree = new FileTree(SyntheticNames.Savee((speaker, file) => $"AudioData/{speaker}/{file}"));
        ScanReport scan = Scan(tree.Root);
        Assert.That(scan.Clips, Has.Count.EqualTo(480));
        Assert.That(scan.Count(c => c.Emotion), Is.EqualTo(new[]
        {
            ("angry", 60), ("disgust", 60), ("fear", 60), ("happy", 60), ("neutral", 120), ("sad", 60), ("surprise", 60),
        }));
    }

    [Test]
    public void Keeps_one_of_nested_copies_and_names_the_other()
    {
        using var tree = new FileTree(SyntheticNames.Ravdess(2));
        tree.Add(SyntheticNames.Ravdess(2).Select(n => "audio_speech_actors_01-24/" + n));
        ScanReport scan = Scan(tree.Root);
        Assert.That(scan.Clips, Has.Count.EqualTo(120));
        Assert.That(scan.Clips.Select(c => c.RelativePath), Has.None.StartsWith("audio_speech"));
        Assert.That(scan.Refused, Has.Count.EqualTo(120));
        Assert.That(scan.Refused[0].Reason, Is.EqualTo($"the same recording, by its name, as {Path.Combine(tree.Root, "Actor_01/03-01-01-01-01-01-01.wav")}"));
    }

    [Test]
    public void An_old_crema_name_and_its_successor_are_one_recording()
    {
        using var tree = new FileTree(["1040_ITH_SAD_X.wav", "1040_ITH_SAD_XX.wav", "1001_IEO_ANG_HI.wav"]);
        Assert.That(Scan(tree.Root).Clips, Has.Count.EqualTo(2));
    }

    [Test]
    public void The_same_folder_given_twice_counts_once()
    {
        using var tree = new FileTree(SyntheticNames.Ravdess(1));
        ScanReport scan = CorpusScanner.Scan([CorpusSource.Parse(tree.Root), CorpusSource.Parse($"RAVDESS={tree.Root}/")]);
        Assert.That(scan.Clips, Has.Count.EqualTo(60));
        Assert.That(scan.Refused, Is.Empty);
    }

    [Test]
    public void Lists_every_refused_file_with_its_reason()
    {
        using var tree = new FileTree(
        [
            "Actor_01/03-01-05-01-02-01-01.wav", "Actor_01/03-02-05-01-02-01-01.wav", "Actor_01/notes.wav", "Actor_01/03-01-05-01-02-01-01.mp3",
            "Actor_01/._03-01-05-01-02-01-01.wav", "README.md",
        ]);
        ScanReport scan = Scan(tree.Root);
        Assert.That(scan.Clips, Has.Count.EqualTo(1));
        Assert.That(scan.IgnoredFiles, Is.EqualTo(1));
        Assert.That(scan.Refused.Select(r => r.Reason), Is.EquivalentTo(new[]
        {
            "vocal channel 02 is song: only 01, speech, is used",
            "a name of no known corpus (RAVDESS, SAVEE, TESS, CREMA-D), in a folder where other names are",
            ".mp3 is not decoded: convert it to WAV",
            "an AppleDouble file (made by macOS beside the recording), not audio",
        }));
    }

    [Test]
    public void Reads_one_folder_per_class_and_per_speaker()
    {
        using var tree = new FileTree(["Anger/ann/1.wav", "Anger/bob/1.wav", "boredom/ann/2.wav", "boredom/3.wav", "stray.wav"]);
        ScanReport scan = Scan(tree.Root);
        Assert.That(scan.Clips.Select(c => (c.Emotion, c.Speaker)), Is.EqualTo(new[] { ("boredom", (string?)null), ("angry", "ann"), ("angry", "bob"), ("boredom", "ann") }));
        Assert.That(scan.Clips[0].Corpus, Is.EqualTo(Path.GetFileName(tree.Root)));
        Assert.That(scan.Refused.Single().Reason, Does.Contain("expected CLASS/file or CLASS/SPEAKER/file"));
    }

    [Test]
    public void Reads_a_csv_manifest_with_quotes_and_refuses_bad_lines()
    {
        using var tree = new FileTree(["a.wav", "b, \"x\".wav"]);
        string csv = Path.Combine(tree.Root, "list.csv");
        File.WriteAllText(csv, "\uFEFFpath,Label,speaker\r\na.wav,happiness,s1\r\n\"b, \"\"x\"\".wav\",sad,\r\nmissing.wav,sad,s2\nshort\n,sad,s2\n");
        ScanReport scan = Scan(csv);
        Assert.That(scan.Clips.Select(c => (c.RelativePath, c.Emotion, c.Speaker, c.Corpus)), Is.EqualTo(new[]
        {
            ("a.wav", "happy", "s1", "list"), ("b, \"x\".wav", "sad", (string?)null, "list"),
        }));
        Assert.That(scan.Refused.Select(r => r.Reason), Is.EqualTo(new[]
        {
            $"line 4 of {csv}: the file does not exist", "line 5: 1 fields; expected 3 as in the header", "line 6: empty path",
        }));
    }

    [TestCase("path,emotion", "list.csv: a header line and no clip", TestName = "A manifest of a header alone")]
    [TestCase("file,label\nx.wav,sad", "list.csv: line 1: columns file,label", TestName = "A manifest without a path column")]
    [TestCase("", "list.csv: empty", TestName = "An empty manifest")]
    public void Refuses_a_useless_manifest(string text, string message)
    {
        using var tree = new FileTree(["list.csv"], text);
        Assert.That(() => Scan(Path.Combine(tree.Root, "list.csv")), Throws.TypeOf<CorpusException>().With.Message.StartsWith(Path.Combine(tree.Root, message)));
    }

    [Test]
    public void Opens_clips_and_refuses_broken_ones_by_name()
    {
        using var tree = new FileTree(SyntheticNames.Ravdess(1));
        tree.Add(["Actor_01/03-01-05-01-02-01-01.wav"], "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
        ScanReport scan = Scan(tree.Root, new FakeProbe());
        Assert.That(scan.Clips, Has.Count.EqualTo(58));
        Assert.That(scan.Clips.Select(c => c.Audio!.SampleRate), Is.All.EqualTo(48000));
        Assert.That(scan.Refused.Select(r => r.Reason), Is.EqualTo(new[] { "no fmt chunk", "a Git LFS pointer, not the recording itself: run 'git lfs pull' in the corpus's repository" }));
        Assert.That(scan.ToText(), Does.Contain("RAVDESS: 58 clips, 1 speaker\n").And.Contain("rates     48000 Hz 58").And.Contain("no fmt chunk"));
    }

    [Test]
    public void Follows_links_to_folders_but_not_in_circles()
    {
        using var tree = new FileTree(["happy/1.wav"]);
        using var elsewhere = new FileTree(["2.wav"]);
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "sad"), elsewhere.Root);
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "happy", "up"), "..");
        Directory.CreateSymbolicLink(Path.Combine(elsewhere.Root, "itself"), elsewhere.Root);
        ScanReport scan = Scan(tree.Root);
        Assert.That(scan.Clips.Select(c => c.RelativePath), Is.EquivalentTo(new[] { "happy/1.wav", "sad/2.wav" }));
        Assert.That(scan.Refused, Is.Empty);
    }

    [Test]
    public void A_link_out_of_the_folder_and_back_into_it_ends()
    {
        using var tree = new FileTree(["happy/1.wav"]);
        string name = Path.GetFileName(tree.Root);
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "happy", "back"), Path.Combine("..", "..", name, "happy"));
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "whole"), Path.Combine("..", name));
        List<RefusedFile> refused = [];
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, tree.Root);
        Assert.That(FolderWalk.Files(relative, refused).Count(), Is.EqualTo(1));
        Assert.That(refused, Is.Empty);
    }

    [Test]
    [Platform("Linux,MacOsX", Reason = "named pipes in folders")]
    [CancelAfter(20_000)]
    public void Refuses_a_named_pipe_without_waiting_for_it(CancellationToken cancel)
    {
        using var tree = new FileTree(["happy/1.wav"]);
        string pipe = Path.Combine(tree.Root, "happy", "pipe.wav");
        using (var make = System.Diagnostics.Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }

        Task<ScanReport> scan = Task.Run(() => Scan(tree.Root, new AudioProbe()), cancel);
        Assert.That(scan.Wait(TimeSpan.FromSeconds(10), cancel), "the scan waits for the pipe");
        Assert.That(scan.Result.Refused.Single(r => r.Path == pipe).Reason, Does.StartWith("the file is empty"));
    }

    /// <summary>That is no matter of what is on disk.</summary>
    [TestCase("RAVDES={0}")]
    [TestCase("RAVDES={0}/none")]
    public void Refuses_an_unknown_corpus(string data)
    {
        using var tree = new FileTree(SyntheticNames.Ravdess(1));
        Assert.That(() => Scan(string.Format(data, tree.Root)), Throws.TypeOf<FormatException>().With.Message.Contains("corpus 'RAVDES' is unknown"));
    }

    [TestCase("{0}/none", "does not exist")]
    [TestCase("TESS={0}", "not a name of TESS")]
    [TestCase("MANIFEST={0}", "takes a CSV file, and this is a folder")]
    public void Refuses_a_wrong_source(string data, string message)
    {
        using var tree = new FileTree(SyntheticNames.Ravdess(1));
        Assert.That(() => Scan(string.Format(data, tree.Root)), Throws.TypeOf<CorpusException>().With.Message.Contains(message));
    }

    [Test]
    public void Refuses_a_folder_without_audio()
    {
        using var tree = new FileTree(["notes.txt"]);
        Assert.That(() => Scan(tree.Root), Throws.TypeOf<CorpusException>().With.Message.Contains("no audio file"));
    }

    private sealed class FakeProbe : IClipProbe
    {
        public ClipAudio Probe(string path) => path.EndsWith("03-01-01-01-01-01-01.wav", StringComparison.Ordinal)
            ? throw new InvalidDataException("no fmt chunk")
            : new ClipAudio(48000, 1, 3.5, "00");
    }
}
