using System.Text.Json;
using RawSer.Audio.Resampling;
using RawSer.Testing;

namespace RawSer.GoldenCheck.Audio;

/// <summary>Changes of the sample rate: librosa, resampy, torchaudio.</summary>
internal static class ResamplingCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("librosa.resample", (golden, run) => Output(
            run, Resampler.Get(golden.Attrs.String("res_type"), golden.Attrs.Int("orig_sr"), golden.Attrs.Int("target_sr")), golden.Input(0).Floats));
        table.Op("resample_response", Response);
        table.Op("resample_lengths", Lengths);
        table.Op("torchaudio.resample", Torchaudio);
    }

    /// <summary>Gain of sines: near the expected one in the pass band, below a bound in the stop band, anything between.</summary>
    private static void Response(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes a = golden.Attrs;
        int from = a.Int("orig_sr"), samples = a.Int("samples");
        double amplitude = a.Double("amplitude"), passBand = a.Double("passband_tol_db"), stopBand = a.Double("stopband_max_db");
        Resampler resampler = Resampler.Get(a.String("res_type"), from, a.Int("target_sr"));
        double[] hz = golden.Expected("hz").Doubles, gain = golden.Expected("gain_db").Doubles;
        for (int i = 0; i < hz.Length; i++)
        {
            float[] sine = new float[samples];
            for (int n = 0; n < samples; n++)
            {
                sine[n] = (float)(amplitude * Math.Sin(2 * Math.PI * hz[i] * n / from));
            }

            float[] y = resampler.Run(sine);
            double power = y[(y.Length / 4)..(3 * y.Length / 4)].Average(v => (double)v * v);
            double got = 20 * Math.Log10(Math.Max(Math.Sqrt(power) / (amplitude / Math.Sqrt(2)), 1e-8));
            if (gain[i] > -0.1)
            {
                run.Close($"gain at {hz[i]} Hz", got, gain[i], new Tolerance(0, passBand));
            }
            else if (gain[i] < -100)
            {
                run.Check($"gain at {hz[i]} Hz", got <= stopBand, $"{got} dB");
            }
        }

        run.Covered("hz");
        run.Covered("gain_db");
    }

    private static void Lengths(GoldenCase golden, GoldenRun run)
    {
        foreach (JsonElement row in golden.Attrs.Get("rows").EnumerateArray())
        {
            int[] numbers = [.. row.EnumerateArray().Select(n => n.GetInt32())];
            Resampler resampler = Resampler.Get(Resampler.TorchaudioHann, numbers[0], numbers[1]);
            run.Equal($"length of {numbers[2]} samples from {numbers[0]} to {numbers[1]} Hz", resampler.OutputLength(numbers[2]), numbers[3]);
        }
    }

    private static void Torchaudio(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes a = golden.Attrs;
        var defaults = new TorchaudioSincOptions();
        bool kaiser = a.ChoiceOr(
            "resampling_method", false,
            ("sinc_interp_hann", false), ("sinc_interpolation", false), ("sinc_interp_kaiser", true), ("kaiser_window", true));
        var options = new TorchaudioSincOptions
        {
            LowpassFilterWidth = a.Int("lowpass_filter_width", defaults.LowpassFilterWidth),
            Rolloff = a.Double("rolloff", defaults.Rolloff),
            KaiserBeta = kaiser ? a.Double("beta", TorchaudioSincOptions.DefaultKaiserBeta) : null,
        };
        Output(run, Resampler.Torchaudio(a.Int("orig_freq", 16000), a.Int("new_freq", 16000), options), golden.Input(0).Floats);
    }

    private static void Output(GoldenRun run, Resampler resampler, float[] clip)
    {
        if (clip.Length == 0 || run.Device == Device.Cpu)
        {
            float[] y = resampler.Run(clip);
            run.Output("y", y, [y.Length]);
            return;
        }

        using Tensor signal = Tensor.From(clip, [1, clip.Length], run.Device), resampled = resampler.Run(signal);
        run.Output("y", resampled.ToArray<float>(), [resampled.Shape[1]]);
    }
}
