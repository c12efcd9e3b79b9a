using System.Buffers.Binary;
using System.Security.Cryptography;
using RawSer.GoldenCheck;
using RawSer.Weights;

namespace RawSer.Engine.Tests.Weights;

/// <summary>
/// Broken copies of valid PyTorch, NumPy and HDF5 files: each loads completely or fails with the library's own exception, soon and without
/// large allocations (<see cref="MutationCaps"/>); and a zip archive that still loads holds the values it held before.
/// </summary>
[Category("OneInstructionSet")] // vectors compute checksums and convert values, which WeightGoldens and SafetensorsReadingTests check
public sealed class WeightMutationTests
{
    private const int LargestSource = 64 * 1024;

    private static readonly byte[][] Torch = Sources("weights", "torch", golden => golden.File);
    private static readonly byte[][] Numpy = Sources("weights", "numpy", golden => golden.File);
    private static readonly byte[][] Hdf5 = Sources("keras", "hdf5", golden => golden.Attrs.String("h5"));

    private string _path = "";

    [SetUp]
    public void CreatePath() => _path = Path.Combine(Path.GetTempPath(), $"rawser-mutation-{Guid.NewGuid():n}.bin");

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [Test]
    public void SourcesAreMany()
    {
        Assert.That(Torch, Has.Length.GreaterThan(60));
        Assert.That(Numpy, Has.Length.GreaterThan(25));
        Assert.That(Hdf5, Has.Length.EqualTo(4));
    }

    [TestCase("torch")]
    [TestCase("numpy")]
    [TestCase("hdf5")]
    public void BitFlips(string kind) => Mutate(kind, 1, (random, bytes) =>
    {
        for (int flips = random.Next(1, 4); flips > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    });

    [TestCase("torch")]
    [TestCase("numpy")]
    [TestCase("hdf5")]
    public void Truncations(string kind) => Mutate(kind, 2, (random, bytes) => bytes[..random.Next(bytes.Length)]);

    [TestCase("torch")]
    [TestCase("numpy")]
    [TestCase("hdf5")]
    public void Splices(string kind) => Mutate(kind, 3, (random, bytes) =>
    {
        byte[][] sources = Of(kind);
        byte[] other = sources[random.Next(sources.Length)];
        int from = random.Next(other.Length);
        return [.. bytes.AsSpan(0, random.Next(bytes.Length)), .. other.AsSpan(from, random.Next(other.Length - from + 1))];
    });

    [TestCase("torch")]
    [TestCase("numpy")]
    [TestCase("hdf5")]
    public void Numbers(string kind) => Mutate(kind, 4, (random, bytes) =>
    {
        int size = 1 << random.Next(4);
        if (bytes.Length < size)
        {
            return bytes;
        }

        Span<byte> field = bytes.AsSpan(random.Next(bytes.Length - size + 1), size);
        switch (random.Next(4))
        {
            case 0:
                field.Fill(0xff);
                break;
            case 1:
                field.Clear();
                break;
            case 2:
                random.NextBytes(field);
                break;
            default:
                field[random.Next(size)] = (byte)random.Next(5);
                break;
        }

        return bytes;
    });

    /// <summary>Edits of the pickle, or of a header, with the checksums repaired, which get past the container's checks.</summary>
    [TestCase("torch")]
    [TestCase("numpy")]
    public void EditsBehindTheChecksum(string kind) => Mutate(kind, 5, (random, bytes) =>
    {
        List<ZipMember> members = ZipMember.List(bytes);
        if (members.Count == 0)
        {
            // Not an archive: an edit near the start.
            bytes[random.Next(Math.Min(bytes.Length, 400))] = (byte)random.Next(256);
            return bytes;
        }

        ZipMember member = random.Next(4) == 0 ? members[random.Next(members.Count)] : members.OrderByDescending(item => item.Name.EndsWith(".pkl", StringComparison.Ordinal)).First();
        for (int edits = random.Next(1, 4); edits > 0 && member.Length > 0; edits--)
        {
            bytes[member.Offset + random.Next(member.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)".(cRbQNJKMGXU)t]ae}suqrhj"[random.Next(25)];
        }

        member.RepairChecksum(bytes);
        return bytes;
    }, mayChangeValues: true);

    private static byte[][] Of(string kind) => kind switch
    {
        "torch" => Torch,
        "numpy" => Numpy,
        _ => Hdf5,
    };

    private static byte[][] Sources(string area, string op, Func<GoldenCase, string?> file) =>
        [.. GoldenData.Area(area).Cases
            .Where(golden => golden.Op == op && golden.Expect == GoldenExpectation.Values && file(golden) is not null)
            .Select(golden => File.ReadAllBytes(golden.PathOf(file(golden)!)))
            .Where(bytes => bytes.Length is > 0 and <= LargestSource)];

    private void Mutate(string kind, int seed, Func<Random, byte[], byte[]> mutation, bool mayChangeValues = false)
    {
        var random = new Random(seed);
        byte[][] sources = Of(kind);
        MutationCaps caps = new();
        for (int i = 0; i < MutationCaps.Count; i++)
        {
            byte[] original = sources[random.Next(sources.Length)];
            byte[] mutated = mutation(random, (byte[])original.Clone());
            File.WriteAllBytes(_path, mutated);
            string which = $"{kind}, seed {seed}, mutation {i}";
            Dictionary<string, string> values = [];
            if (caps.Load(which, () => values = Load(_path)) && !mayChangeValues && IsZip(original) && mutated.Length == original.Length)
            {
                File.WriteAllBytes(_path, original);
                Assert.That(values, Is.EquivalentTo(Load(_path)), which);
            }
        }

        caps.Finish($"{kind}, seed {seed}");
    }

    private static bool IsZip(byte[] bytes) => bytes.AsSpan().StartsWith("PK"u8);

    /// <summary>Reads everything; a description and checksum of each tensor.</summary>
    private static Dictionary<string, string> Load(string path)
    {
        var values = new Dictionary<string, string>();
        using WeightSource source = WeightSource.Open(path);
        byte[] chunk = new byte[1 << 16];
        foreach (WeightEntry entry in source.Entries)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (long done = 0; done < entry.Length; done += chunk.Length)
            {
                Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, entry.Length - done));
                source.ReadBytes(entry, done, part);
                hash.AppendData(part);
            }

            values.Add(entry.Name, $"{entry} {Convert.ToHexString(hash.GetHashAndReset())}");
        }

        return values;
    }

    /// <summary>A stored member of an archive as a naive reader finds it.</summary>
    private sealed record ZipMember(string Name, int Offset, int Length, int Central)
    {
        public static List<ZipMember> List(byte[] bytes)
        {
            var members = new List<ZipMember>();
            for (int at = 0; at + 46 <= bytes.Length; at++)
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) != 0x02014b50 || BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 10)) != 0)
                {
                    continue;
                }

                int local = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 42));
                int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 24));
                string name = System.Text.Encoding.UTF8.GetString(bytes, at + 46, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 28)));
                if (local < 0 || local + 30 > bytes.Length || length < 0)
                {
                    continue;
                }

                int data = local + 30 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(local + 26)) + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(local + 28));
                if (data + length <= at)
                {
                    members.Add(new ZipMember(name, data, length, at));
                }
            }

            return members;
        }

        /// <summary>Replaces the checksum wherever the old one stands in the headers of the member.</summary>
        public void RepairChecksum(byte[] bytes)
        {
            uint before = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(Central + 16));
            uint after = Crc(bytes.AsSpan(Offset, Length));
            for (int at = 0; at + 4 <= bytes.Length; at++)
            {
                if ((at < Offset || at >= Offset + Length) && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) == before)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), after);
                }
            }
        }

        private static uint Crc(ReadOnlySpan<byte> bytes)
        {
            uint crc = uint.MaxValue;
            foreach (byte value in bytes)
            {
                crc ^= value;
                for (int bit = 0; bit < 8; bit++)
                {
                    crc = (crc & 1) == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB88320;
                }
            }

            return ~crc;
        }
    }
}
