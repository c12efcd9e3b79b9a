using System.Text;
using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Nn;
using RawSer.Weights;

namespace RawSer.Models.Recognition;

/// <summary>
/// What a weight file says about itself, beside its tensors, so that it can be used alone: the network, what it takes and the names of its outputs.
/// </summary>
/// <param name="Classes">Names of the outputs, in order.</param>
public abstract record RecognizerSettings(IReadOnlyList<string> Classes)
{
    /// <summary>Key of the metadata entry in a safetensors file.</summary>
    public const string MetadataKey = "rawser.recognizer";

    /// <summary>Rate of the clips in Hz.</summary>
    public abstract int SampleRate { get; }

    /// <summary>How clips come to that rate, see <see cref="Audio.Resampling.Resampler.Get"/>.</summary>
    public virtual string Resampler => Audio.Resampling.Resampler.SoxrHq;

    /// <summary>Seconds of a file that are passed over.</summary>
    public virtual double Offset => 0;

    /// <summary>Seconds of a clip, as in training: longer ones are cut.</summary>
    public abstract double Duration { get; }

    /// <summary>Most clips of a batch in inference.</summary>
    public abstract int LargestBatch { get; }

    /// <summary>The network that is stored, without values.</summary>
    public abstract Module Build();

    /// <summary>A network for inference on a device, its weights packed, from a trained one, which it takes over.</summary>
    public abstract Module ForInference(Module trained, Device device);

    /// <summary>The settings as JSON.</summary>
    public string ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            WriteJson(json);
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
    /// <exception cref="InvalidDataException">It is no such text, or its inputs are computed differently by this version.</exception>
    public static RecognizerSettings Parse(string json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            string[] classes = [.. root.GetProperty("classes").EnumerateArray().Select(c => c.GetString() ?? "")];
            return root.GetProperty("architecture").GetString() == SpeechRecognizerSettings.Architecture
                ? SpeechRecognizerSettings.ReadJson(root, classes, source)
                : FeatureRecognizerSettings.ReadJson(root, classes, source);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source}: metadata entry '{MetadataKey}' is {JsonProblem.Describe(e, json)}", e);
        }
        catch (Exception e) when (e is KeyNotFoundException or ArgumentException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{source}: metadata entry '{MetadataKey}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>From clips to the network's input.</summary>
    /// <param name="standardizer">The statistics in the file; null if there are none.</param>
    /// <param name="device">Where the inputs are wanted.</param>
    /// <exception cref="InvalidDataException">What the network stands on is not there any more.</exception>
    internal abstract RecognizerInputs Inputs(FeatureStandardizer? standardizer, Device device);

    /// <summary>Writes the properties that <see cref="Parse"/> reads, <c>architecture</c> first.</summary>
    private protected abstract void WriteJson(Utf8JsonWriter json);
}

/// <summary>What stands between clips and a network.</summary>
internal abstract class RecognizerInputs : IDisposable
{
    /// <summary>The input of the network for mono clips at the network's rate.</summary>
    /// <exception cref="ArgumentException">A clip is empty or has samples that are NaN or infinite.</exception>
    public abstract Tensor Of(IReadOnlyList<float[]> clips);

    /// <summary>Bytes of packed weights that it holds.</summary>
    public virtual long PackedBytes => 0;

    /// <summary>Frees what it holds.</summary>
    public virtual void Dispose()
    {
    }
}
