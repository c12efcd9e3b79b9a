using System.Security.Cryptography;
using RawSer.Audio;
using RawSer.Audio.Decoding;

namespace RawSer.Recipes.Corpora;

/// <summary>Decodes clips with RawSer.Audio, so that what a scan accepts can also be trained on.</summary>
public sealed class AudioProbe : IClipProbe
{
    /// <inheritdoc/>
    public ClipAudio Probe(string path)
    {
        try
        {
            byte[] file = AudioDecoder.ReadFile(path);
            Waveform audio = AudioDecoder.Decode(file, path);
            return audio.Frames > 0
                ? new ClipAudio(audio.SampleRate, audio.Channels, audio.Duration, Convert.ToHexStringLower(SHA256.HashData(file)))
                : throw new InvalidDataException("holds no samples");
        }
        catch (AudioFormatException e)
        {
            throw new InvalidDataException($"{e.Reason} (byte {e.Offset})", e);
        }
    }
}
