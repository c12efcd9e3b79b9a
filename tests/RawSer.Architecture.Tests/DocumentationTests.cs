using System.Text.RegularExpressions;

namespace RawSer.Architecture.Tests;

[NonParallelizable]
public sealed partial class DocumentationTests
{
    private static IEnumerable<string> Pages() => Directory.EnumerateFiles(Repository.Root, "*.md").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Pages))]
    public void What_a_page_points_to_exists(string page) =>
        Assert.That(Missing(File.ReadAllText(Path.Combine(Repository.Root, page))), Is.Empty);

    [Test]
    public void A_dead_link_and_a_missing_project_are_found() =>
        Assert.That(
            Missing("[a](README.md#top), [b](https://example.org), [c](no/such.md)\n`dotnet run --project no/project -- demo`"),
            Is.EqualTo(new[] { "no/such.md", "no/project" }));

    [Test]
    public void The_samples_of_the_readme_compile()
    {
        IReadOnlyList<ReadmeSample> samples = ReadmeSample.In(File.ReadAllText(Path.Combine(Repository.Root, "README.md")));

        Assert.That(samples, Is.Not.Empty);
        Assert.That(samples.SelectMany(sample => sample.Compile(out _)), Is.Empty);
    }

    [Test]
    public void A_sample_is_extracted_compiled_and_run()
    {
        IReadOnlyList<ReadmeSample> samples = ReadmeSample.In("text\n```csharp\nConsole.WriteLine(1 + 1);\n```\n```bash\nls\n```\n");

        Assert.That(samples, Has.Count.EqualTo(1));
        Assert.That(samples[0].Compile(out byte[] program), Is.Empty);
        Assert.That(ReadmeSample.Run(program, Repository.Root), Is.EqualTo("2" + Environment.NewLine));
    }

    [Test]
    public void A_sample_that_does_not_compile_is_found()
    {
        ReadmeSample sample = ReadmeSample.In("```csharp\nint x = NoSuchThing();\n```")[0];

        Assert.That(sample.Compile(out _), Has.Some.Contains("CS0103"));
    }

    /// <summary>Relative links and --project paths that lead nowhere.</summary>
    private static IEnumerable<string> Missing(string markdown) =>
        Link().Matches(markdown).Concat(Project().Matches(markdown))
            .Select(match => match.Groups[1].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(Repository.Root, target)));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"--project\s+([\w./-]+)")]
    private static partial Regex Project();
}
