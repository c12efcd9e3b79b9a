using RawSer.Recipes.Sampling;

namespace RawSer.Recipes.Synthesis;

/// <summary>
/// A formant synthesiser after Klatt (1980): a train of glottal pulses (Rosenberg 1971) with jitter and shimmer, and breath noise, through five resonators
/// in series; friction noise through a resonator beside them. Targets move every 5 ms.
/// </summary>
internal static class FormantSynthesizer
{
    public const int SampleRate = 16000;
    private const int FrameLength = SampleRate / 200;

    /// <summary>Speaks sounds with a voice and a prosody. Everything random comes from <paramref name="random"/>.</summary>
    public static float[] Speak(IReadOnlyList<Sound> sounds, Voice voice, Prosody prosody, CounterRandom random)
    {
        double rate = voice.Rate * prosody.Rate;
        double lead = random.Between(0.3, 0.6), trail = random.Between(0.15, 0.35);
        double spoken = sounds.Sum(s => s.Seconds) / rate;
        int frames = (int)((lead + spoken + trail) * 200);
        float[] samples = new float[frames * FrameLength];
        Span<Resonator> tract = stackalloc Resonator[5];
        tract.Clear();
        Resonator friction = default;
        var glottis = new Glottis(random);
        double formantFactor = voice.Formants * prosody.Smile;
        double melodyPhase = random.Between(0, 2 * Math.PI), melodyHz = random.Between(1.2, 2.2) * rate;
        double tremorPhase = random.Between(0, 2 * Math.PI);

        // Sharper pulses close faster; a low-pass of the source tilts the spectrum of soft voices.
        double effort = voice.Effort + prosody.Effort;
        double openQuotient = Math.Clamp(0.62 - (0.12 * effort), 0.4, 0.85);
        double tilt = Math.Clamp(0.55 - (0.3 * effort), 0, 0.93);
        double breath = voice.Breath + prosody.Breath;
        double f1 = 500, f2 = 1500, f3 = 2500, voicing = 0, noise = 0, source = 0, before = 0;
        int current = 0;
        double end = lead + (sounds[0].Seconds / rate);
        for (int frame = 0; frame < frames; frame++)
        {
            double time = frame / 200.0;
            while (current < sounds.Count - 1 && time >= end)
            {
                end += sounds[++current].Seconds / rate;
            }

            bool silent = time < lead || time >= lead + spoken;
            Sound target = sounds[current];
            double glide = silent ? 0.2 : 0.35;
            f1 += glide * (target.F1 - f1);
            f2 += glide * (target.F2 - f2);
            f3 += glide * (target.F3 - f3);
            voicing += 0.5 * ((silent ? 0 : target.Voicing) - voicing);
            noise += 0.6 * ((silent ? 0 : target.Noise) - noise);

            double progress = Math.Clamp((time - lead) / spoken, 0, 1);
            double semitones = prosody.Pitch + (prosody.Rise * (progress - 0.5))
                + (0.5 * voice.Melody * prosody.Range * Math.Sin((2 * Math.PI * melodyHz * time) + melodyPhase))
                + (prosody.Tremor * Math.Sin((2 * Math.PI * 6 * time) + tremorPhase));
            double pitch = Math.Clamp(voice.PitchHz * Math.Pow(2, semitones / 12), 60, 600);

            tract[0].Tune(Math.Max(f1 * formantFactor, pitch * 1.05), 70);
            tract[1].Tune(f2 * formantFactor, 90);
            tract[2].Tune(f3 * formantFactor, 130);
            tract[3].Tune(Math.Min(3500 * formantFactor, 7000), 250);
            tract[4].Tune(Math.Min(4500 * formantFactor, 7500), 350);
            friction.Tune(target.NoiseHz > 0 ? target.NoiseHz : 4000, 900);
            for (int i = 0; i < FrameLength; i++)
            {
                double white = (2 * random.NextDouble()) - 1;
                (double pulse, bool open) = glottis.Next(pitch, openQuotient, 0.004 + prosody.Jitter);
                source += (1 - tilt) * (pulse + (breath * white * (open ? 1 : 0.3)) - source);
                double sound = voicing * source;
                for (int r = 0; r < tract.Length; r++)
                {
                    sound = tract[r].Next(sound);
                }

                // Lips radiate the derivative of the flow.
                double radiated = sound - before;
                before = sound;
                samples[(frame * FrameLength) + i] = (float)(radiated + (0.12 * friction.Next(noise * white)));
            }
        }

        Record(samples, prosody.Level + voice.GainDb - 24, voice.NoiseDb, random);
        return samples;
    }

    // Level of the whole recording in dB of full scale, and the noise of the room.
    private static void Record(float[] samples, double levelDb, double noiseDb, CounterRandom random)
    {
        double power = 0;
        foreach (float sample in samples)
        {
            power += sample * (double)sample;
        }

        double gain = Math.Pow(10, levelDb / 20) / Math.Sqrt((power / samples.Length) + 1e-12);
        double floor = Math.Pow(10, noiseDb / 20) * Math.Sqrt(3);
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = (float)Math.Tanh((gain * samples[i]) + (floor * ((2 * random.NextDouble()) - 1)));
        }
    }

    /// <summary>Klatt's two-pole resonator with unit gain at 0 Hz: y = a x + b y' + c y''.</summary>
    private struct Resonator
    {
        private double _a, _b, _c, _y1, _y2;

        public void Tune(double hz, double bandwidth)
        {
            _c = -Math.Exp(-2 * Math.PI * bandwidth / SampleRate);
            _b = 2 * Math.Exp(-Math.PI * bandwidth / SampleRate) * Math.Cos(2 * Math.PI * hz / SampleRate);
            _a = 1 - _b - _c;
        }

        public double Next(double x)
        {
            double y = (_a * x) + (_b * _y1) + (_c * _y2);
            _y2 = _y1;
            return _y1 = y;
        }
    }

    /// <summary>Glottal flow: half a cosine up, a quarter down, then closed; the length and height of each period vary a little.</summary>
    private sealed class Glottis(CounterRandom random)
    {
        private double _phase = 1, _stretch = 1, _height = 1;

        public (double Flow, bool Open) Next(double pitch, double openQuotient, double jitter)
        {
            _phase += pitch * _stretch / SampleRate;
            if (_phase >= 1)
            {
                _phase -= Math.Floor(_phase);
                _stretch = Math.Max(0.5, 1 + (jitter * random.NextGaussian()));
                _height = Math.Max(0.2, 1 + (3 * jitter * random.NextGaussian()));
            }

            double rise = 0.66 * openQuotient, fall = 0.34 * openQuotient;
            return _phase < rise ? (_height * 0.5 * (1 - Math.Cos(Math.PI * _phase / rise)), true)
                : _phase < rise + fall ? (_height * Math.Cos(0.5 * Math.PI * (_phase - rise) / fall), true)
                : (0, false);
        }
    }
}
