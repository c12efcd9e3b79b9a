using RawSer.Recipes.Corpora;
using RawSer.Recipes.Sampling;
using RawSer.Recipes.Splits;
using RawSer.Recipes.Tests.Corpora;

namespace RawSer.Recipes.Tests.Splits;

public class SplitterTests
{
    private static readonly LabelledClips Report = new LabelRules(SaveeLabels.Report).Apply(LabelRulesTests.Clips(SyntheticNames.All()));
    private static readonly LabelledClips Correct = new LabelRules().Apply(LabelRulesTests.Clips(SyntheticNames.All()));

    [Test]
    public void Sizes_and_supports_of_the_report_come_out_of_names_alone()
    {
        Split split = Splitter.Divide(Report, new SplitPlan { Kind = SplitKind.Clip });
        Assert.That((split.Train.Count, split.Validation.Count, split.Test.Count), Is.EqualTo((9728, 1217, 1217)));
        Assert.That(Report.ClassCounts(split.Test).Order(), Is.EqualTo(new[] { 107, 178, 186, 186, 186, 187, 187 }));
        Assert.That(Report.ClassCounts(split.Train).Order(), Is.EqualTo(new[] { 858, 1419, 1490, 1490, 1490, 1490, 1491 }));
    }

    [Test]
    public void The_seed_of_the_reports_recipes_gives_its_supports_in_its_order()
    {
        Split split = Splitter.Divide(Report, new SplitPlan { Kind = SplitKind.Clip, Seed = 1 });
        Assert.That(Report.ClassCounts(split.Test), Is.EqualTo(new[] { 187, 186, 186, 187, 178, 186, 107 }));
    }

    [TestCase(SplitKind.Clip)]
    [TestCase(SplitKind.Speaker)]
    [TestCase(SplitKind.Sentence)]
    [TestCase(SplitKind.Corpus)]
    public void Every_clip_is_in_one_part_and_the_seed_decides_which(SplitKind kind)
    {
        var plan = new SplitPlan { Kind = kind, Seed = 3 };
        Split split = Splitter.Divide(Correct, plan);
        Assert.That(split.Train.Concat(split.Validation).Concat(split.Test).Order(), Is.EqualTo(Enumerable.Range(0, 12162)));
        Split again = Splitter.Divide(Correct, plan);
        Assert.That(again.Train.SequenceEqual(split.Train) && again.Test.SequenceEqual(split.Test), Is.True);
        Assert.That(Splitter.Divide(Correct, plan with { Seed = 4 }).Validation.SequenceEqual(split.Validation), Is.False);
    }

    [Test]
    public void Speakers_are_on_one_side_and_every_part_is_near_its_share()
    {
        Split split = Splitter.Divide(Correct, new SplitPlan());
        Assert.That(Shared(split, c => c.SpeakerKey), Is.Zero);
        foreach (string corpus in (string[])["CREMA-D", "RAVDESS"])
        {
            double clips = Correct.Clips.Count(c => c.Corpus == corpus);
            Assert.That(split.Test.Count(i => Correct.Clips[i].Corpus == corpus) / clips, Is.EqualTo(0.1).Within(0.03));
            Assert.That(split.Validation.Count(i => Correct.Clips[i].Corpus == corpus) / clips, Is.EqualTo(0.1).Within(0.03));
        }

        Assert.That(split.Test.Select(i => Correct.Clips[i].Corpus).Distinct(), Is.SupersetOf(new[] { "CREMA-D", "RAVDESS", "SAVEE" }));
    }

    [Test]
    public void Sentences_are_on_one_side() =>
        Assert.That(Shared(Splitter.Divide(Correct, new SplitPlan { Kind = SplitKind.Sentence }), c => c.SentenceKey), Is.Zero);

    [Test]
    public void Speaker_lists_are_followed()
    {
        LabelledClips clips = new LabelRules().Apply(LabelRulesTests.Clips(SyntheticNames.Ravdess(16)));
        Split split = Splitter.Divide(clips, new SplitPlan { TrainSpeakers = ["01-12"], ValidationSpeakers = ["RAVDESS/13-14"], TestSpeakers = ["15", "16"] });
        Assert.That((split.Train.Count, split.Validation.Count, split.Test.Count), Is.EqualTo((720, 120, 120)));
        Assert.That(split.Test.Select(i => clips.Clips[i].Speaker).Distinct(), Is.EqualTo(new[] { "15", "16" }));
        Split rest = Splitter.Divide(clips, new SplitPlan { TestSpeakers = ["15-16"] });
        Assert.That((rest.Test.Count, rest.Train.Count + rest.Validation.Count), Is.EqualTo((120, 840)));
    }

    [Test]
    public void A_corpus_is_held_out()
    {
        Split split = Splitter.Divide(Correct, new SplitPlan { Kind = SplitKind.Corpus, TestCorpus = "SAVEE" });
        Assert.That(split.Test, Has.Count.EqualTo(480));
        Assert.That(Shared(split, c => c.SpeakerKey), Is.Zero);
        Assert.That(Splitter.FoldCount(Correct, new SplitPlan { Kind = SplitKind.Corpus }), Is.EqualTo(4));
    }

    [TestCase(SplitKind.Clip)]
    [TestCase(SplitKind.Speaker)]
    [TestCase(SplitKind.Sentence)]
    public void Folds_test_every_clip_once(SplitKind kind)
    {
        Split[] folds = [.. Enumerable.Range(0, 5).Select(f => Splitter.Divide(Correct, new SplitPlan { Kind = kind, Folds = 5, Fold = f }))];
        Assert.That(folds.SelectMany(f => f.Test).Order(), Is.EqualTo(Enumerable.Range(0, 12162)));
        foreach (Split fold in folds)
        {
            Assert.That(fold.Train.Concat(fold.Validation).Concat(fold.Test).Order(), Is.EqualTo(Enumerable.Range(0, 12162)));
            Assert.That(kind == SplitKind.Clip ? 0 : Shared(fold, kind == SplitKind.Speaker ? c => c.SpeakerKey : c => c.SentenceKey), Is.Zero);
        }
    }

    [TestCaseSource(nameof(WrongPlans))]
    public void Refuses_a_plan_that_does_not_fit(SplitPlan plan, string message) =>
        Assert.That(() => Splitter.Divide(Correct, plan), Throws.TypeOf<CorpusException>().With.Message.Contains(message));

    private static IEnumerable<TestCaseData> WrongPlans()
    {
        yield return new TestCaseData(new SplitPlan { TestShare = 1 }, "split shares validation 0.1 and test 1");
        yield return new TestCaseData(new SplitPlan { TestShare = 0.6, ValidationShare = 0.5 }, "both together below 1");
        yield return new TestCaseData(new SplitPlan { TestShare = double.NaN }, "split shares");
        yield return new TestCaseData(new SplitPlan { Folds = 5, Fold = 5 }, "fold 5 of 5");
        yield return new TestCaseData(new SplitPlan { TestSpeakers = ["Zoe"] }, "speaker 'Zoe' does not occur");
        yield return new TestCaseData(new SplitPlan { TestSpeakers = ["09-03"] }, "the range is empty");
        yield return new TestCaseData(new SplitPlan { TestSpeakers = ["DC"], TrainSpeakers = ["SAVEE/DC"] }, "is listed for Train and for Test");
        yield return new TestCaseData(new SplitPlan { Kind = SplitKind.Corpus, TestCorpus = "IEMOCAP" }, "'IEMOCAP' is not among the corpora");
        yield return new TestCaseData(new SplitPlan { Folds = 500 }, "500 folds of 121 groups");
    }

    [Test]
    public void Clips_without_speaker_cannot_be_split_by_speaker()
    {
        LabelledClips clips = new LabelRules().Apply([.. LabelRulesTests.Clips(SyntheticNames.Savee()).Select(c => c with { Speaker = null })]);
        Assert.That(() => Splitter.Divide(clips, new SplitPlan()), Throws.TypeOf<CorpusException>().With.Message.Contains("has no speaker; use --split clip"));
    }

    [Test]
    public void The_audit_counts_what_both_sides_share()
    {
        LabelledClips clips = new LabelRules().Apply([.. LabelRulesTests.Clips(SyntheticNames.Ravdess()).Select((c, i) => c with { Audio = new ClipAudio(48000, 1, 3, (i / 2).ToString()) })]);
        Leakage[] byClip = [.. LeakageAudit.Run(clips.Clips, Splitter.Divide(clips, new SplitPlan { Kind = SplitKind.Clip })).Where(l => l.Judged == SplitPart.Test)];
        Assert.That(byClip.Select(l => l.What), Is.EqualTo(new[] { "speaker", "sentence", "recording" }));
        Assert.That((byClip[0].Shared.Count, byClip[0].ClipsAffected, byClip[0].Clips), Is.EqualTo((24, 144, 144)));
        Assert.That(byClip[1].Shared, Is.EqualTo(new[] { "RAVDESS/dogs", "RAVDESS/kids" }));
        Assert.That(byClip[2].ClipsAffected, Is.InRange(90, 143), "each recording has one twin, and four fifths of the twins train");
        Leakage[] bySpeaker = [.. LeakageAudit.Run(clips.Clips, Splitter.Divide(clips, new SplitPlan()))];
        Assert.That(bySpeaker.Where(l => l.What != "sentence").Select(l => l.ClipsAffected), Is.All.Zero);
    }

    [Test]
    public void A_split_file_finds_its_clips_again_by_content_or_path()
    {
        LabelledClips clips = new LabelRules().Apply([.. LabelRulesTests.Clips(SyntheticNames.Ravdess(6)).Select((c, i) => c with { Audio = new ClipAudio(48000, 1, 3, $"hash{i}") })]);
        Split split = Splitter.Divide(clips, new SplitPlan());
        using var file = new MemoryStream();
        SplitFile.Write(file, clips, split);

        // Other folders, other order: content decides. Without content: the path.
        LabelledClips moved = new LabelRules().Apply([.. clips.Clips.Reverse().Select(c => c with { RelativePath = "elsewhere/" + c.RelativePath })]);
        file.Position = 0;
        Split found = SplitFile.Read(file, "split.json", moved);
        Assert.That(found.Test.Select(i => moved.Clips[i].Audio!.Sha256), Is.EquivalentTo(split.Test.Select(i => clips.Clips[i].Audio!.Sha256)));

        LabelledClips unopened = new LabelRules().Apply([.. clips.Clips.Select(c => c with { Audio = null })]);
        file.Position = 0;
        Assert.That(SplitFile.Read(file, "split.json", unopened).Train, Is.EqualTo(split.Train));

        LabelledClips fewer = new LabelRules().Apply([.. clips.Clips.Where(c => c.Speaker != "03")]);
        file.Position = 0;
        Assert.That(() => SplitFile.Read(file, "split.json", fewer), Throws.TypeOf<CorpusException>().With.Message.StartsWith("split.json: 60 of its clips are not in the data"));
    }

    [TestCase("{", "not a split file")]
    [TestCase("[]", "'classes' is missing")]
    [TestCase("{\"classes\": [\"x\"]}", "the split has the classes x")]
    public void A_damaged_split_file_is_refused(string text, string message) =>
        Assert.That(() => SplitFile.Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), "split.json", Correct), Throws.TypeOf<CorpusException>().With.Message.Contains(message));

    [Test]
    public void A_random_stream_is_its_seed_and_its_name()
    {
        var a = new CounterRandom(7, "x");
        ulong[] first = [.. Enumerable.Range(0, 4).Select(_ => a.NextBits())];
        var b = new CounterRandom(7, "x");
        Assert.That(Enumerable.Range(0, 4).Select(_ => b.NextBits()), Is.EqualTo(first));
        Assert.That(new CounterRandom(7, "y").NextBits(), Is.Not.EqualTo(first[0]));
        Assert.That(new CounterRandom(8, "x").NextBits(), Is.Not.EqualTo(first[0]));
        double[] gaussian = [.. Enumerable.Range(0, 20000).Select(_ => a.NextGaussian())];
        Assert.That(gaussian.Average(), Is.EqualTo(0).Within(0.03));
        Assert.That(gaussian.Average(g => g * g), Is.EqualTo(1).Within(0.05));
    }

    private static int Shared(Split split, Func<Clip, string?> key)
    {
        HashSet<string?> train = [.. split.Train.Select(i => key(Correct.Clips[i]))];
        HashSet<string?> validation = [.. split.Validation.Select(i => key(Correct.Clips[i]))];
        return split.Test.Count(i => train.Contains(key(Correct.Clips[i])) || validation.Contains(key(Correct.Clips[i]))) + split.Validation.Count(i => train.Contains(key(Correct.Clips[i])));
    }
}
