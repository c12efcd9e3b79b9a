using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Models.Ser;
using RawSer.Models.Vgg;
using RawSer.Nn;

namespace RawSer.Models.Recognition;

/// <summary>A network on the features of a profile.</summary>
/// <param name="Network">The network.</param>
/// <param name="Profile">From clips to features.</param>
/// <param name="Classes">Names of the outputs, in order.</param>
public sealed record FeatureRecognizerSettings(NetworkOptions Network, FeatureProfile Profile, IReadOnlyList<string> Classes) : RecognizerSettings(Classes)
{
    /// <inheritdoc/>
    public override int SampleRate => Profile.SampleRate;

    /// <inheritdoc/>
    public override string Resampler => Profile.Resampler;

    /// <inheritdoc/>
    public override double Offset => Profile.Offset;

    /// <inheritdoc/>
    public override double Duration => Profile.Duration;

    /// <inheritdoc/>
    public override int LargestBatch => Network.LargestBatch;

    /// <inheritdoc/>
    public override Module Build() => Network.Build();

    /// <inheritdoc/>
    public override Module ForInference(Module trained, Device device)
    {
        Module network = Network.ForInference(trained);
        network.To(device);
        network.PackWeights(keepOriginals: false);
        return network;
    }

    internal static FeatureRecognizerSettings ReadJson(JsonElement root, string[] classes, string source)
    {
        FeatureProfile profile = FeatureProfile.Get(root.GetProperty("profile").GetString() ?? "");
        string key = root.GetProperty("profile_key").GetString() ?? "";
        if (key != profile.Key)
        {
            throw new InvalidDataException($"{source}: trained on features '{key}', but profile {profile.Name} is now '{profile.Key}'; train again, or use the version it was trained with");
        }

        NetworkOptions network = root.GetProperty("architecture").GetString() == SpectrogramVgg.Architecture
            ? SpectrogramVgg.ReadJson(root, classes.Length)
            : SerNetworkOptions.ReadJson(root, classes.Length);
        network.Validate();
        network.CheckProfile(profile);
        return new FeatureRecognizerSettings(network, profile, classes);
    }

    internal override RecognizerInputs Inputs(FeatureStandardizer? standardizer, Device device) => new FeatureInputs(this, standardizer, device);

    private protected override void WriteJson(Utf8JsonWriter json)
    {
        Network.WriteJson(json);
        json.WriteString("profile", Profile.Name);
        json.WriteString("profile_key", Profile.Key);
    }

    /// <summary>Features, standardised, and prepared for the network.</summary>
    private sealed class FeatureInputs(FeatureRecognizerSettings settings, FeatureStandardizer? standardizer, Device device) : RecognizerInputs
    {
        private readonly FeatureExtractor _extractor = new(settings.Profile);

        public override Tensor Of(IReadOnlyList<float[]> clips)
        {
            int length = _extractor.FeatureCount;
            using Tensor computed = _extractor.ExtractTensor(clips, device);
            float[] features = computed.ToArray<float>();
            standardizer?.Apply(features);
            Shape shape = settings.Network.InputShape(clips.Count);
            float[] input = new float[shape.ElementCount];
            int inputLength = input.Length / clips.Count;
            for (int i = 0; i < clips.Count; i++)
            {
                settings.Network.Prepare(features.AsSpan(i * length, length), _extractor.Rows, _extractor.Frames, input.AsSpan(i * inputLength, inputLength));
            }

            return Tensor.From(input, shape, device);
        }
    }
}
