namespace RawSer.Audio.Tests;

/// <summary>Signals for tests.</summary>
internal static class Signals
{
    public static float[] Noise(int count, int seed, double amplitude = 0.5)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(amplitude * (2 * random.NextDouble() - 1)))];
    }

    /// <summary>A glide with harmonics and a pause: enough dynamic range to try numerics.</summary>
    public static float[] Voice(int count, int rate, double pitch = 130)
    {
        float[] clip = new float[count];
        for (int i = 0; i < count; i++)
        {
            double t = (double)i / rate, phase = 2 * Math.PI * pitch * (t + 0.2 * t * t);
            double envelope = t % 0.7 < 0.5 ? Math.Sin(Math.PI * (t % 0.7) / 0.5) : 0;
            for (int k = 1; k <= 20; k++)
            {
                clip[i] += (float)(envelope * 0.3 / (k * k) * Math.Sin(k * phase + k));
            }
        }

        return clip;
    }
}
