using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using RawSer.GoldenCheck;
using RawSer.Weights;

namespace RawSer.Engine.Tests.Weights;

/// <summary>
/// Broken copies of valid files: each loads or fails with the library's own exception (<see cref="MutationCaps"/>); and what loads is what a
/// second, naive reader finds in the same bytes.
/// </summary>
[Category("OneInstructionSet")] // vectors compute checksums and convert values, which WeightGoldens and SafetensorsReadingTests check
public sealed class SafetensorsMutationTests
{
    private const int LargestSource = 16 * 1024;

    private static readonly byte[][] Sources =
        [.. GoldenData.Area("weights").Cases
            .Where(golden => golden.Schema == "kind" && golden.Op == "safetensors" && golden.Expect == GoldenExpectation.Values && golden.File is not null)
            .Select(golden => File.ReadAllBytes(golden.PathOf(golden.File!)))
            .Where(bytes => bytes.Length <= LargestSource)];

    private string _path = "";

    [SetUp]
    public void CreatePath() => _path = Path.Combine(Path.GetTempPath(), $"rawser-mutation-{Guid.NewGuid():n}.safetensors");

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [Test]
    public void SourcesAreMany() => Assert.That(Sources, Has.Length.GreaterThan(25));

    [Test]
    public void BitFlips() => Mutate(1, (random, bytes) =>
    {
        for (int flips = random.Next(1, 4); flips > 0 && bytes.Length > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    });

    [Test]
    public void Truncations() => Mutate(2, (random, bytes) => bytes[..random.Next(bytes.Length + 1)]);

    [Test]
    public void Splices() => Mutate(3, (random, bytes) =>
    {
        byte[] other = Sources[random.Next(Sources.Length)];
        int from = random.Next(other.Length);
        return [.. bytes.AsSpan(0, random.Next(bytes.Length + 1)), .. other.AsSpan(from, random.Next(other.Length - from + 1))];
    });

    [Test]
    public void LengthFields() => Mutate(4, (random, bytes) =>
    {
        ulong length = random.Next(4) switch
        {
            0 => (ulong)random.NextInt64(),
            1 => (ulong)random.Next(200_000_000),
            2 => BinaryPrimitives.ReadUInt64LittleEndian(bytes) + (ulong)random.Next(-9, 10),
            _ => 1UL << random.Next(64),
        };
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        return bytes;
    });

    /// <summary>Edits of the JSON with the length field repaired, which get past the first checks.</summary>
    [Test]
    public void HeaderEdits() => Mutate(5, (random, bytes) =>
    {
        string[] pieces = ["0", "1", "-1", "4294967296", "9223372036854775807", "18446744073709551615", "1e3", "1.5", "null", "[]", "{}", "\"F16\"", "\"U8\"", ",", "\"", "}", "\\u0000"];
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        string header = Encoding.Latin1.GetString(bytes, 8, length);
        int at = random.Next(header.Length);
        int removed = random.Next(Math.Min(header.Length - at, 6) + 1);
        string digits = header[at..].TakeWhile(char.IsAsciiDigit).Count() is > 0 and int count ? random.Next(100).ToString() : pieces[random.Next(pieces.Length)];
        byte[] edited = Encoding.Latin1.GetBytes(header[..at] + digits + header[(at + removed)..]);
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)edited.Length);
        return [.. prefix, .. edited, .. bytes.AsSpan(8 + length)];
    });

    private void Mutate(int seed, Func<Random, byte[], byte[]> mutation)
    {
        var random = new Random(seed);
        MutationCaps caps = new();
        for (int i = 0; i < MutationCaps.Count; i++)
        {
            byte[] mutated = mutation(random, (byte[])Sources[random.Next(Sources.Length)].Clone());
            File.WriteAllBytes(_path, mutated);
            string which = $"seed {seed}, mutation {i}";
            caps.Load(which, () =>
            {
                using SafetensorsFile file = SafetensorsFile.Open(_path);
                CompareWithNaiveReader(file, mutated, which);
            });
        }

        caps.Finish($"safetensors, seed {seed}");
    }

    /// <summary>Values, names, types and shapes as System.Text.Json and a slice of the bytes give them.</summary>
    private static void CompareWithNaiveReader(SafetensorsFile file, byte[] bytes, string which)
    {
        int start = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, start - 8));
        JsonProperty[] entries = [.. header.RootElement.EnumerateObject().Where(property => property.Name != "__metadata__")];
        Assert.That(file.Entries, Has.Count.EqualTo(entries.Length), which);
        long covered = 0;
        foreach (JsonProperty property in entries)
        {
            WeightEntry entry = file[property.Name];
            int from = property.Value.GetProperty("data_offsets")[0].GetInt32();
            int to = property.Value.GetProperty("data_offsets")[1].GetInt32();
            Assert.That(entry.Type.Name(), Is.EqualTo(property.Value.GetProperty("dtype").GetString()), which);
            Assert.That(entry.Extents, Is.EqualTo(property.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())), which);
            Assert.That(file.Bytes(entry).SequenceEqual(bytes.AsSpan(start + from, to - from)), Is.True, which);
            covered += to - from;
        }

        Assert.That(start + covered, Is.EqualTo(bytes.Length), which);
    }
}
