using System.Text.Json.Nodes;
using RawSer.Recipes.Runs;

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
        Assert.That(SearchRecord.ReadBest(folder), Is.Null);
        SearchRecord.Write(folder, new JsonObject { ["network.hidden1"] = "64" }, []);
        Assert.That(SearchRecord.ReadBest(folder), Is.EquivalentTo(new Dictionary<string, string> { ["network.hidden1"] = "64" }));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{\"best\":{\"a\":\"1\",\"a\":\"2\"}}")]
    [TestCase("{\"trials\":[]}")]
    [TestCase("{\"best\":{\"network.hidden1\":64}}")]
    [TestCase("{\"best\":{\"network.hidden1\":null}}")]
    public void A_damaged_file_is_refused(string text)
    {
        File.WriteAllText(Path.Combine(_path, "search.json"), text);
        RunFolder folder = RunFolder.Create(_path);
        Assert.That(
            () => SearchRecord.ReadBest(folder),
            Throws.TypeOf<RunException>().With.Message.Contains("search.json cannot be read").And.Message.Contains("delete it").And.Message.Not.Contains("\n"));
    }
}
