using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Weights;
using IoFile = System.IO.File;

namespace RawSer.Engine.Tests.Weights;

/// <summary>Tensors of PyTorch's zip files that are the mapped file.</summary>
public sealed class MappedTorchTests
{
    private const int Rows = 96, Columns = 256;

    private string _folder = "";

    private string File => Path.Combine(_folder, "pytorch_model.bin");

    private static float[] Values => [.. Enumerable.Range(0, Rows * Columns).Select(i => i - 0.5f)];

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawser-mapped-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void AlignedRowMajorTensorsAreTheFileAndTheOthersCopies([Values(1, 2, 3, 4)] int nameLength)
    {
        TorchZipFile.Write(
            File, nameLength,
            new TorchZipFile.Entry("weight", Values, [Rows, Columns], [Columns, 1]),
            new TorchZipFile.Entry("turned", Values, [Columns, Rows], [1, Columns]),
            new TorchZipFile.Entry("small", [1, 2, 3], [3], [1]));
        byte[] before = IoFile.ReadAllBytes(File);
        WeightSource source = WeightSource.Open(File);
        bool aligned = source["weight"].Offset % sizeof(float) == 0;
        using Tensor weight = source.ReadTensor("weight"), turned = source.ReadTensor("turned"), small = source.ReadTensor("small");
        source.Dispose();
        Assert.Multiple(() =>
        {
            Assert.That(weight.IsMapped, Is.EqualTo(aligned));
            Assert.That(turned.IsMapped || small.IsMapped, Is.False);
            Assert.That(weight.ToArray<float>(), Is.EqualTo(Values));
            Assert.That(turned.Transpose(0, 1).ToArray<float>(), Is.EqualTo(Values));
            Assert.That(small.ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3 }));
        });
        weight.CopyFrom<float>(new float[Values.Length]);
        Assert.That(IoFile.ReadAllBytes(File), Is.EqualTo(before), "what is written to the tensor stays in the process");
    }

    [Test]
    public void TheReportSaysWhatIsMappedAndWhyTheRestIsCopied()
    {
        WriteLayer(aligned: true, [Columns, 1]);
        using Linear layer = new(Columns, Rows);
        LoadedBytes bytes = StateDict.Load(layer, File).Bytes;
        Assert.That($"{bytes}", Is.EqualTo($"{Rows * Columns * sizeof(float)} bytes mapped, {Rows * sizeof(float)} copied (small {Rows * sizeof(float)})"));
        Assert.That(layer.Weight.IsMapped);
        Assert.That(layer.Weight.ToArray<float>(), Is.EqualTo(Values));

        WriteLayer(aligned: false, [Columns, 1]);
        Assert.That(StateDict.Load(layer, File).Bytes.CopiedBecause[CopyReason.Unaligned], Is.EqualTo(Rows * Columns * sizeof(float)));
        WriteLayer(aligned: true, [1, Rows]);
        Assert.That(StateDict.Load(layer, File).Bytes.CopiedBecause[CopyReason.Rearranged], Is.EqualTo(Rows * Columns * sizeof(float)));
    }

    /// <summary>Every storage is compared with its checksum before it is used, whatever its length (they are summed by lanes of 16 bytes).</summary>
    [Test]
    public void DamagedValuesAreRefused()
    {
        int[] lengths = [1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1001, 1 << 16];
        TorchZipFile.Write(File, 4, [.. lengths.Select(length => new TorchZipFile.Entry($"t{length}", Values[..Math.Min(length, Values.Length)], [Math.Min(length, Values.Length)], [1]))]);
        byte[] valid = IoFile.ReadAllBytes(File);
        WeightEntry[] entries;
        using (WeightSource source = WeightSource.Open(File))
        {
            entries = [.. source.Entries];
            Assert.That(entries.SelectMany(entry => source.ReadFloats(entry.Name).Zip(Values)).All(pair => pair.First == pair.Second));
        }

        foreach (WeightEntry entry in entries)
        {
            foreach (long position in new[] { 0, entry.Length / 2, entry.Length - 1 })
            {
                byte[] damaged = [.. valid];
                damaged[entry.Offset + position] ^= 0x10;
                IoFile.WriteAllBytes(File, damaged);
                Assert.That(() => Read(entry.Name), Throws.TypeOf<WeightFileException>().With.Message.Contains("CRC"), $"{entry}, byte {position}");
            }
        }

        void Read(string name)
        {
            using WeightSource source = WeightSource.Open(File);
            source.ReadTensor(name).Dispose();
        }
    }

    /// <summary>A layer of <see cref="Columns"/> inputs whose weight begins at a multiple of four bytes, or not.</summary>
    private void WriteLayer(bool aligned, int[] stride)
    {
        for (int nameLength = 1; ; nameLength++)
        {
            TorchZipFile.Write(
                File, nameLength, new TorchZipFile.Entry("weight", Values, [Rows, Columns], stride), new TorchZipFile.Entry("bias", new float[Rows], [Rows], [1]));
            using WeightSource source = WeightSource.Open(File);
            if (source["weight"].Offset % sizeof(float) == 0 == aligned)
            {
                return;
            }
        }
    }
}
