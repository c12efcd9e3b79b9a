using RawSer.Kernels;
using RawSer.Weights;

namespace RawSer.Engine.Tests.Weights;

public sealed class SafetensorsReadingTests
{
    private string _folder = "";

    private string File => Path.Combine(_folder, "model.safetensors");

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawser-weights-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void HalfTypesWidenExactly()
    {
        // More elements than one conversion chunk holds, all bit patterns of each type among them.
        byte[] bytes = new byte[4 * 65536];
        for (int i = 0; i < bytes.Length / 2; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), (ushort)i);
        }

        var writer = new SafetensorsWriter();
        writer.Add("half", DType.F16, [131072], stream => stream.Write(bytes));
        writer.Add("brain", DType.BF16, [131072], stream => stream.Write(bytes));
        writer.Save(File);
        using SafetensorsFile file = SafetensorsFile.Open(File);
        float[] half = file.ReadFloats("half");
        float[] brain = file.ReadFloats("brain");
        for (int i = 0; i < half.Length; i++)
        {
            Assert.That(half[i], Is.EqualTo((float)BitConverter.UInt16BitsToHalf((ushort)i)), $"F16 {i:x4}");
            Assert.That(brain[i], Is.EqualTo(BitConverter.UInt32BitsToSingle((uint)(ushort)i << 16)), $"BF16 {i:x4}");
        }
    }

    [Test]
    public void DoublesRoundToFloat()
    {
        double[] values = [0.1, -1e300, 1e-50, double.NaN, 1 + 1e-12];
        Save(writer => writer.Add<double>("x", [5], values));
        using SafetensorsFile file = SafetensorsFile.Open(File);
        Assert.That(file.ReadFloats("x"), Is.EqualTo(new[] { 0.1f, float.NegativeInfinity, 0f, float.NaN, 1f }));
        Assert.That(file.Read<double>("x"), Is.EqualTo(values));
    }

    [Test]
    public void PartOfATensorIsRead()
    {
        Save(writer => writer.Add<float>("x", [2, 3], new float[] { 0, 1, 2, 3, 4, 5 }));
        using SafetensorsFile file = SafetensorsFile.Open(File);
        float[] part = new float[3];
        file.ReadFloats(file["x"], 2, part);
        Assert.That(part, Is.EqualTo(new float[] { 2, 3, 4 }));
        Assert.That(() => file.ReadFloats(file["x"], 4, part), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("x F32 (2, 3)"));
        Assert.That(() => file.ReadFloats(file["x"], -1, part), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void WrongRequestsNameFileTensorAndType()
    {
        Save(writer => writer.Add<long>("label", [1], new long[] { 7 }));
        using SafetensorsFile file = SafetensorsFile.Open(File);
        Refuses(() => file.Read<float>("label"), "label", "I64", "F32");
        Refuses(() => file.ReadFloats("label"), "label", "I64", "F32");
        Refuses(() => file.ReadFloats("weight"), "weight", "holds 1 tensors", "label");
        Assert.That(file.Read<long>("label"), Is.EqualTo(new long[] { 7 }));
    }

    [Test]
    public void DisposedFileRefuses()
    {
        Save(writer => writer.Add<float>("x", [1], new float[] { 1 }));
        SafetensorsFile file = SafetensorsFile.Open(File);
        file.Dispose();
        file.Dispose();
        Assert.That(() => file.ReadFloats("x"), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void MissingFileAndFolderAreNamed()
    {
        Refuses(() => SafetensorsFile.Open(File), "model.safetensors", "not found");
        Refuses(() => SafetensorsFile.Open(_folder), _folder, "it is a folder");
        Refuses(() => WeightSource.Open(Path.Combine(_folder, "none", "model.safetensors.index.json")), "index.json", "not found");
    }

    [Test]
    public void ShapesBeyondTensorsCanBeListed()
    {
        Save(writer => writer.Add("deep", WeightType.F32, [1, 1, 1, 1, 1, 1, 1, 1, 2], stream => stream.Write(new byte[8])));
        using SafetensorsFile file = SafetensorsFile.Open(File);
        Assert.That(file["deep"].Extents, Has.Count.EqualTo(9));
        Refuses(() => file["deep"].Shape, "deep", "9 dimensions");
        Assert.That(file.ReadFloats("deep"), Has.Length.EqualTo(2));
    }

    private static void Refuses(Func<object?> request, params string[] words)
    {
        WeightFileException error = Assert.Throws<WeightFileException>(() => request())!;
        foreach (string word in words)
        {
            Assert.That(error.Message, Does.Contain(word));
        }
    }

    private void Save(Action<SafetensorsWriter> add)
    {
        var writer = new SafetensorsWriter();
        add(writer);
        writer.Save(File);
    }
}
