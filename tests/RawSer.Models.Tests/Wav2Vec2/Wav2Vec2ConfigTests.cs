using System.Text;
using RawSer.Models.Wav2Vec2;

namespace RawSer.Models.Tests.Wav2Vec2;

public sealed class Wav2Vec2ConfigTests
{
    [TestCase("""{"model_type": "bert"}""", "model_type 'bert' is not known; known: wav2vec2, hubert, wavlm")]
    [TestCase("""{"hidden_size": 768}""", "no model_type; expected one of wav2vec2, hubert, wavlm")]
    [TestCase("""{"model_type": "wav2vec2", "hidden_act": "quick_gelu"}""", "hidden_act 'quick_gelu' is not known; known: gelu, gelu_new")]
    [TestCase("""{"model_type": "wav2vec2", "feat_extract_norm": "batch"}""", "feat_extract_norm 'batch' is not known; known: group, layer")]
    [TestCase("""{"model_type": "wav2vec2", "feat_extract_activation": 3}""", "feat_extract_activation 3: expected a text")]
    [TestCase("""{"model_type": "wav2vec2", "hidden_size": "768"}""", "hidden_size \"768\": expected a whole number")]
    [TestCase("""{"model_type": "wav2vec2", "hidden_size": 770}""", "num_attention_heads 12: expected a divisor of hidden_size 770")]
    [TestCase("""{"model_type": "wav2vec2", "hidden_dropout": 1}""", "hidden_dropout 1: expected a probability from 0 to below 1")]
    [TestCase("""{"model_type": "wav2vec2", "conv_stride": [5, 2]}""", "conv_stride of 2 numbers: expected as many as conv_dim, 7")]
    [TestCase("""{"model_type": "wav2vec2", "add_adapter": true}""", "add_adapter true is not supported; expected false")]
    [TestCase("""{"model_type": "wav2vec2", "adapter_attn_dim": 16}""", "adapter_attn_dim 16 is not supported; expected null")]
    [TestCase("""{"model_type": "wav2vec2", "id2label": {"0": "a", "2": "b"}}""", "expected names for the numbers from 0 on")]
    [TestCase("[1]", "expected a JSON object, found Array")]
    [TestCase("{", "config.json: not valid JSON: line 1, column 2: expected a name in double quotes, but the text ends there")]
    public void What_is_not_understood_is_refused_by_its_name(string json, string message) => Assert.That(
        () => Wav2Vec2ConfigFile.Parse(Encoding.UTF8.GetBytes(json), "config.json"),
        Throws.TypeOf<InvalidDataException>().With.Message.Contains(message).And.Message.StartsWith("config.json: "));

    [Test]
    public void Keys_that_are_absent_have_the_defaults_of_the_library()
    {
        Wav2Vec2Config config = Wav2Vec2ConfigFile.Parse("""{"model_type": "wav2vec2", "mask_time_prob": null}"""u8, "config.json");

        Assert.That((config.HiddenDropout, config.LayerDrop, config.TimeMask), Is.EqualTo((0.1, 0.1, new SpanMaskOptions(0.05, 10, 2))));
        Assert.That(config.LastHidden, Is.EqualTo(LastHiddenState.AfterNorm), "a file without a version is older than transformers 5");
    }

    [TestCase(399, 0)]
    [TestCase(400, 1)]
    [TestCase(16000, 49)]
    [TestCase(48000, 149)]
    [TestCase(80000, 249)]
    public void Frames_follow_the_convolutions(int samples, int frames) => Assert.That(new Wav2Vec2Config().FramesOf(samples), Is.EqualTo(frames));

    [Test]
    public void Base_has_the_published_number_of_parameters()
    {
        using Wav2Vec2Model model = new(new Wav2Vec2Config());

        Assert.That(model.ParameterCount, Is.EqualTo(94_371_712));
    }
}
