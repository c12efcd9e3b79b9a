using System.Buffers.Binary;
using RawSer.Kernels;
using RawSer.Weights;

namespace RawSer.Engine.Tests.Weights;

public sealed class SafetensorsWritingTests
{
    private string _folder = "";

    private string File => Path.Combine(_folder, "model.safetensors");

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawser-weights-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void WhatIsWrittenIsRead([Range(0, 19)] int seed)
    {
        var random = new Random(seed);
        WeightType[] types = Enum.GetValues<WeightType>();
        var tensors = new Dictionary<string, (WeightType Type, long[] Extents, byte[] Bytes)>();
        for (int count = random.Next(30); count > 0; count--)
        {
            WeightType type = types[random.Next(types.Length)];
            long[] extents = [.. Enumerable.Range(0, random.Next(4)).Select(_ => (long)random.Next(5)), 8];
            byte[] bytes = new byte[extents.Aggregate(1L, (a, b) => a * b) * type.Bits() / 8];
            random.NextBytes(bytes);
            tensors[$"ünit.{random.Next(100)}\t\"{count}\""] = (type, extents, bytes);
        }

        string again = Path.Combine(_folder, "again.safetensors");
        Save(File, tensors);
        Save(again, tensors.Reverse());
        byte[] written = System.IO.File.ReadAllBytes(File);
        Assert.That(System.IO.File.ReadAllBytes(again), Is.EqualTo(written), "the order of Add calls changes the file");
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(written) % 8, Is.Zero, "the data are not aligned");
        using SafetensorsFile file = SafetensorsFile.Open(File);
        Assert.That(file.Entries.Select(entry => entry.Name), Is.EquivalentTo(tensors.Keys));
        Assert.That(file.Metadata, Is.EqualTo(new Dictionary<string, string> { ["fórmat"] = "<rawser>" }));
        foreach ((string name, (WeightType type, long[] extents, byte[] bytes)) in tensors)
        {
            Assert.That(file[name].Type, Is.EqualTo(type));
            Assert.That(file[name].Extents, Is.EqualTo(extents));
            Assert.That(file.Bytes(file[name]).ToArray(), Is.EqualTo(bytes));
        }
    }

    [Test]
    public void EmptyFileIsValid()
    {
        new SafetensorsWriter().Save(File);
        using SafetensorsFile file = SafetensorsFile.Open(File);
        Assert.That(file.Entries, Is.Empty);
    }

    [Test]
    public void FailureKeepsTheOldFile()
    {
        System.IO.File.WriteAllText(File, "old");
        var short_ = new SafetensorsWriter();
        short_.Add("w", DType.F32, [2], stream => stream.Write(new byte[7]));
        Assert.That(() => short_.Save(File), Throws.InvalidOperationException.With.Message.Contains("'w': 7 bytes written, 8 expected"));
        var failing = new SafetensorsWriter();
        failing.Add("w", DType.F32, [2], _ => throw new IOException("no space left on device"));
        Assert.That(() => failing.Save(File), Throws.InstanceOf<WeightFileException>().With.Message.Contains("no space left"));
        Assert.That(System.IO.File.ReadAllText(File), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1), "a temporary file is left");
    }

    [Test]
    public void LeftOverTemporaryFileIsReplaced()
    {
        System.IO.File.WriteAllBytes(File + ".tmp", new byte[100_000]);
        var writer = new SafetensorsWriter();
        writer.Add<float>("w", [1], new float[] { 3 });
        writer.Save(File);
        using SafetensorsFile file = SafetensorsFile.Open(File);
        Assert.That(file.ReadFloats("w"), Is.EqualTo(new[] { 3f }));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void AnOpenFileCanBeReplaced()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("w", [1], new float[] { 1 });
        writer.Save(File);
        using SafetensorsFile old = SafetensorsFile.Open(File);
        var next = new SafetensorsWriter();
        next.Add<float>("w", [1], new float[] { 2 });
        next.Save(File);
        using SafetensorsFile @new = SafetensorsFile.Open(File);
        Assert.That((old.ReadFloats("w")[0], @new.ReadFloats("w")[0]), Is.EqualTo((1f, 2f)));
    }

    [Test]
    public void WrongTensorsAreRefusedByName()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("w", [1], new float[] { 1 });
        Refuses(() => writer.Add<float>("w", [1], new float[] { 1 }), "'w' is given twice");
        Refuses(() => writer.Add<float>("v", [2, 2], new float[3]), "'v': 3 values for shape (2, 2)");
        Refuses(() => writer.Add<float>("__metadata__", [1], new float[1]), "reserved");
        Refuses(() => writer.Add<float>("a\ud800b", [1], new float[1]), "lone surrogate at 1");
        Refuses(() => writer.Add<float>(new string('x', 70_000), [1], new float[1]), "exceeds 65536 bytes");
        Refuses(() => writer.Add("f4", WeightType.F4, [3], _ => { }), "12 bits");
        writer.AddMetadata("k", "1");
        Refuses(() => writer.AddMetadata("k", "2"), "'k' is given twice");
    }

    [Test]
    public void UnwritableTargetIsNamed()
    {
        var writer = new SafetensorsWriter();
        string target = Path.Combine(_folder, "missing", "model.safetensors");
        Assert.That(() => writer.Save(target), Throws.InstanceOf<WeightFileException>().With.Message.StartsWith(target));
    }

    private static void Refuses(Action request, string words) =>
        Assert.That(Assert.Throws<ArgumentException>(() => request())!.Message, Does.Contain(words));

    private static void Save(string path, IEnumerable<KeyValuePair<string, (WeightType Type, long[] Extents, byte[] Bytes)>> tensors)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("fórmat", "<rawser>");
        foreach ((string name, (WeightType type, long[] extents, byte[] bytes)) in tensors)
        {
            writer.Add(name, type, extents, stream => stream.Write(bytes));
        }

        writer.Save(path);
    }
}
