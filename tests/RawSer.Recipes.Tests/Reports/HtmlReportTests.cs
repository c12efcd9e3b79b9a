using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml;
using RawSer.Audio.Features;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Reports;
using RawSer.Recipes.Sampling;
using RawSer.Recipes.Splits;
using RawSer.Recipes.Synthesis;

namespace RawSer.Recipes.Tests.Reports;

public sealed class HtmlReportTests
{
    private static readonly Lazy<string> Html = new(() =>
    {
        using var writer = new StringWriter();
        HtmlReport.Write(writer, Sample());
        return writer.ToString();
    });

    /// <summary>Set RAWSER_SAMPLE_REPORT=FILE to look at the report that these tests check.</summary>
    [Test]
    public void Is_one_file_that_needs_nothing_else()
    {
        if (Environment.GetEnvironmentVariable("RAWSER_SAMPLE_REPORT") is string file)
        {
            File.WriteAllText(file, Html.Value);
        }

        Assert.That(Regex.Matches(Html.Value, @"(src|href)\s*=\s*""(?!data:)[^""]*""|url\(|@import|<script|<link").Select(m => m.Value), Is.Empty);
        Assert.That(Html.Value, Does.Not.Contain("http://").And.Not.Contain("https://"));
    }

    [Test]
    public void Is_well_formed_and_has_every_section()
    {
        // Void elements are written as HTML does; everything else must nest.
        string xml = Regex.Replace(Html.Value, @"<(meta|img|br)\b([^>]*)>", "<$1$2/>").Replace("<!doctype html>", "", StringComparison.Ordinal);
        var document = new XmlDocument();
        Assert.That(() => document.LoadXml(xml), Throws.Nothing);
        string[] sections = [.. document.SelectNodes("//section")!.Cast<XmlElement>().Select(s => s.GetAttribute("id"))];
        Assert.That(sections, Is.EqualTo(new[] { "headline", "classes", "confusions", "published", "curves", "calibration", "groups", "leakage", "examples", "provenance" }));
        foreach (XmlElement svg in document.SelectNodes("//svg")!.Cast<XmlElement>())
        {
            Assert.That(svg.GetAttribute("role") == "img" && svg.GetAttribute("aria-label").Length > 0, Is.True, "every picture says what it shows");
        }

        Assert.That(document.SelectNodes("//img[not(@alt) or @alt='']")!, Is.Empty);
        Assert.That(document.SelectNodes("//table[not(caption)]")!, Is.Empty);
    }

    [Test]
    public void States_the_numbers_of_the_evaluation()
    {
        RunReport run = Sample();
        var evaluation = new Evaluation(run.Predictions, run.Classes);
        Assert.That(Html.Value, Does.Contain($"recognises <b>{100 * evaluation.Accuracy.Value:0.0}%</b>"));
        Assert.That(Html.Value, Does.Contain("<b>Speakers leak.</b> 5 of 5 test speakers"));
        Assert.That(Regex.Count(Html.Value, "class=\"heat( right)?\""), Is.EqualTo(2 * 49));
    }

    /// <summary>Clips of unknown speakers are not said to be of the known ones.</summary>
    [Test]
    public void Says_of_how_many_clips_the_speaker_is_known()
    {
        using var writer = new StringWriter();
        HtmlReport.Write(writer, new RunReport
        {
            Title = "few speakers",
            Classes = ["a", "b"],
            Predictions = [.. Enumerable.Range(0, 4).Select(i => new ClipPrediction($"{i}.wav", "c", i == 0 ? "c/x" : null, 0, [1, 0]))],
            Epochs = [new EpochPoint(1, 1, 0.5, 1, 0.5)],
            Leakage = [new Leakage("speaker", SplitPart.Train, SplitPart.Test, ["c/x"], 1, 1, 1)],
        });
        Assert.That(writer.ToString(), Does.Contain("On <b>4</b> test clips, <b>1</b> of them of <b>1</b> speaker, all of whom it knows from training and the others of unknown speakers, the network")
            .And.Contain("(25.0% of the test clips)").And.Contain("1 epoch; the weights"));
    }

    [Test]
    public void Text_from_outside_is_escaped()
    {
        using var writer = new StringWriter();
        HtmlReport.Write(writer, Sample() with { Title = "<b>&\"", Notes = ["</section><script>"] });
        Assert.That(writer.ToString(), Does.Contain("<h1>&lt;b&gt;&amp;&quot;</h1>").And.Not.Contain("<script>"));
    }

    [Test]
    public void A_run_with_little_to_show_still_has_a_report()
    {
        using var writer = new StringWriter();
        HtmlReport.Write(writer, new RunReport
        {
            Title = "little",
            Classes = ["a", "b"],
            Predictions = [new ClipPrediction("x.wav", "c", null, 0, [1, 0])],
            Epochs = [new EpochPoint(1, double.NaN, 0, double.PositiveInfinity, 0)],
        });
        Assert.That(writer.ToString(), Does.Contain("recognises <b>100.0%</b>").And.Not.Contain("NaN").And.Not.Contain("Infinity"));
    }

    [Test]
    public void Trials_of_a_search_are_shown_the_best_first()
    {
        using var writer = new StringWriter();
        Dictionary<string, string> narrow = new() { ["network.hidden1"] = "64" }, wide = new() { ["network.hidden1"] = "512" };
        HtmlReport.Write(writer, Sample() with { Trials = [new(wide, 2, 1, 0, null, 0.25), new(narrow, 2, 1, 0, null, 0.5), new(narrow, 6, 1, 1, 1, 0.625)] });
        string section = Regex.Match(writer.ToString(), "<section id=\"search\".*?</section>", RegexOptions.Singleline).Value;
        Assert.That(section, Does.Contain("3 trials").And.Contain("<code>network.hidden1</code>"));
        string[] rows = [.. Regex.Matches(section, "<tr><th scope=\"row\">.*?</tr>").Select(row => Regex.Replace(row.Value, "<[^>]*>", " ").Trim())];
        Assert.That(rows.Select(row => Regex.Replace(row, " +", " ")), Is.EqualTo(new[] { "3 64 6 trial 2 62.5%", "2 64 2 – 50.0%", "1 512 2 – 25.0%" }));
        Assert.That(Html.Value, Does.Not.Contain("id=\"search\""));
    }

    [Test]
    public void Examples_are_one_per_class_and_then_the_boldest_mistakes()
    {
        RunReport run = Sample();
        IReadOnlyList<int> chosen = RunReport.ChooseExamples(run.Predictions, 8);
        Assert.That(chosen.Distinct().Count(), Is.EqualTo(8));
        bool Right(int i) => run.Predictions[i].Probabilities[run.Predictions[i].Truth] == run.Predictions[i].Probabilities.Max();
        Assert.That(chosen.Take(4).All(Right) && !chosen.Skip(4).Any(Right), Is.True);
        Assert.That(chosen.Take(4).Select(i => run.Predictions[i].Truth).Distinct().Count(), Is.EqualTo(4));
    }

    [Test]
    public void A_png_decodes_to_what_was_drawn()
    {
        float[] features = [0, 1, 2, 3, float.NaN, 5];
        byte[] png = PngImage.Spectrogram(features, rows: 2, frames: 3);
        Assert.That(png.AsSpan(0, 8).SequenceEqual(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }), Is.True);
        var chunks = new Dictionary<string, byte[]>();
        for (int at = 8; at < png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            chunks[System.Text.Encoding.ASCII.GetString(png, at + 4, 4)] = png[(at + 8)..(at + 8 + length)];
            at += 12 + length;
        }

        Assert.That(chunks.Keys, Is.EqualTo(new[] { "IHDR", "PLTE", "IDAT", "IEND" }));
        Assert.That(Convert.ToHexString(png.AsSpan(png.Length - 4)), Is.EqualTo("AE426082"), "the check sum of IEND, as the standard prints it");
        using var zlib = new ZLibStream(new MemoryStream(chunks["IDAT"]), CompressionMode.Decompress);
        using var pixels = new MemoryStream();
        zlib.CopyTo(pixels);
        Assert.That(pixels.ToArray(), Is.EqualTo(new byte[] { 0, 153, 0, 255, 0, 0, 51, 102 }), "filter byte and row, the last row of features on top");
        Assert.That(chunks["PLTE"][^3..], Is.EqualTo(new byte[] { 251, 252, 191 }), "magma ends in light yellow");
    }

    /// <summary>A run as it might be: 40% to 70% of synthetic clips recognised, speakers leaking.</summary>
    internal static RunReport Sample()
    {
        var random = new CounterRandom(5, "sample report");
        IReadOnlyList<string> paths = [.. SyntheticCorpus.Paths(new SyntheticCorpusOptions { RavdessActors = 2, CremaDActors = 2, SaveeSentences = 1, TessWords = 1 }).Where(p => !p.StartsWith("SAVEE", StringComparison.Ordinal) && !p.StartsWith("TESS/Y", StringComparison.Ordinal))];
        string[] emotions = [.. Emotions.Seven];
        ClipPrediction[] predictions = [.. paths.Concat(paths).Concat(paths).Select((path, i) =>
        {
            ClipName name = CorpusGrammar.Known.Select(g => g.Read(path, false).Name).First(n => n is not null)!;
            int truth = Array.IndexOf(emotions, name.Emotion == "calm" ? "neutral" : name.Emotion);
            double[] logits = [.. emotions.Select((_, c) => (1.3 * random.NextGaussian()) + (c == truth ? 2.4 : 0))];
            double sum = logits.Sum(Math.Exp);
            string corpus = path.Split('/')[0];
            return new ClipPrediction(path, corpus, $"{corpus}/{name.Speaker}", truth, [.. logits.Select(l => Math.Exp(l) / sum)]);
        })];
        var extractor = new FeatureExtractor(FeatureProfile.Get("report-mel"));
        EpochPoint[] epochs = [.. Enumerable.Range(1, 31).Select(e => new EpochPoint(
            e, 2.1 * Math.Exp(-e / 9.0), 1 - (0.85 * Math.Exp(-e / 12.0)), 1.05 + (0.9 * Math.Exp(-e / 5.0)) + (0.012 * e) + (0.03 * random.NextGaussian()), 0.64 - (0.45 * Math.Exp(-e / 6.0)) + (0.015 * random.NextGaussian())))];
        string[] speakers = [.. predictions.Select(p => p.Speaker!).Distinct().Order(StringComparer.Ordinal)];
        return new RunReport
        {
            Title = "report-cnn-transformer-mfcc-aug",
            Description = "Section 4.5 of the report: two CNNs and a transformer encoder on MFCCs, with noise",
            Created = new DateTimeOffset(2026, 11, 24, 16, 0, 0, TimeSpan.Zero),
            Split = "split by clip, as in the report",
            Classes = emotions,
            Predictions = predictions,
            Parts = [(SplitPart.Train, [1490, 1490, 1490, 1490, 1419, 1491, 858]), (SplitPart.Validation, [186, 187, 187, 186, 178, 186, 107]), (SplitPart.Test, [187, 186, 186, 187, 178, 186, 107])],
            Epochs = epochs,
            KeptEpoch = epochs.MinBy(e => e.ValidationLoss)!.Epoch,
            Leakage =
            [
                new Leakage("speaker", SplitPart.Train, SplitPart.Test, speakers, speakers.Length, predictions.Length, predictions.Length),
                new Leakage("sentence", SplitPart.Train, SplitPart.Test, ["RAVDESS/dogs", "RAVDESS/kids", "CREMA-D/IEO", "CREMA-D/TIE"], 5, predictions.Length - 9, predictions.Length),
                new Leakage("recording", SplitPart.Train, SplitPart.Test, [], predictions.Length, 0, predictions.Length),
            ],
            Examples = [.. RunReport.ChooseExamples(predictions).Select(i => new ReportExample(i, extractor.Extract(SyntheticCorpus.Synthesize(predictions[i].Clip, 0)), extractor.Rows, extractor.Frames))],
            RecipeJson = RecipeFile.Write(RecipeFile.Load("report-cnn-transformer-mfcc-aug")),
            Environment = [("Commit", "0123456789abcdef0123456789abcdef01234567"), ("Machine", "2 cores, AVX-512, .NET 10.0"), ("Command", "rawser train report-cnn-transformer-mfcc-aug --data corpora")],
            Published = PublishedResult.Of("report-cnn-transformer-mfcc-aug"),
            Notes = ["3 files were refused; rawser corpora scan lists them."],
        };
    }
}
