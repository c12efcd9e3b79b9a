using RawSer.Recipes.Corpora;

namespace RawSer.Recipes.Tests.Corpora;

public class CorpusGrammarTests
{
    [TestCase("Actor_07/03-01-06-02-02-01-07.wav", "RAVDESS", "07", "dogs", "fear", "strong", "male")]
    [TestCase("audio_speech_actors_01-24/Actor_02/03-01-02-01-01-02-02.wav", "RAVDESS", "02", "kids", "calm", "normal", "female")]
    [TestCase("AudioData/DC/sa01.wav", "SAVEE", "DC", "sa01", "sad", null, "male")]
    [TestCase("AudioData/KL/a15.wav", "SAVEE", "KL", "a15", "angry", null, "male")]
    [TestCase("ALL/JE_su03.wav", "SAVEE", "JE", "su03", "surprise", null, "male")]
    [TestCase("ALL/JK_n30.wav", "SAVEE", "JK", "n30", "neutral", null, "male")]
    [TestCase("OAF_Pleasant_surprise/OAF_back_ps.wav", "TESS", "OAF", "back", "surprise", null, "female")]
    [TestCase("OAF_neutral/OA_bite_neutral.wav", "TESS", "OAF", "bite", "neutral", null, "female")]
    [TestCase("YAF_angry/YAF_germ_angry.WAV", "TESS", "YAF", "germ", "angry", null, "female")]
    [TestCase("AudioWAV/1091_IEO_HAP_HI.wav", "CREMA-D", "1091", "IEO", "happy", "high", "female")]
    [TestCase("AudioWAV/1040_ITH_SAD_X.wav", "CREMA-D", "1040", "ITH", "sad", null, "male")]
    public void Reads_a_well_formed_name(string path, string corpus, string speaker, string sentence, string emotion, string? intensity, string sex)
    {
        NameReading[] own = [.. CorpusGrammar.Known.Select(g => g.Read(path, false)).Where(r => r.IsOwn)];
        Assert.That(own, Has.Length.EqualTo(1), "exactly one corpus claims the name");
        ClipName name = own[0].Name!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(CorpusGrammar.Known.Single(g => g.Read(path, false).IsOwn).Corpus, Is.EqualTo(corpus));
            Assert.That((name.Speaker, name.Sentence, name.Emotion, name.Intensity, name.Sex), Is.EqualTo((speaker, sentence, emotion, intensity, sex)));
        }
    }

    [TestCase("02-01-06-01-02-01-12.wav", "modality 02 is video")]
    [TestCase("01-01-06-01-02-01-12.wav", "modality 01 is audio with video")]
    [TestCase("03-02-06-01-02-01-12.wav", "vocal channel 02 is song")]
    [TestCase("03-01-09-01-02-01-12.wav", "emotion code 09: expected 01 to 08")]
    [TestCase("03-01-05-01-02-01-25.wav", "actor 25: expected 01 to 24")]
    [TestCase("ALL/DC_a16.wav", "sentence 16 of code 'a': expected 01 to 15")]
    [TestCase("1092_IEO_ANG_HI.wav", "actor 1092: expected 1001 to 1091")]
    [TestCase("1001_IEO_SUR_HI.wav", "emotion code SUR")]
    [TestCase("1001_IEO_ANG_ZZ.wav", "level code ZZ: expected LO, MD, HI or XX")]
    public void Refuses_a_name_that_is_its_own_but_wrong(string path, string reason)
    {
        NameReading reading = CorpusGrammar.Known.Select(g => g.Read(path, false)).Single(r => r.IsOwn);
        Assert.That(reading.Refusal, Does.StartWith(reason));
    }

    [TestCase("a01.wav")]
    [TestCase("s01.wav")]
    [TestCase("XX_a01.wav")]
    [TestCase("OAF_back_bored.wav")]
    [TestCase("03-01-06-01-02-01-1x.wav")]
    [TestCase("03-01-06-01-02-01.wav")]
    [TestCase("recording.wav")]
    public void Leaves_foreign_names_alone(string path) =>
        Assert.That(CorpusGrammar.Known.Select(g => g.Read(path, false).IsOwn), Is.All.False);

    [Test]
    public void A_forced_corpus_explains_what_is_missing()
    {
        NameReading reading = new Savee().Read("somewhere/a01.wav", forced: true);
        Assert.That(reading.Refusal, Does.Contain("expected DC, JE, JK or KL"));
    }
}
