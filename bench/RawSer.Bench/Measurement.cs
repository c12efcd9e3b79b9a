using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RawSer.Bench;

/// <summary>The times of one piece of work, and what rate they mean. The peers print the same form.</summary>
internal sealed record Measurement
{
    /// <summary>Kind of work and its argument, for example <c>sgemm/1024</c>.</summary>
    public required string Name { get; init; }

    public string Side { get; init; } = "rawser";

    public required double MedianMs { get; init; }

    public required double MinMs { get; init; }

    public required int Reps { get; init; }

    public required int Threads { get; init; }

    /// <summary>10^9 floating-point operations a second at the median.</summary>
    public double? Gflops { get; init; }

    /// <summary><see cref="Gflops"/> as a share of the measured peak of all cores.</summary>
    public double? ShareOfPeak { get; init; }

    /// <summary>10^9 bytes read and written a second at the median.</summary>
    public double? GigabytesPerSecond { get; init; }

    public JsonElement? Settings { get; init; }

    public JsonElement? Versions { get; init; }

    /// <summary>
    /// Repeats <paramref name="work"/> for <paramref name="seconds"/> after a warm-up of a third of that (at least three times, so that
    /// the code is compiled and memory is in the pool).
    /// </summary>
    public static Measurement Of(string name, double seconds, int threads, Action work, double flops = 0, double bytes = 0)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 3 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds / 3; i++)
        {
            work();
        }

        var times = new List<double>();
        start = Stopwatch.GetTimestamp();
        while (times.Count < 5 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            long before = Stopwatch.GetTimestamp();
            work();
            times.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }

        times.Sort();
        double median = (times[(times.Count - 1) / 2] + times[times.Count / 2]) / 2;
        return new Measurement
        {
            Name = name,
            MedianMs = Math.Round(median, 4),
            MinMs = Math.Round(times[0], 4),
            Reps = times.Count,
            Threads = threads,
            Gflops = flops > 0 ? Math.Round(flops / median / 1e6, 1) : null,
            GigabytesPerSecond = bytes > 0 ? Math.Round(bytes / median / 1e6, 2) : null,
        };
    }

    /// <summary>The same with its share of a peak in GFLOPS.</summary>
    public Measurement Against(double peak) => this with { ShareOfPeak = Math.Round((Gflops ?? 0) / peak, 3) };

    public static Measurement Parse(string json) =>
        JsonSerializer.Deserialize(json, MeasurementJson.Default.Measurement) ?? throw new JsonException("a measurement was expected, not null");

    public string ToJson() => JsonSerializer.Serialize(this, MeasurementJson.Default.Measurement);

    public void Print() => Console.WriteLine(ToJson());
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Measurement))]
internal sealed partial class MeasurementJson : JsonSerializerContext;
