using System.Globalization;
using System.Text;
using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Models.Ser;

namespace RawSer.Models.Recognition;

/// <summary>
/// What a weight file says about itself, beside its tensors, so that it can be used alone: the network, the features it takes and the names of its
/// outputs.
/// </summary>
/// <param name="Network">The network.</param>
/// <param name="Profile">From clips to features.</param>
/// <param name="Classes">Names of the outputs, in order.</param>
public sealed record RecognizerSettings(SerNetworkOptions Network, FeatureProfile Profile, IReadOnlyList<string> Classes)
{
    /// <summary>Key of the metadata entry in a safetensors file.</summary>
    public const string MetadataKey = "rawser.recognizer";

    /// <summary>The settings as JSON.</summary>
    public string ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteString("architecture", Network.Architecture.ToString());
            json.WriteNumber("bins", Network.Bins);
            json.WriteNumber("frames", Network.Frames);
            json.WriteString("norm_axis", Network.NormAxis.ToString());
            json.WriteString("attend", Network.Attend.ToString());
            json.WriteString("conventions", Network.Conventions.ToString());
            json.WriteNumber("dropout", Network.Dropout);
            json.WriteString("dropout_placement", Network.DropoutPlacement.ToString());
            json.WriteNumber("layers", Network.Layers);
            json.WriteNumber("heads", Network.Heads);
            json.WriteNumber("feed_forward", Network.FeedForward);
            json.WriteNumber("encoder_dropout", Network.EncoderDropout);
            json.WriteString("profile", Profile.Name);
            json.WriteString("profile_key", Profile.Key);
            json.WriteStartArray("classes");
            foreach (string name in Classes)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="InvalidDataException">It is no such text, or its feature profile is computed differently by this version.</exception>
    public static RecognizerSettings Parse(string json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            FeatureProfile profile = FeatureProfile.Get(root.GetProperty("profile").GetString() ?? "");
            string key = root.GetProperty("profile_key").GetString() ?? "";
            if (key != profile.Key)
            {
                throw new InvalidDataException($"{source}: trained on features '{key}', but profile {profile.Name} is now '{profile.Key}'; train again, or use the version it was trained with");
            }

            string[] classes = [.. root.GetProperty("classes").EnumerateArray().Select(c => c.GetString() ?? "")];
            SerNetworkOptions network = new()
            {
                Architecture = Enum.Parse<SerArchitecture>(root.GetProperty("architecture").GetString() ?? ""),
                Bins = root.GetProperty("bins").GetInt32(),
                Frames = root.GetProperty("frames").GetInt32(),
                Classes = classes.Length,
                NormAxis = Enum.Parse<NormAxis>(root.GetProperty("norm_axis").GetString() ?? ""),
                Attend = Enum.Parse<AttentionAxis>(root.GetProperty("attend").GetString() ?? ""),
                Conventions = Enum.Parse<LayerConventions>(root.GetProperty("conventions").GetString() ?? ""),
                Dropout = root.GetProperty("dropout").GetDouble(),
                DropoutPlacement = Enum.Parse<DropoutPlacement>(root.GetProperty("dropout_placement").GetString() ?? ""),
                Layers = root.GetProperty("layers").GetInt32(),
                Heads = root.GetProperty("heads").GetInt32(),
                FeedForward = root.GetProperty("feed_forward").GetInt32(),
                EncoderDropout = root.GetProperty("encoder_dropout").GetDouble(),
            };
            network.Validate();
            return (network.Bins, network.Frames) == (profile.Rows, profile.Frames)
                ? new RecognizerSettings(network, profile, classes)
                : throw new InvalidDataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{source}: network for {network.Bins} x {network.Frames} features, profile {profile.Name} makes {profile.Rows} x {profile.Frames}"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or ArgumentException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{source}: metadata entry '{MetadataKey}' cannot be read: {e.Message}", e);
        }
    }
}
