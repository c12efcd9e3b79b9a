using System.Text;
using System.Text.Json;
using RawSer.Weights;
using RawSer.Weights.Renaming;

namespace RawSer.Engine.Tests.Weights;

/// <summary>Where a text stops being JSON, and what is expected there.</summary>
public sealed class JsonProblemTests
{
    [TestCase("", "line 1, column 1: expected a value, but the text ends there")]
    [TestCase("{", "line 1, column 2: expected a name in double quotes, but the text ends there")]
    [TestCase("{\n  \"a\": 1,\n  \"b\": [1, 2", "line 3, column 13: expected ',' or ']', but the text ends there")]
    [TestCase("{\"a\": 1", "line 1, column 8: expected ',' or '}', but the text ends there")]
    [TestCase("{\"a\":", "line 1, column 6: expected a value, but the text ends there")]
    [TestCase("{\"a\": \"unfinished", "expected the rest of a value, but the text ends there")]
    [TestCase("{\"unfinished", "expected the rest of a name in double quotes, but the text ends there")]
    [TestCase("{\"a\" 1}", "line 1, column 6: expected ':' and a value, found '1'")]
    [TestCase("{\"a\": 1 \"b\": 2}", "line 1, column 9: expected ',' or '}', found '\"'")]
    [TestCase("{a: 1}", "line 1, column 2: expected a name in double quotes, found 'a'")]
    [TestCase("{\"a\": 1,}", "line 1, column 9: expected a name in double quotes, found '}'")]
    [TestCase("{\"a\": [1,]}", "line 1, column 10: expected a value, found ']'")]
    [TestCase("{\"a\": 1} x", "line 1, column 10: expected the end of the text, found 'x'")]
    [TestCase("\u0000{}", "line 1, column 1: expected a value, found '\\u0000'")]
    public void Line_column_and_what_is_expected_are_named(string text, string expected)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        JsonException failure = Assert.Catch<JsonException>(() => JsonDocument.Parse(utf8).Dispose())!;
        string message = JsonProblem.Describe(failure, utf8);
        Assert.That(message, Does.StartWith("not valid JSON: ").And.EndWith(expected));
    }

    [Test]
    public void Too_many_levels_are_named()
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(new string('[', 70));
        JsonException failure = Assert.Catch<JsonException>(() => JsonDocument.Parse(utf8).Dispose())!;
        Assert.That(JsonProblem.Describe(failure, utf8), Does.Contain("expected at most 64 objects and arrays in one another"));
    }

    [Test]
    public void A_cut_index_and_a_cut_map_are_refused_so()
    {
        string path = Path.Combine(Path.GetTempPath(), $"rawser-{Guid.NewGuid():n}.index.json");
        try
        {
            File.WriteAllText(path, "{\"weight_map\": {\"a\": \"b.safetensors\",\n");
            const string Expected = "not valid JSON: line 2, column 1: expected a name in double quotes, but the text ends there";
            Assert.That(Assert.Throws<WeightFileException>(() => WeightSource.Open(path).Dispose())!.Message, Is.EqualTo($"{path}: index is {Expected}"));
            Assert.That(Assert.Throws<WeightFileException>(() => RenameMap.Open(path))!.Message, Is.EqualTo($"{path}: rename map: {Expected}"));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
