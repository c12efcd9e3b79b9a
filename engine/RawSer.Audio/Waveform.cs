using RawSer.Audio.Decoding;
using RawSer.Audio.Resampling;

namespace RawSer.Audio;

/// <summary>Decoded audio: float32 samples in [-1, 1] (floats in files may exceed that), frame by frame with the channels side by side.</summary>
public sealed class Waveform
{
    /// <summary>Wraps interleaved samples (frames, channels).</summary>
    /// <exception cref="ArgumentException">The channels don't divide the samples, or a number is not positive.</exception>
    public Waveform(float[] samples, int channels, int sampleRate, string source = "")
    {
        if (channels <= 0 || sampleRate <= 0 || samples.Length % channels != 0)
        {
            throw new ArgumentException($"{samples.Length} samples in {channels} channels at {sampleRate} Hz are no waveform");
        }

        Samples = samples;
        Channels = channels;
        SampleRate = sampleRate;
        Source = source;
    }

    /// <summary>Interleaved samples (frames, channels).</summary>
    public float[] Samples { get; }

    /// <summary>Samples per frame.</summary>
    public int Channels { get; }

    /// <summary>Frames per second.</summary>
    public int SampleRate { get; }

    /// <summary>Where the samples come from; empty if they were made.</summary>
    public string Source { get; }

    /// <summary>What was wrong with the file, when it could be used nevertheless.</summary>
    public string? Warning { get; init; }

    /// <summary>Number of frames.</summary>
    public int Frames => Samples.Length / Channels;

    /// <summary>Length in seconds.</summary>
    public double Duration => (double)Frames / SampleRate;

    /// <summary>
    /// Reads a file as <c>librosa.load</c> does: cut at the file's own rate, mix to mono by the mean of the channels, then resample.
    /// </summary>
    /// <param name="path">A WAV or AIFF file.</param>
    /// <param name="sampleRate">Rate of the result in Hz; the file's own when null.</param>
    /// <param name="mono">Mix the channels.</param>
    /// <param name="offset">Start in seconds.</param>
    /// <param name="duration">Length in seconds; to the end when null.</param>
    /// <param name="resampler">Name of the method, see <see cref="Resampler.Get"/>.</param>
    /// <exception cref="AudioFormatException">The file is no audio file that can be read, or is damaged.</exception>
    /// <exception cref="ArgumentException">A number is out of range, or there is no such resampler.</exception>
    public static Waveform Load(
        string path, int? sampleRate = null, bool mono = true, double offset = 0, double? duration = null, string resampler = Resampler.SoxrHq) =>
        AudioDecoder.DecodeFile(path, offset, duration).Prepare(sampleRate, mono, resampler);

    /// <summary>The mono mix and the change of rate of <see cref="Load"/>.</summary>
    public Waveform Prepare(int? sampleRate, bool mono = true, string resampler = Resampler.SoxrHq)
    {
        Waveform mixed = mono ? ToMono() : this;
        return sampleRate is { } rate ? mixed.Resample(rate, resampler) : mixed;
    }

    /// <summary>The mean of the channels; this object if there is one already.</summary>
    public Waveform ToMono()
    {
        if (Channels == 1)
        {
            return this;
        }

        float[] mono = new float[Frames];
        for (int i = 0; i < mono.Length; i++)
        {
            float sum = 0;
            foreach (float x in Samples.AsSpan(i * Channels, Channels))
            {
                sum += x;
            }

            mono[i] = sum / Channels;
        }

        return new Waveform(mono, 1, SampleRate, Source) { Warning = Warning };
    }

    /// <summary>The waveform at another rate; this object if the rate is the same.</summary>
    /// <exception cref="ArgumentException">The rate is not positive, or there is no such method.</exception>
    public Waveform Resample(int sampleRate, string method = Resampler.SoxrHq)
    {
        if (sampleRate == SampleRate)
        {
            return this;
        }

        Resampler resampler = Resampler.Get(method, SampleRate, sampleRate);
        if (Channels == 1)
        {
            return new Waveform(resampler.Run(Samples), 1, sampleRate, Source) { Warning = Warning };
        }

        float[] interleaved = new float[resampler.OutputLength(Frames) * Channels];
        float[] channel = new float[Frames];
        for (int c = 0; c < Channels; c++)
        {
            for (int i = 0; i < channel.Length; i++)
            {
                channel[i] = Samples[i * Channels + c];
            }

            float[] resampled = resampler.Run(channel);
            for (int i = 0; i < resampled.Length; i++)
            {
                interleaved[i * Channels + c] = resampled[i];
            }
        }

        return new Waveform(interleaved, Channels, sampleRate, Source) { Warning = Warning };
    }
}
