using RawSer.Recipes.Runs;
using RawSer.Recipes.Tuning;

namespace RawSer.Recipes.Tests.Runs;

/// <summary>What a search found is read back; a damaged file is refused by name.</summary>
public sealed class SearchRecordTests
{
    private string _path = null!;

    [SetUp]
    public void MakeFolder() => _path = Directory.CreateTempSubdirectory("rawser-search-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_path, recursive: true);

    [Test]
    public void What_was_written_is_read()
    {
        RunFolder folder = RunFolder.Create(_path);
        Assert.That(SearchRecord.Read(folder), Is.Null);
        Dictionary<string, string> narrow = new() { ["network.hidden1"] = "64" }, wide = new() { ["network.hidden1"] = "512" };
        TrialResult[] trials = [new(wide, 2, 1, 0, null, 0.25), new(narrow, 2, 1, 0, null, 0.5), new(narrow, 6, 1, 1, 1, 0.75)];
        new SearchRecord(narrow, trials).Write(folder);

        SearchRecord read = SearchRecord.Read(folder)!;
        Assert.That(read.Best, Is.EquivalentTo(narrow));
        Assert.That(read.Trials.Select(trial => trial with { Values = narrow }), Is.EqualTo(trials.Select(trial => trial with { Values = narrow })));
        Assert.That(read.Trials.Select(trial => trial.Values["network.hidden1"]), Is.EqualTo(new[] { "512", "64", "64" }));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{\"best\":{\"a\":\"1\",\"a\":\"2\"}}")]
    [TestCase("{\"trials\":[]}")]
    [TestCase("{\"best\":{}}")]
    [TestCase("{\"best\":{},\"trials\":[null]}")]
    [TestCase("{\"best\":{},\"trials\":[{\"values\":{},\"epochs\":1.5,\"val_accuracy\":0.5}]}")]
    [TestCase("{\"best\":{\"network.hidden1\":64}}")]
    [TestCase("{\"best\":{\"network.hidden1\":null}}")]
    public void A_damaged_file_is_refused(string text)
    {
        File.WriteAllText(Path.Combine(_path, "search.json"), text);
        RunFolder folder = RunFolder.Create(_path);
        Assert.That(
            () => SearchRecord.Read(folder),
            Throws.TypeOf<RunException>().With.Message.Contains("search.json cannot be read").And.Message.Contains("delete it").And.Message.Not.Contains("\n"));
    }
}
