using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using RawSer.Bench.Works;

namespace RawSer.Bench;

/// <summary>The times of one piece of work, and what rate they mean. The peers print the same form.</summary>
internal sealed record Measurement
{
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(10);

    /// <summary>Kind of work and its argument, for example <c>sgemm/1024</c>.</summary>
    public required string Name { get; init; }

    public string Side { get; init; } = "rawser";

    public required double MedianMs { get; init; }

    public required double MinMs { get; init; }

    public required int Reps { get; init; }

    public required int Threads { get; init; }

    /// <summary>10^9 floating-point operations a second at the median.</summary>
    public double? Gflops { get; init; }

    /// <summary>Share of the peak of all cores, measured in turn with the work: the median over the turns.</summary>
    public double? ShareOfPeak { get; init; }

    /// <summary>10^9 bytes read and written a second at the median.</summary>
    public double? GigabytesPerSecond { get; init; }

    public JsonElement? Settings { get; init; }

    public JsonElement? Versions { get; init; }

    /// <summary>
    /// Repeats <paramref name="work"/> for <paramref name="seconds"/>, and at least five times, after a warm-up of a third of that (at least three times, so
    /// that the code is compiled and memory is in the pool). Work that takes more than twice <paramref name="seconds"/> is warmed up once and repeated
    /// three times: the rounds of a comparison do the rest.
    /// </summary>
    public static Measurement Of(string name, double seconds, int threads, Action work, double flops = 0, double bytes = 0)
    {
        int least = WarmUp(seconds, work) ? 5 : 3;
        var times = new List<double>();
        long start = Stopwatch.GetTimestamp();
        while (times.Count < least || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            times.Add(Milliseconds(work));
        }

        return Of(name, threads, times, flops, bytes);
    }

    /// <summary>
    /// The same in turn with the machine's <paramref name="peak"/>. A virtual machine loses part of a core for seconds at a time; a turn takes
    /// some 20 ms, so that what is lost is lost to both, and the share that a turn gives stands.
    /// </summary>
    public static Measurement Of(string name, double seconds, int threads, Action work, double flops, Peak.MultiplyAdds peak)
    {
        WarmUp(seconds, work);
        List<double> times = [], shares = [], turn = [];
        double before = peak.Gflops();
        long start = Stopwatch.GetTimestamp();
        while (shares.Count < 5 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            turn.Clear();
            long begin = Stopwatch.GetTimestamp();
            do
            {
                turn.Add(Milliseconds(work));
            }
            while (Stopwatch.GetElapsedTime(begin) < s_turn);

            double after = peak.Gflops();
            shares.Add(flops / Median(turn) / 1e6 / ((before + after) / 2));
            times.AddRange(turn);
            before = after;
        }

        return Of(name, threads, times, flops, bytes: 0) with { ShareOfPeak = Math.Round(Median(shares), 3) };
    }

    public static Measurement Parse(string json) =>
        JsonSerializer.Deserialize(json, MeasurementJson.Default.Measurement) ?? throw new JsonException("a measurement was expected, not null");

    public string ToJson() => JsonSerializer.Serialize(this, MeasurementJson.Default.Measurement);

    public void Print() => Console.WriteLine(ToJson());

    /// <summary>False if one time alone takes more than twice what there is.</summary>
    private static bool WarmUp(double seconds, Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        if (Stopwatch.GetElapsedTime(start).TotalSeconds > 2 * seconds)
        {
            return false;
        }

        for (int i = 1; i < 3 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds / 3; i++)
        {
            work();
        }

        return true;
    }

    private static double Milliseconds(Action work)
    {
        long before = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(before).TotalMilliseconds;
    }

    private static Measurement Of(string name, int threads, List<double> times, double flops, double bytes)
    {
        double median = Median(times);
        return new Measurement
        {
            Name = name,
            MedianMs = Math.Round(median, 4),
            MinMs = Math.Round(times.Min(), 4),
            Reps = times.Count,
            Threads = threads,
            Gflops = flops > 0 ? Math.Round(flops / median / 1e6, 1) : null,
            GigabytesPerSecond = bytes > 0 ? Math.Round(bytes / median / 1e6, 2) : null,
        };
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Measurement))]
internal sealed partial class MeasurementJson : JsonSerializerContext;
