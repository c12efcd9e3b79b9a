using System.Runtime.ExceptionServices;
using RawSer.Audio;
using RawSer.Audio.Decoding;
using RawSer.Audio.Resampling;

namespace RawSer.GoldenCheck.Audio;

/// <summary>Files: decode, librosa.load, and every prefix of every valid file.</summary>
internal static class DecodingCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("decode", (golden, run) =>
        {
            Waveform waveform = AudioDecoder.DecodeFile(golden.PathOf(golden.Attrs.String("path")));
            golden.Attrs.Describe("libsndfile");
            run.Equal("sample rate", waveform.SampleRate, golden.Attrs.Int("sample_rate", waveform.SampleRate));
            run.Equal("channels", waveform.Channels, golden.Attrs.Int("channels", waveform.Channels));
            run.Equal("frames", waveform.Frames, golden.Attrs.Int("frames", waveform.Frames));

            run.Output("y", waveform.Samples, [waveform.Frames, waveform.Channels]);
        });
        table.Op("decode_prefixes", Prefixes);
        table.Op("librosa.load", Load);
    }

    private static void Load(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes a = golden.Attrs;
        Waveform waveform = Waveform.Load(
            golden.PathOf(a.String("path")), a.IntOrNull("sr"), a.Bool("mono", true), a.Double("offset", 0), a.DoubleOrNull("duration"),
            a.String("res_type", Resampler.SoxrHq));
        run.Equal("sample rate", waveform.SampleRate, a.Int("loaded_sr"));
        if (a.Bool("mono", true))
        {
            run.Output("y", waveform.Samples, [waveform.Frames]);
            return;
        }

        float[] channels = new float[waveform.Samples.Length];
        for (int i = 0; i < channels.Length; i++)
        {
            channels[i % waveform.Channels * waveform.Frames + i / waveform.Channels] = waveform.Samples[i];
        }

        run.Output("y", channels, [waveform.Channels, waveform.Frames]);
    }

    /// <summary>On a thread of its own, because the limit of the case is meant for one prefix and the harness counts this thread.</summary>
    private static void Prefixes(GoldenCase golden, GoldenRun run)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                foreach (string path in golden.Attrs.Strings("paths"))
                {
                    PrefixesOf(path, File.ReadAllBytes(golden.PathOf(path)), golden.Attrs.Long("max_alloc_mb") << 20, run);
                }
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    private static void PrefixesOf(string path, byte[] file, long limit, GoldenRun run)
    {
        int decoded = 0;
        for (int length = 0; length < file.Length; length++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Waveform waveform = AudioDecoder.Decode(file.AsSpan(0, length), path);
                decoded += waveform.Frames > 0 ? 1 : 0;
            }
            catch (AudioFormatException e)
            {
                run.Check($"{path}, {length} bytes: names the place", e.Message.StartsWith(path, StringComparison.Ordinal) && e.Offset <= length, e.Message);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > limit)
            {
                run.Fail($"{path}, {length} bytes: {allocated} bytes allocated");
            }
        }

        run.Check($"{path}: some prefixes decode", decoded > 0);
    }
}
