using System.Text.RegularExpressions;

namespace RawSer.Architecture.Tests;

[NonParallelizable]
public sealed partial class DocumentationTests
{
    private static IEnumerable<string> Pages() =>
        Directory.EnumerateFiles(Repository.Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md"))
            .Concat(Repository.ShippedProjects().SelectMany(project => Directory.EnumerateFiles(Path.GetDirectoryName(project)!, "*.md")))
            .Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Pages))]
    public void What_a_page_points_to_exists(string page) =>
        Assert.That(Missing(Read(page), Path.GetDirectoryName(page)!), Is.Empty);

    [Test]
    public void A_dead_link_and_a_missing_project_are_found() =>
        Assert.That(
            Missing("[a](kernels.md#top), [b](https://example.org), [c](no/such.md)\n`dotnet run --project no/project -- demo`", "docs"),
            Is.EqualTo(new[] { "no/such.md", "no/project" }));

    [Test]
    public void The_samples_of_the_readme_compile()
    {
        IReadOnlyList<MarkdownSample> samples = MarkdownSample.In(Read("README.md"));

        Assert.That(samples, Is.Not.Empty);
        Assert.That(samples.SelectMany(sample => sample.Compile(out _)), Is.Empty);
    }

    /// <summary>Pages with a whole program, and what it prints.</summary>
    [TestCase("docs/kernel-dialect.md", "10, 20, 30, 40")]
    [TestCase("kernels/RawSer.Gpu/README.md", "338350")]
    [TestCase("kernels/RawSer.Kernels/README.md", "4, 5, 10, 11")]
    [TestCase("engine/RawSer.Engine/README.md", "False, True, True, False")]
    [TestCase("engine/RawSer.Audio/README.md", "librosa-0.11-mfcc: 128 coefficients of 94 frames, 12032 values")]
    [TestCase("models/RawSer.Models/README.md", "24546 parameters", "calm or angry")]
    [TestCase(
        "models/RawSer.Recipes/README.md",
        "by Speaker: 48 + 16 + 16 clips, 0 speakers in training and test",
        "by Clip: 48 + 16 + 16 clips, 5 speakers in training and test")]
    public void The_program_of_a_page_runs(string page, params string[] printed)
    {
        MarkdownSample sample = MarkdownSample.In(Read(page)).Single();

        Assert.That(sample.Compile(out byte[] program), Is.Empty);
        Assert.That(MarkdownSample.Run(program, Repository.Root).Split(Environment.NewLine), Is.EqualTo((string[])[.. printed, ""]));
    }

    [Test]
    public void A_sample_is_extracted_compiled_and_run()
    {
        IReadOnlyList<MarkdownSample> samples = MarkdownSample.In("text\n```csharp\nConsole.WriteLine(1 + 1);\n```\n```bash\nls\n```\n");

        Assert.That(samples, Has.Count.EqualTo(1));
        Assert.That(samples[0].Compile(out byte[] program), Is.Empty);
        Assert.That(MarkdownSample.Run(program, Repository.Root), Is.EqualTo("2" + Environment.NewLine));
    }

    [Test]
    public void A_sample_that_does_not_compile_is_found()
    {
        MarkdownSample sample = MarkdownSample.In("```csharp\nint x = NoSuchThing();\n```")[0];

        Assert.That(sample.Compile(out _), Has.Some.Contains("CS0103"));
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    /// <summary>What leads nowhere: links, which begin in the page's folder, and --project paths, which begin in the root.</summary>
    private static IEnumerable<string> Missing(string markdown, string folder) =>
        Link().Matches(markdown).Select(match => (match.Groups[1].Value, From: folder))
            .Concat(Project().Matches(markdown).Select(match => (match.Groups[1].Value, From: "")))
            .Select(target => (Path: target.Value.Split('#')[0], target.From))
            .Where(target => target.Path.Length > 0 && !target.Path.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(Repository.Root, target.From, target.Path)))
            .Select(target => target.Path);

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"--project\s+([\w./-]+)")]
    private static partial Regex Project();
}
