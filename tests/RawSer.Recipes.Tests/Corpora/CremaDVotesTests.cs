using RawSer.Recipes.Corpora;

namespace RawSer.Recipes.Tests.Corpora;

public sealed class CremaDVotesTests
{
    private const string Header = "\"\",\"FileName\",\"VoiceVote\",\"VoiceLevel\",\"FaceVote\",\"FaceLevel\",\"MultiModalVote\",\"MultiModalLevel\"\n";

    private static readonly string[] s_clips =
        ["AudioWAV/1001_IEO_ANG_HI.wav", "AudioWAV/1001_IEO_HAP_LO.wav", "AudioWAV/1001_IEO_SAD_MD.wav", "AudioWAV/1002_TIE_FEA_XX.wav", "AudioWAV/1002_TIE_DIS_XX.wav"];

    [Test]
    public void Listeners_decide_and_ties_are_left_out()
    {
        using FileTree tree = Tree(Header
            + "\"1\",\"1001_IEO_ANG_HI\",\"A\",\"77\",\"A\",\"80\",\"A\",\"81\"\n"
            + "\"2\",\"1001_IEO_HAP_LO\",\"N\",\"50\",\"H\",\"60\",\"H\",\"61\"\n"
            + "\"3\",\"1001_IEO_SAD_MD\",\"N:S\",\"50:40\",\"S\",\"60\",\"S\",\"61\"\n"
            + "\"4\",\"1002_TIE_FEA_XX\",\"F\",\"50\",\"F\",\"60\",\"F\",\"61\"\n");
        IReadOnlyList<Clip> clips = CremaDVotes.Read(CorpusScanner.Scan([CorpusSource.Parse(tree.Root)]).Clips);
        LabelledClips labelled = new LabelRules(CremaD: CremaDLabels.Perceived).Apply(clips);
        Assert.That(
            labelled.Clips.Zip(labelled.Labels, (clip, label) => (Path.GetFileNameWithoutExtension(clip.Path), labelled.Classes[label])),
            Is.EquivalentTo(new[] { ("1001_IEO_ANG_HI", "angry"), ("1001_IEO_HAP_LO", "neutral"), ("1002_TIE_FEA_XX", "fear") }));
        Assert.That(labelled.Dropped.Select(d => (Path.GetFileNameWithoutExtension(d.Path), d.Reason)), Is.EquivalentTo(new[]
        {
            ("1001_IEO_SAD_MD", "as many listeners heard one as the other: neutral:sad"),
            ("1002_TIE_DIS_XX", "no votes of listeners are known"),
        }));
        Assert.That(new LabelRules().Apply(clips).ClassCounts(), Is.EqualTo(new[] { 1, 1, 1, 1, 0, 1, 0 }), "the votes change nothing unless asked for");
    }

    [Test]
    public void A_missing_table_is_named()
    {
        using var tree = new FileTree(s_clips);
        Assert.That(() => CremaDVotes.Read(CorpusScanner.Scan([CorpusSource.Parse(tree.Root)]).Clips),
            Throws.TypeOf<CorpusException>().With.Message.Contains("no processedResults/summaryTable.csv in").And.Message.Contains("labels.cremad=intended"));
    }

    [TestCase("", "line 1: expected the columns FileName and VoiceVote")]
    [TestCase("FileName,FaceVote\n", "line 1: expected the columns FileName and VoiceVote")]
    [TestCase("FileName,VoiceVote\n1001_IEO_ANG_HI,X\n", "line 2: vote 'X'")]
    [TestCase("FileName,VoiceVote\n1001_IEO_ANG_HI\n", "line 2: expected 2 fields")]
    [TestCase("FileName,VoiceVote\nthing,A\n", "line 2: expected 2 fields, with a name such as 1001_IEO_ANG_HI")]
    public void Another_table_is_refused(string table, string message)
    {
        using FileTree tree = Tree(table);
        Assert.That(() => CremaDVotes.Read(CorpusScanner.Scan([CorpusSource.Parse(tree.Root)]).Clips), Throws.TypeOf<CorpusException>().With.Message.Contains(message));
    }

    private static FileTree Tree(string table)
    {
        var tree = new FileTree(s_clips);
        tree.Add(["processedResults/summaryTable.csv"], table);
        return tree;
    }
}
