using RawSer.GoldenCheck;
using RawSer.Kernels;
using RawSer.Weights;
using RawSer.Weights.Renaming;
using RawSer.Weights.Synthesis;

namespace RawSer.Engine.Tests.Weights;

/// <summary>One entry point for all formats, renaming, and procedural weights.</summary>
public sealed class FormatTests
{
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawser-weights-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("safetensors/st_dtype_f32.safetensors", WeightFormat.Safetensors)]
    [TestCase("torch/pt_zip_f32.pth", WeightFormat.TorchZip)]
    [TestCase("torch/pt_legacy_vgg16_style.pth", WeightFormat.TorchLegacy)]
    [TestCase("torch/shards/pytorch_model.bin.index.json", WeightFormat.ShardIndex)]
    [TestCase("numpy/np_dtype_f32.npy", WeightFormat.Npy)]
    [TestCase("numpy/np_npz_stored.npz", WeightFormat.Npz)]
    [TestCase("../keras/tiny.weights.h5", WeightFormat.Hdf5)]
    public void Formats_are_recognised_by_content(string file, WeightFormat format)
    {
        string path = Path.Combine(GoldenData.Root, "weights", file);
        string renamed = Path.Combine(_folder, "file.dat");
        File.Copy(path, renamed);

        Assert.That(WeightFormats.Detect(renamed), Is.EqualTo(format));
        using WeightSource source = WeightSource.Open(path);
        Assert.That(source.Entries, Is.Not.Empty);
    }

    [TestCase("torch", "pt_bad_exec_posix", "posix.system")]
    [TestCase("torch", "pt_bad_not_html", "web page")]
    [TestCase("torch", "pt_bad_tar", "tar")]
    [TestCase("numpy", "np_bad_object_exec", "pickle")]
    public void The_entry_point_refuses_hostile_files(string folder, string name, string word)
    {
        string path = Directory.EnumerateFiles(Path.Combine(GoldenData.Root, "weights", folder), name + ".*").Single();
        WeightFileException error = Assert.Throws<WeightFileException>(() => WeightSource.Open(path))!;
        Assert.That(error.Message, Does.Contain(word).And.Not.Contain("\n"));
    }

    /// <summary>Found by mutation: a group whose local heap gives two datasets one name.</summary>
    [Test]
    public void Two_datasets_of_one_name_are_refused()
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(GoldenData.Root, "keras", "tiny.weights.h5"));
        int at = bytes.AsSpan().IndexOf("0\0\0\0\0\0\0\01\0\0\0"u8);
        Assert.That(at, Is.Positive);
        bytes[at] = (byte)'1';
        string path = Path.Combine(_folder, "twice.h5");
        File.WriteAllBytes(path, bytes);

        Assert.That(Assert.Throws<WeightFileException>(() => WeightSource.Open(path))!.Message, Does.Contain("duplicate"));
    }

    /// <summary>The values of tests/goldens' formula; the first and the far elements are from the Python generator.</summary>
    [Test]
    public void Procedural_values_are_those_of_the_generator()
    {
        Assert.That(ProceduralTensor.Hash("1:audio"), Is.EqualTo(0x9f0e1cf44b1a9d3c));
        var audio = new ProceduralTensor("audio", [8], 0, 1);
        float[] values = new float[4];
        audio.Fill(1, 0, values);
        Assert.That(values, Is.EqualTo(new[] { -0.08476424217224121f, -0.3241095542907715f, -0.26775920391082764f, 0.0839395523071289f }));
        new ProceduralTensor("image", [1], 0, 1).Fill(1, 8589934592, values);
        Assert.That(values, Is.EqualTo(new[] { -0.21077191829681396f, -0.25954580307006836f, 0.8743020296096802f, -0.06496047973632812f }));
    }

    [Test]
    public void Ranges_follow_the_published_rule()
    {
        Dictionary<string, ProceduralTensor> base12 = Architecture.Get("wav2vec2-base").Tensors.ToDictionary(tensor => tensor.Name);
        Assert.That(base12["feature_extractor.conv_layers.0.conv.weight"].Scale, Is.EqualTo(0.7745966692414834));
        Assert.That(base12["encoder.pos_conv_embed.conv.parametrizations.weight.original0"], Has.Property("Base").EqualTo(2.449489742783178).And.Property("Scale").EqualTo(0.4898979485566356));
        Assert.That(base12["feature_projection.layer_norm.weight"], Has.Property("Base").EqualTo(1).And.Property("Scale").EqualTo(0.2));
        Assert.That(Architecture.Get("vgg16").Tensors.Single(tensor => tensor.Name == "classifier.6.weight").Scale, Is.EqualTo(0.038273277230987154));
    }

    /// <summary>378 MB: opening maps the file, so the first tensor is there at once, and nothing is copied.</summary>
    [Test]
    public void A_large_file_is_mapped()
    {
        string path = Path.Combine(_folder, "base.safetensors");
        Architecture architecture = Architecture.Get("wav2vec2-base");
        architecture.Save(path, 1);
        Assert.That(new FileInfo(path).Length, Is.GreaterThan(377_000_000));
        using (WeightSource warm = WeightSource.Open(path))
        {
            architecture.Check(warm);
        }

        TimeSpan least = TimeSpan.MaxValue;
        long allocated = 0;
        for (int i = 0; i < 5; i++)
        {
            allocated = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan start = Environment.CpuUsage.TotalTime; // a busy machine makes any other clock run long
            using WeightSource source = WeightSource.Open(path);
            float[] first = source.ReadFloats("masked_spec_embed");
            TimeSpan time = Environment.CpuUsage.TotalTime - start;
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            least = time < least ? time : least;
            Assert.That(first, Has.Length.EqualTo(768));
        }

        TestContext.Out.WriteLine($"first tensor after {least.TotalMilliseconds:f1} ms of processor time, {allocated / 1024} KB allocated");
        Assert.That(least.TotalMilliseconds, Is.LessThan(50));
        Assert.That(allocated, Is.LessThan(1 << 20));
    }

    [Test]
    public void A_misfit_lists_everything_with_shapes()
    {
        string path = Path.Combine(_folder, "vgg.safetensors");
        var writer = new SafetensorsWriter();
        writer.Add<float>("features.0.weight", new[] { 1, 2 }, new float[2]);
        writer.Add<float>("stray", new[] { 3 }, new float[3]);
        writer.Save(path);
        using WeightSource source = WeightSource.Open(path);

        StateDictException error = Assert.Throws<StateDictException>(() => Architecture.Get("vgg16").Check(source))!;

        Assert.That(error.Message, Does.Contain("31 missing (features.0.bias (64), features.2.weight (64, 64, 3, 3)").And.Contain("classifier.6.bias (1000)")
            .And.Contain("1 unexpected (stray (3))").And.Contain("features.0.weight: expected shape (64, 3, 3, 3), found shape (1, 2)").And.Not.Contain("\n"));
    }

    [Test]
    public void A_map_that_does_not_cover_a_file_lists_what_it_lacks()
    {
        string path = Path.Combine(_folder, "other.safetensors");
        var writer = new SafetensorsWriter();
        writer.Add<float>("a", new[] { 2 }, new float[2]);
        writer.Add<float>("b", new[] { 3 }, new float[3]);
        writer.Save(path);
        using WeightSource source = WeightSource.Open(path);

        WeightFileException error = Assert.Throws<WeightFileException>(() => RenamedSource.Create(source, RenameMap.Open("vgg16-timm")))!;

        Assert.That(error.Message, Does.Contain("2 problems").And.Contain("'a' (2)").And.Contain("'b' (3)"));
    }

    [Test]
    public void Both_spellings_of_weight_norm_fold_to_the_same_weights()
    {
        float[] directions = [3, 4, 0, 5, 12, 0];
        float[] magnitudes = [10, 26];
        string[] spellings = ["weight_g|weight_v", "parametrizations.weight.original0|parametrizations.weight.original1"];
        foreach (string[] names in spellings.Select(spelling => spelling.Split('|')))
        {
            string path = Path.Combine(_folder, names[0] + ".safetensors");
            var writer = new SafetensorsWriter();
            writer.Add<float>($"conv.{names[0]}", new[] { 1, 1, 2 }, magnitudes);
            writer.Add<float>($"conv.{names[1]}", new[] { 1, 3, 2 }, new[] { directions[0], directions[3], directions[1], directions[4], directions[2], directions[5] });
            writer.Save(path);
            using WeightSource source = WeightSource.Open(path);
            using RenamedSource folded = RenamedSource.Create(source, RenameMap.Open("weight-norm-fold"));

            Assert.That(folded.Entries.Select(entry => entry.Name), Is.EqualTo(new[] { "conv.weight" }));
            Assert.That(folded.ReadFloats("conv.weight"), Is.EqualTo(new float[] { 6, 10, 8, 24, 0, 0 }).Within(1e-5f));
        }
    }
}
