using RawSer.Kernels.Spectral;

namespace RawSer.Audio.Tests.Spectral;

public class DctTests
{
    [Test]
    public void AgreesWithTheDefinition([Values(1, 2, 5, 13, 40, 128)] int inputs, [Values(1, 4, 13, 128)] int outputs, [Values(1, 7, 31, 32, 94)] int columns)
    {
        var plan = new DctPlan(inputs, outputs);
        float[] x = Signals.Noise(inputs * columns, 1, 50), y = new float[plan.Outputs * columns];
        plan.Apply(x, columns, y);
        Assert.That(plan.Outputs, Is.EqualTo(Math.Min(inputs, outputs)));
        for (int k = 0; k < plan.Outputs; k++)
        {
            for (int t = 0; t < columns; t++)
            {
                double sum = 0;
                for (int n = 0; n < inputs; n++)
                {
                    sum += x[n * columns + t] * Math.Cos(Math.PI * k * (2 * n + 1) / (2.0 * inputs));
                }

                Assert.That(y[k * columns + t], Is.EqualTo(sum * Math.Sqrt((k == 0 ? 1.0 : 2.0) / inputs)).Within(5e-5), $"coefficient {k}, column {t}");
            }
        }
    }
}
