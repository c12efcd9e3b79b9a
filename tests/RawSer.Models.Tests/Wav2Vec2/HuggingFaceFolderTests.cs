using RawSer.GoldenCheck;
using RawSer.Models.Wav2Vec2;
using RawSer.Weights;

namespace RawSer.Models.Tests.Wav2Vec2;

public sealed class HuggingFaceFolderTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("rawser-hf-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_missing_folder_config_or_weight_file_is_named()
    {
        Assert.That(() => HuggingFaceFolder.Open(Path.Combine(_folder, "none")), Throws.TypeOf<InvalidDataException>().With.Message.Contains("no such folder; expected one with config.json"));
        Assert.That(() => HuggingFaceFolder.Open(_folder), Throws.TypeOf<InvalidDataException>().With.Message.Contains("config.json: no such file"));
        Take("w2v2_base", "config.json");
        Assert.That(
            () => HuggingFaceFolder.Open(_folder).LoadBody(),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("no weights; expected one of model.safetensors, model.safetensors.index.json, pytorch_model.bin"));
    }

    [Test]
    public void Weights_of_another_network_are_refused_with_all_differences_and_shapes()
    {
        Take("w2v2_base", "config.json");
        Take("w2v2_stable", "model.safetensors");

        StateDictException error = Assert.Throws<StateDictException>(() => HuggingFaceFolder.Open(_folder).LoadBody())!;

        Assert.That(error.Unexpected, Has.Count.EqualTo(7 + (2 * 6)), "a bias for each convolution, a norm for all but the first");
        Assert.That(error.Message, Does.Not.Contain("\n").And.Contains("feature_extractor.conv_layers.6.conv.bias (32)").And.Contains("feature_extractor.conv_layers.1.layer_norm.weight (32)"));
    }

    [Test]
    public void A_body_without_a_layer_is_refused_with_the_names_and_shapes_that_lack()
    {
        Take("w2v2_base", "model.safetensors");
        string config = File.ReadAllText(GoldenFile("w2v2_base", "config.json")).Replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "config.json"), config);

        StateDictException error = Assert.Throws<StateDictException>(() => HuggingFaceFolder.Open(_folder).LoadBody())!;

        Assert.That(error.Missing, Has.Count.EqualTo(16));
        Assert.That(error.Message, Does.Contain("encoder.layers.3.feed_forward.output_dense.weight (32, 64)"));
    }

    [TestCase("\"sampling_rate\": -16000", "sampling_rate -16000: expected a positive number of Hz")]
    [TestCase("\"feature_size\": 2", "feature_size 2: expected 1")]
    public void A_preprocessor_that_no_clip_can_pass_is_refused_by_its_file(string key, string message)
    {
        Take("w2v2_base", "config.json");
        File.WriteAllText(Path.Combine(_folder, "preprocessor_config.json"), $"{{{key}}}");
        Assert.That(() => HuggingFaceFolder.Open(_folder).Preprocessing, Throws.TypeOf<InvalidDataException>().With.Message.Contains($"preprocessor_config.json: {message}"));
    }

    [Test]
    public void Clips_of_another_rate_are_refused_and_short_ones_too()
    {
        Take("w2v2_base", "config.json");
        Take("w2v2_base", "model.safetensors");
        HuggingFaceFolder folder = HuggingFaceFolder.Open(_folder);
        using Wav2Vec2Model model = folder.LoadBody().Model;

        Assert.That(() => folder.Preprocessing.Prepare([new float[400]], 8000), Throws.ArgumentException.With.Message.Contains("the sampling rate is 8000 Hz, the model needs 16000"));
        Assert.That(() => model.Run(Tensor.Zeros([1, 399])), Throws.ArgumentException.With.Message.Contains("expected (clips, samples) with at least 400 samples"));
        Assert.That(() => model.Run(Tensor.Zeros([2, 800]), new() { Lengths = new[] { 800, 801 } }), Throws.ArgumentException.With.Message.Contains("lengths (800, 801)"));
    }

    [TestCase("w2v2_base")]
    [TestCase("w2v2_stable")]
    [TestCase("hubert_batchnorm")]
    [TestCase("wavlm_base")]
    public void The_embedder_holds_packed_weights_only_and_gives_what_plain_ones_do(string name)
    {
        foreach (string file in new[] { "config.json", "model.safetensors" })
        {
            Take(name, file);
        }

        HuggingFaceFolder folder = HuggingFaceFolder.Open(_folder);
        float[] clip = [.. Enumerable.Range(0, 4000).Select(i => MathF.Sin(i * 0.05f * (1 + (i * 1e-4f))))];
        using Wav2Vec2Model plain = folder.LoadBody().Model;
        using SpeechEmbedder embedder = new(folder);
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        float[] prepared = [.. folder.Preprocessing.Prepare([clip], folder.Preprocessing.SampleRate).Values];
        float[] expected = plain.Run(Tensor.From(prepared, [1, 4000])).Last.ToArray<float>();
        Assert.That(embedder.Embed(clip, embedder.Layers, mean: false).Values, Is.EqualTo(expected).Within(1e-6f));
        Assert.That(embedder.Embed(clip[..400], embedder.Layers, mean: false).Frames, Is.EqualTo(1), "a single frame, which plain weights would serve");
        long matrices = plain.NamedParameters().Where(p => p.Value.Rank > 1).Sum(p => p.Value.ElementCount) * sizeof(float);
        Assert.That(embedder.PackedBytes, Is.EqualTo(matrices).Within(10).Percent, "weights with more than one dimension, rounded up to panels");
    }

    [Test]
    public void Padding_changes_nothing_with_layer_norm_and_a_mask()
    {
        foreach (string file in new[] { "config.json", "model.safetensors" })
        {
            Take("w2v2_stable", file);
        }

        using Wav2Vec2Model model = HuggingFaceFolder.Open(_folder).LoadBody().Model;
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        float[] clip = [.. Enumerable.Range(0, 4000).Select(i => MathF.Sin(i * 0.05f * (1 + (i * 1e-4f))))];
        float[] alone = model.Run(Tensor.From(clip, [1, 4000])).Last.ToArray<float>();
        float[] padded = model.Run(Tensor.From([.. clip, .. new float[2000]], [1, 6000]), new() { Lengths = new[] { 4000 } }).Last.ToArray<float>();

        Assert.That(padded[..alone.Length], Is.EqualTo(alone).Within(1e-5));
    }

    private static string GoldenFile(string model, string file) => Path.Combine(GoldenData.Root, "models", "hf", model, file);

    private void Take(string model, string file) => File.Copy(GoldenFile(model, file), Path.Combine(_folder, file));
}
