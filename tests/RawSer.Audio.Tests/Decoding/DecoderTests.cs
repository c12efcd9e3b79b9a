using RawSer.Audio.Decoding;
using RawSer.GoldenCheck;

namespace RawSer.Audio.Tests.Decoding;

public class DecoderTests
{
    [Test]
    public void FloatFilesKeepEverySample([Values(1, 2, 6)] int channels)
    {
        float[] samples = Signals.Noise(300 * channels, 1, 3);
        Waveform read = AudioDecoder.Decode(WavWriter.Encode(samples, channels, 22050, WavSampleFormat.Float32), "made.wav");
        Assert.Multiple(() =>
        {
            Assert.That(read.Samples, Is.EqualTo(samples));
            Assert.That((read.Channels, read.SampleRate, read.Frames, read.Source, read.Warning), Is.EqualTo((channels, 22050, 300, "made.wav", (string?)null)));
        });
    }

    [Test]
    public void IntegerFilesRoundAndClip()
    {
        float[] samples = [0, 0.25f, -1, 1, 5, -5, 1.4f / 32768, -1.6f / 32768];
        float[] read = AudioDecoder.Decode(WavWriter.Encode(samples, 1, 8000), "x").Samples;
        Assert.That(read, Is.EqualTo(new[] { 0, 0.25f, -1, 32767f / 32768, 32767f / 32768, -1, 1f / 32768, -2f / 32768 }));
    }

    [Test]
    public void CutsAtTheRateOfTheFile()
    {
        byte[] file = WavWriter.Encode([.. Enumerable.Range(0, 1000).Select(i => i / 1024f)], 1, 1000, WavSampleFormat.Float32);
        float[] cut = AudioDecoder.Decode(file, "x", offset: 0.1009, duration: 0.0039).Samples;
        Assert.Multiple(() =>
        {
            Assert.That(cut, Is.EqualTo(new[] { 100 / 1024f, 101 / 1024f, 102 / 1024f }));
            Assert.That(AudioDecoder.Decode(file, "x", 0.999, 5).Frames, Is.EqualTo(1), "the end of the clip ends the cut");
            Assert.That(() => AudioDecoder.Decode(file, "x", 1.0), Throws.TypeOf<AudioFormatException>().With.Message.Contains("ends after 1.000 s"));
            Assert.That(() => AudioDecoder.Decode(file, "x", 0, 0.0001), Throws.TypeOf<AudioFormatException>().With.Message.Contains("less than one sample"));
            Assert.That(() => AudioDecoder.Decode(file, "x", -1), Throws.ArgumentException);
        });
    }

    [Test]
    public void AForgottenPadByteIsForgiven([Values] bool padded)
    {
        byte[] file = WavWriter.Encode([0.5f, -0.5f], 1, 16000);
        byte[] odd = [.. "note"u8, 3, 0, 0, 0, .. "abc"u8, .. padded ? new byte[1] : []];
        byte[] withNote = [.. file[..36], .. odd, .. file[36..]];
        Assert.That(AudioDecoder.Decode(withNote, "x").Samples, Is.EqualTo(new[] { 0.5f, -0.5f }));
    }

    [TestCase("lfs_pointer.wav", "git lfs pull")]
    [TestCase("html_named.wav", "an HTML page")]
    [TestCase("flac16.flac", "FLAC is unsupported")]
    [TestCase("png_named.wav", "a PNG image")]
    [TestCase("avi_form.wav", "\"AVI \"")]
    public void NamesWhatAFileIsInstead(string name, string words)
    {
        string path = GoldenData.Area("audio").PathOf("files/" + name);
        Assert.That(
            () => AudioDecoder.DecodeFile(path), Throws.TypeOf<AudioFormatException>().With.Message.StartsWith(path + ": ").And.Message.Contains(words));
    }

    [Test]
    public void TruncationIsAWarning()
    {
        byte[] file = WavWriter.Encode(Signals.Noise(100, 1), 1, 16000);
        Waveform read = AudioDecoder.Decode(file.AsSpan(0, file.Length - 51), "x");
        Assert.That((read.Frames, read.Warning), Is.EqualTo((74, "the data chunk claims 200 bytes, 149 are left: the clip is truncated")));
    }

    /// <summary>Whatever bytes of a valid file change, it decodes or is refused as damaged.</summary>
    [Test]
    public void DamagedBytesNeverCrashTheDecoder()
    {
        var random = new Random(7);
        string folder = GoldenData.Area("audio").PathOf("files");
        int refused = 0, decoded = 0;
        foreach (string path in Directory.GetFiles(folder).Order())
        {
            byte[] original = File.ReadAllBytes(path);
            for (int trial = 0; trial < 300 && original.Length > 0; trial++)
            {
                byte[] file = [.. original];
                for (int i = random.Next(1, 5); i > 0; i--)
                {
                    // Most of the changes go to the header, where sizes and formats stand.
                    int at = random.Next(random.Next(4) > 0 ? Math.Min(80, file.Length) : file.Length);
                    file[at] = random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => (byte)random.Next(256) };
                }

                try
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    AudioDecoder.Decode(file, path);
                    decoded++;
                    Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(64 * file.Length + 65536), path);
                }
                catch (AudioFormatException)
                {
                    refused++;
                }
            }
        }

        Assert.That((refused > 1000, decoded > 1000), Is.EqualTo((true, true)), $"{refused} refused, {decoded} decoded");
    }

    [Test]
    public void MixesToTheMeanOfTheChannels()
    {
        var stereo = new Waveform([1, 0, 0.5f, -0.5f, -1, -1], 2, 16000, "s");
        Assert.That(stereo.ToMono().Samples, Is.EqualTo(new[] { 0.5f, 0, -1 }));
    }
}
