using RawSer.Recipes.Corpora;

namespace RawSer.Recipes.Tests.Corpora;

public class LabelRulesTests
{
    internal static IReadOnlyList<Clip> Clips(IEnumerable<string> names) => [.. names.Select(name =>
    {
        (CorpusGrammar grammar, ClipName read) = CorpusGrammar.Known.Select(g => (g, g.Read(name, false).Name)).Where(r => r.Name is not null).Select(r => (r.g, r.Name!)).Single();
        return new Clip
        {
            Path = "/data/" + name, RelativePath = name, Corpus = grammar.Corpus, Speaker = read.Speaker, Sentence = read.Sentence, Emotion = read.Emotion,
        };
    })];

    [Test]
    public void Class_totals_are_the_reports_with_its_label_slip()
    {
        LabelledClips clips = new LabelRules(SaveeLabels.Report).Apply(Clips(SyntheticNames.All()));
        Assert.That(clips.Classes, Is.EqualTo(new[] { "angry", "disgust", "fear", "happy", "neutral", "sad", "surprise" }));
        Assert.That(clips.ClassCounts(), Is.EqualTo(new[] { 1863, 1863, 1863, 1863, 1775, 1863, 1072 }));
    }

    [Test]
    public void Class_totals_with_correct_labels() =>
        Assert.That(new LabelRules().Apply(Clips(SyntheticNames.All())).ClassCounts(), Is.EqualTo(new[] { 1923, 1923, 1923, 1923, 1895, 1923, 652 }));

    [TestCase(CalmLabels.Keep, 8, 1440, 96)]
    [TestCase(CalmLabels.Drop, 7, 1248, 96)]
    [TestCase(CalmLabels.Neutral, 7, 1440, 288)]
    public void Calm_is_merged_kept_or_dropped(CalmLabels calm, int classes, int clips, int neutral)
    {
        LabelledClips labelled = new LabelRules(Calm: calm).Apply(Clips(SyntheticNames.Ravdess()));
        Assert.That((labelled.Classes.Count, labelled.Clips.Count), Is.EqualTo((classes, clips)));
        Assert.That(labelled.ClassCounts()[labelled.Classes.ToList().IndexOf("neutral")], Is.EqualTo(neutral));
    }

    [Test]
    public void Listed_classes_leave_the_others_out()
    {
        LabelledClips labelled = new LabelRules(Classes: ["sad", "happy"]).Apply(Clips(SyntheticNames.Savee()));
        Assert.That(labelled.ClassCounts(), Is.EqualTo(new[] { 60, 60 }));
        Assert.That(labelled.Dropped, Has.Count.EqualTo(360));
        Assert.That(labelled.Dropped[0].Reason, Is.EqualTo("label 'angry' is not among the classes sad, happy"));
    }

    [Test]
    public void One_class_alone_is_refused()
    {
        IReadOnlyList<Clip> clips = Clips(SyntheticNames.Savee());
        Assert.That(() => new LabelRules(Classes: ["sad", "bored"]).Apply(clips), Throws.TypeOf<CorpusException>().With.Message.EndsWith("; at least two of sad, bored are needed"));
        Assert.That(
            () => new LabelRules().Apply([.. clips.Select(c => c with { Emotion = "bored" })]),
            Throws.TypeOf<CorpusException>().With.Message.EqualTo("the clips have the class bored alone; at least two classes are needed"));
    }
}
