using System.Runtime.CompilerServices;
using System.Text;
using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Weights;
using RawSer.Weights.Renaming;
using IoFile = System.IO.File;

namespace RawSer.Engine.Tests.Weights;

/// <summary>Loaded weights that are the mapped file.</summary>
[NonParallelizable] // counts memory
public sealed class MappedTensorTests
{
    private const int Rows = 128, Columns = 256;

    private string _folder = "";

    private static MemoryStats Memory => Device.Cpu.MemoryStats;

    private string File => Path.Combine(_folder, "model.safetensors");

    private static float[] Values => [.. Enumerable.Range(0, Rows * Columns).Select(i => i - 0.5f)];

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawser-mapped-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void ATensorOfAFileTakesNoMemoryOfThePoolAndGoesWithItsLastView()
    {
        Write(File, "weight", Values);
        byte[] before = IoFile.ReadAllBytes(File);
        MemoryStats start = Memory;
        Tensor tensor;
        using (WeightSource source = WeightSource.Open(File))
        {
            tensor = source.ReadTensor("weight");
        }

        using Tensor row = tensor.Select(0, 1);
        Assert.Multiple(() =>
        {
            Assert.That(tensor.IsMapped);
            Assert.That(Memory.AllocationCount, Is.EqualTo(start.AllocationCount));
            Assert.That(Memory.BytesMapped - start.BytesMapped, Is.EqualTo(Values.Length * sizeof(float)));
            Assert.That(tensor.ToArray<float>(), Is.EqualTo(Values), "the file object is closed, its memory is not");
        });
        tensor.CopyFrom<float>(new float[Values.Length]);
        Assert.That(tensor.ToArray<float>(), Is.All.Zero);
        Assert.That(IoFile.ReadAllBytes(File), Is.EqualTo(before), "what is written to the tensor stays in the process");
        tensor.Dispose();
        Assert.That(row.ToArray<float>(), Is.All.Zero, "a view keeps the mapping");
        Assert.That(MappedParts(File), Is.EqualTo(1).Or.Null);
        row.Dispose();
        Assert.That(MappedParts(File), Is.Zero.Or.Null);
        Assert.That(Memory.BytesMapped, Is.EqualTo(start.BytesMapped));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Windows does not replace a mapped file")]
    public void AFileThatIsReplacedOrDeletedLeavesItsTensorsAsTheyAre()
    {
        Write(File, "weight", Values);
        using WeightSource source = WeightSource.Open(File);
        using Tensor tensor = source.ReadTensor("weight");
        Write(File, "weight", new float[Values.Length]);
        Assert.That(tensor.ToArray<float>(), Is.EqualTo(Values));
        IoFile.Delete(File);
        Assert.That(tensor.ToArray<float>(), Is.EqualTo(Values));
    }

    [Test]
    public void AForgottenMappingIsGivenBackByItsFinaliser()
    {
        Write(File, "weight", Values);
        MemoryStats start = Memory;
        Forget();
        ForgottenMemory.Collect();
        Assert.That(Memory.AbandonedCount, Is.GreaterThan(start.AbandonedCount));
        Assert.That(Memory.BytesMapped, Is.EqualTo(start.BytesMapped));
        Assert.That(MappedParts(File), Is.Zero.Or.Null);

        [MethodImpl(MethodImplOptions.NoInlining)]
        void Forget()
        {
            using WeightSource source = WeightSource.Open(File);
            source.ReadTensor("weight");
        }
    }

    [Test]
    public void AModuleIsLoadedWithoutMemoryOfThePoolAndTrainsWithoutTheFileSeeingIt()
    {
        using (Linear saved = new Linear(Columns, Rows, bias: false).Initialize(1))
        {
            StateDict.Save(saved, File);
        }

        byte[] before = IoFile.ReadAllBytes(File);
        MemoryStats start = Memory;
        using Linear mapped = new(Columns, Rows, bias: false), copied = new(Columns, Rows, bias: false);
        StateDictReport report = StateDict.Load(mapped, File);
        Assert.That(report.Bytes, Has.Property("Mapped").EqualTo(Rows * Columns * sizeof(float)).And.Property("Copied").Zero);
        Assert.That(Memory.AllocationCount, Is.EqualTo(start.AllocationCount), "neither for initial values nor for the file's");
        report = StateDict.Load(copied, File, new StateDictOptions { Map = false });
        Assert.That(report.Bytes.CopiedBecause[CopyReason.Requested], Is.EqualTo(report.Bytes.Copied).And.EqualTo(Rows * Columns * sizeof(float)));
        Train(mapped);
        Train(copied);
        Assert.That(mapped.Weight.ToArray<float>(), Is.EqualTo(copied.Weight.ToArray<float>()));
        Assert.That(mapped.Weight.IsMapped && !copied.Weight.IsMapped);
        Assert.That(IoFile.ReadAllBytes(File), Is.EqualTo(before));
        StateDict.Save(mapped, File); // over the file that it is
        using Linear again = new(Columns, Rows, bias: false);
        StateDict.Load(again, File);
        Assert.That(again.Weight.ToArray<float>(), Is.EqualTo(copied.Weight.ToArray<float>()));
    }

    [Test]
    public void ATensorWithViewsKeepsItsMemory()
    {
        Write(File, "weight", Values);
        using Linear layer = new Linear(Columns, Rows, bias: false).Initialize(1);
        using Tensor view = layer.Weight.Detach();
        Assert.That(StateDict.Load(layer, File).Bytes.CopiedBecause.Keys, Is.EqualTo(new[] { CopyReason.Viewed }));
        Assert.That(view.ToArray<float>(), Is.EqualTo(Values));
    }

    [Test]
    public void WhatLiesAtOddPlacesOrIsOfAnotherTypeIsCopiedAndCounted()
    {
        WriteUnaligned(File, Values);
        using Linear layer = new(Columns, Rows, bias: false);
        StateDictReport report = StateDict.Load(layer, File);
        Assert.That(report.Bytes.CopiedBecause[CopyReason.Unaligned], Is.EqualTo(report.Bytes.Copied).And.EqualTo(Values.Length * sizeof(float)));
        Assert.That(layer.Weight.ToArray<float>(), Is.EqualTo(Values));
        using (WeightSource source = WeightSource.Open(File))
        using (Tensor tensor = source.ReadTensor("weight"))
        {
            Assert.That(tensor.IsMapped, Is.False);
            Assert.That(tensor.ToArray<float>(), Is.EqualTo(Values));
        }

        SafetensorsWriter writer = new();
        writer.Add<double>("weight", [Rows, Columns], Array.ConvertAll(Values, value => (double)value));
        writer.Save(File);
        report = StateDict.Load(layer, File);
        Assert.That(report.Bytes.CopiedBecause[CopyReason.Converted], Is.EqualTo(report.Bytes.Copied).And.EqualTo(Values.Length * sizeof(float)));
        Assert.That(layer.Weight.ToArray<float>(), Is.EqualTo(Values));
    }

    [Test]
    public void SmallTensorsAndTruthValuesAreCopied()
    {
        SafetensorsWriter writer = new();
        writer.Add<float>("small", [4], new float[] { 1, 2, 3, 4 });
        writer.Add<bool>("flags", [1 << 17], Enumerable.Repeat(true, 1 << 17).ToArray());
        writer.Save(File);
        using WeightSource source = WeightSource.Open(File);
        using Tensor small = source.ReadTensor("small"), flags = source.ReadTensor("flags");
        Assert.That(small.IsMapped || flags.IsMapped, Is.False);
        Assert.That(small.ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
        Assert.That(flags.ToArray<bool>(), Is.All.True);
    }

    /// <summary>A tensor of truth values from a file must hold 0 and 1 only, as <see cref="WeightSource.Read{T}"/> asks.</summary>
    [Test]
    public void ATruthValueThatIsNeither0Nor1IsRefused()
    {
        SafetensorsWriter writer = new();
        writer.Add<bool>("flags", [4], new[] { true, false, true, true });
        writer.Save(File);
        byte[] bytes = IoFile.ReadAllBytes(File);
        bytes[^2] = 7;
        IoFile.WriteAllBytes(File, bytes);
        using WeightSource source = WeightSource.Open(File);
        Assert.That(() => source.ReadTensor("flags"), Throws.TypeOf<WeightFileException>().With.Message.Contains("BOOL element 2 is stored as 7"));
    }

    [Test]
    public void ShardsAreMappedAndRenamedTensorsUnlessTheirLayoutChanges()
    {
        Write(Path.Combine(_folder, "a.safetensors"), "features.0.bias", Values);
        string index = Path.Combine(_folder, "model.safetensors.index.json");
        IoFile.WriteAllText(index, """{"metadata": {}, "weight_map": {"features.0.bias": "a.safetensors"}}""");
        using WeightSource source = WeightSource.Open(index);
        using WeightSource renamed = RenamedSource.Create(source, Map("")), turned = RenamedSource.Create(source, Map(""", "op": "permute", "axes": [1, 0]"""));
        using Tensor shard = source.ReadTensor("features.0.bias"), other = renamed.ReadTensor("b"), transposed = turned.ReadTensor("b");
        Assert.That(shard.IsMapped && other.IsMapped && !transposed.IsMapped);
        Assert.That(shard.ToArray<float>(), Is.EqualTo(Values));
        Assert.That(other.ToArray<float>(), Is.EqualTo(Values));
        Assert.That(transposed.Transpose(0, 1).ToArray<float>(), Is.EqualTo(Values));
    }

    private RenameMap Map(string layout)
    {
        string path = Path.Combine(_folder, "map.json");
        IoFile.WriteAllText(path, $$"""{"description": "test", "rules": [{"from": "features.0.bias", "to": "b"{{layout}}}]}""");
        return RenameMap.Open(path);
    }

    private static void Write(string path, string name, float[] values)
    {
        SafetensorsWriter writer = new();
        writer.Add<float>(name, [Rows, Columns], values);
        writer.Save(path);
    }

    /// <summary>A header of odd length, which the format allows.</summary>
    private static void WriteUnaligned(string path, float[] values)
    {
        string header = $$$"""{"weight":{"dtype":"F32","shape":[{{{Rows}}},{{{Columns}}}],"data_offsets":[0,{{{values.Length * sizeof(float)}}}]}}""";
        header += header.Length % 2 == 0 ? " " : "";
        using BinaryWriter stream = new(IoFile.Create(path));
        stream.Write((long)header.Length);
        stream.Write(Encoding.UTF8.GetBytes(header));
        foreach (float value in values)
        {
            stream.Write(value);
        }
    }

    private static void Train(Linear layer)
    {
        using Adam optimizer = new(layer.Parameters(), 1e-3);
        using Tensor input = new Generator(2).Normal([4, Columns]);
        for (int step = 0; step < 2; step++)
        {
            using TensorScope scope = Tensor.Scope();
            Tensor y = layer.Forward(input);
            (y * y).Sum().Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
        }
    }

    /// <summary>Parts of the file in this process's memory, or null where the system does not tell.</summary>
    private static int? MappedParts(string path) =>
        OperatingSystem.IsLinux() ? IoFile.ReadLines("/proc/self/maps").Count(line => line.EndsWith(path, StringComparison.Ordinal)) : null;
}
