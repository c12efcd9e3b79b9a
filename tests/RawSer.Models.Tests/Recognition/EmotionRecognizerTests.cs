using NUnit.Framework;
using RawSer.Audio.Features;
using RawSer.Models.Recognition;
using RawSer.Models.Ser;
using RawSer.Models.Tests.Ser;

namespace RawSer.Models.Tests.Recognition;

public class EmotionRecognizerTests
{
    private static readonly string[] Classes = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust"];

    [TestCase(NormAxis.Channels)]
    [TestCase(NormAxis.Time)]
    public void Probabilities_are_those_of_the_network_that_was_saved(NormAxis axis)
    {
        using SerNetwork network = SerNetwork.Create(SerNetworkOptions.Corrected(SerArchitecture.CnnTransformer) with { NormAxis = axis }, seed: 1);
        SerTrainingTests.Train(network, steps: 3); // so that the running statistics are not those of the start
        network.Eval();
        FeatureProfile profile = FeatureProfile.Get("report-mfcc");
        string path = Path.Combine(Path.GetTempPath(), $"rawser-recognizer-{Guid.NewGuid():n}.safetensors");
        try
        {
            RecognizerFile.Save(path, network, new FeatureRecognizerSettings(network.Options, profile, Classes), standardizer: null);
            using EmotionRecognizer recognizer = EmotionRecognizer.Load(path);
            Assert.That(recognizer.PackedBytes, Is.GreaterThan(0));
            float[][] clips = [Tone(profile, 220), Tone(profile, 500)];
            float[] recognised = [.. recognizer.PredictSamples(clips).SelectMany(result => result.Probabilities)];
            Assert.That(recognised, Is.EqualTo(Probabilities(network, profile, clips)).Within(1e-5f));
            Assert.That(recognised, Has.Some.GreaterThan(1.1f / Classes.Length), "the network prefers a class, so the comparison means something");
            Assert.That(() => recognizer.Timeline(new Audio.Waveform([], 1, profile.SampleRate), 1, 0.5), Throws.ArgumentException.With.Message.Contains("the recording is empty"));
            recognizer.Dispose();
            Assert.That(() => recognizer.PredictSamples(clips), Throws.TypeOf<ObjectDisposedException>().With.Message.Contains(nameof(EmotionRecognizer)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void A_recognition_reads_as_its_class() =>
        Assert.That(new Models.Recognition.Recognition(["sad", "angry"], [0.25f, 0.75f]).ToString(), Is.EqualTo("angry (75.0%)"));

    private static float[] Probabilities(SerNetwork network, FeatureProfile profile, float[][] clips)
    {
        FeatureExtractor extractor = new(profile);
        float[] features = new float[clips.Length * extractor.FeatureCount];
        extractor.ExtractBatch(clips, features);
        using NoGradScope noGrad = Autograd.NoGrad();
        using TensorScope scope = Tensor.Scope();
        return network.Forward(Tensor.From(features, network.Options.InputShape(clips.Length))).Softmax(1).ToArray<float>();
    }

    private static float[] Tone(FeatureProfile profile, double hertz) =>
        [.. Enumerable.Range(0, (int)(profile.Duration * profile.SampleRate)).Select(i => 0.3f * (float)Math.Sin(2 * Math.PI * hertz * i / profile.SampleRate))];
}
