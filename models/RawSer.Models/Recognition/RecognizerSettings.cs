using System.Text;
using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Models.Ser;
using RawSer.Models.Vgg;

namespace RawSer.Models.Recognition;

/// <summary>
/// What a weight file says about itself, beside its tensors, so that it can be used alone: the network, the features it takes and the names of its
/// outputs.
/// </summary>
/// <param name="Network">The network.</param>
/// <param name="Profile">From clips to features.</param>
/// <param name="Classes">Names of the outputs, in order.</param>
public sealed record RecognizerSettings(NetworkOptions Network, FeatureProfile Profile, IReadOnlyList<string> Classes)
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
            Network.WriteJson(json);
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
            NetworkOptions network = root.GetProperty("architecture").GetString() == SpectrogramVgg.Architecture
                ? SpectrogramVgg.ReadJson(root, classes.Length)
                : SerNetworkOptions.ReadJson(root, classes.Length);
            network.Validate();
            network.CheckProfile(profile);
            return new RecognizerSettings(network, profile, classes);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or ArgumentException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{source}: metadata entry '{MetadataKey}' cannot be read: {e.Message}", e);
        }
    }
}
