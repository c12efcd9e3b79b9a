namespace RawSer.Recipes.Corpora;

/// <summary>Reads rate, channels, duration and content hash of an audio file. Called from several threads at once.</summary>
public interface IClipProbe
{
    /// <summary>What the file holds.</summary>
    /// <exception cref="InvalidDataException">The file holds no usable audio; the message is one line that says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    ClipAudio Probe(string path);
}
