using System.Globalization;
using System.Text;
using System.Text.Json;
using RawSer.Weights;

namespace RawSer.Recipes.Corpora;

/// <summary>What a scan found.</summary>
/// <param name="Clips">The clips, source by source, in a fixed order.</param>
/// <param name="Refused">Audio files that are left out, with the reason.</param>
/// <param name="IgnoredFiles">Number of files that are no audio by their suffix.</param>
public sealed record ScanReport(IReadOnlyList<Clip> Clips, IReadOnlyList<RefusedFile> Refused, int IgnoredFiles)
{
    /// <summary>Number of clips by a property, sorted by its value; clips for which it is null count as <c>unknown</c>.</summary>
    public IReadOnlyList<(string Value, int Clips)> Count(Func<Clip, string?> property) =>
        [.. Clips.GroupBy(c => property(c) ?? "unknown").OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, g.Count()))];

    /// <summary>The corpora in order of appearance, each with a report of its own (refused files are not divided).</summary>
    public IReadOnlyList<(string Corpus, ScanReport Scan)> ByCorpus() =>
        [.. Clips.GroupBy(c => c.Corpus).Select(g => (g.Key, new ScanReport([.. g], [], 0)))];

    /// <summary>Speakers that are known.</summary>
    private int SpeakerCount => Clips.Select(c => c.Speaker).Distinct().Count(s => s is not null);

    /// <summary>Least, mean and greatest duration in seconds of the clips that were opened; null when none was.</summary>
    public (double Least, double Mean, double Greatest)? Durations()
    {
        double[] seconds = [.. Clips.Where(c => c.Audio is not null).Select(c => c.Audio!.Seconds)];
        return seconds.Length == 0 ? null : (seconds.Min(), seconds.Average(), seconds.Max());
    }

    /// <summary>The report as plain text: a block per corpus, then every refused file.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach ((string corpus, ScanReport scan) in ByCorpus())
        {
            text.Append(CultureInfo.InvariantCulture, $"{corpus}: {Number(scan.Clips.Count, "clip")}, {(scan.SpeakerCount == 0 ? "no speaker known" : Number(scan.SpeakerCount, "speaker"))}\n");
            text.Append(CultureInfo.InvariantCulture, $"  classes   {List(scan.Count(c => c.Emotion))}\n");
            text.Append(CultureInfo.InvariantCulture, $"  speakers  {List(scan.Count(c => c.Speaker))}\n");
            if (scan.Durations() is (double least, double mean, double greatest))
            {
                text.Append(CultureInfo.InvariantCulture, $"  rates     {List(scan.Count(c => c.Audio is null ? null : $"{c.Audio.SampleRate} Hz"))}\n");
                text.Append(CultureInfo.InvariantCulture, $"  channels  {List(scan.Count(c => c.Audio?.Channels.ToString(CultureInfo.InvariantCulture)))}\n");
                text.Append(CultureInfo.InvariantCulture, $"  seconds   {least:0.00} to {greatest:0.00}, mean {mean:0.00}\n");
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"total: {Number(Clips.Count, "clip")}, {Number(Refused.Count, "file")} refused, {Number(IgnoredFiles, "other file")} ignored\n");
        foreach (RefusedFile file in Refused)
        {
            text.Append(CultureInfo.InvariantCulture, $"refused: {PrintableText.Of($"{file.Path}: {file.Reason}")}\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    /// <summary>The same as <see cref="ToText"/> for programs: one JSON object.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("clips", Clips.Count);
        json.WriteNumber("ignored", IgnoredFiles);
        json.WriteStartObject("corpora");
        foreach ((string corpus, ScanReport scan) in ByCorpus())
        {
            json.WriteStartObject(corpus);
            json.WriteNumber("clips", scan.Clips.Count);
            Counts(json, "classes", scan.Count(c => c.Emotion));
            Counts(json, "speakers", scan.Count(c => c.Speaker));
            if (scan.Durations() is (double least, double mean, double greatest))
            {
                Counts(json, "sample_rates", scan.Count(c => c.Audio?.SampleRate.ToString(CultureInfo.InvariantCulture)));
                Counts(json, "channels", scan.Count(c => c.Audio?.Channels.ToString(CultureInfo.InvariantCulture)));
                json.WriteStartObject("seconds");
                json.WriteNumber("min", least);
                json.WriteNumber("mean", mean);
                json.WriteNumber("max", greatest);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("refused");
        foreach (RefusedFile file in Refused)
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteString("reason", file.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string List(IReadOnlyList<(string Value, int Clips)> counts) => string.Join(", ", counts.Select(c => $"{PrintableText.Of(c.Value)} {c.Clips}"));

    private static string Number(int count, string thing) => string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");

    private static void Counts(Utf8JsonWriter json, string name, IReadOnlyList<(string Value, int Clips)> counts)
    {
        json.WriteStartObject(name);
        foreach ((string value, int clips) in counts)
        {
            json.WriteNumber(value, clips);
        }

        json.WriteEndObject();
    }
}
