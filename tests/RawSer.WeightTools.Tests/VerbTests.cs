using System.Security.Cryptography;
using System.Text.Json.Nodes;
using RawSer.GoldenCheck;
using RawSer.Weights;

namespace RawSer.WeightTools.Tests;

public sealed class VerbTests
{
    private string _folder = "";

    [OneTimeSetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("rawser-weights-").FullName;

    [OneTimeTearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Inspect_lists_tensors_and_plain_values()
    {
        JsonObject json = WeightsProcess.Run("inspect", "--json", Golden("torch/pt_legacy_checkpoint.pth")).Succeeded().Json;

        Assert.That((string?)json["format"], Is.EqualTo("TorchLegacy"));
        Assert.That(json["tensors"]!.AsArray(), Has.Count.EqualTo(9));
        Assert.That((string?)json["tensors"]![0]!["name"], Is.EqualTo("state_dict.0.weight"));
        Assert.That(json["values"]!.ToJsonString(), Does.Contain("{\"path\":[\"epoch\"],\"value\":9}"));
    }

    [Test]
    public void Inspect_names_tied_tensors() =>
        Assert.That(WeightsProcess.Run("inspect", Golden("torch/pt_zip_tied.pth")).Succeeded().Output, Does.Contain("encoder.w = decoder.w"));

    [TestCase("torch/pt_bad_exec_posix.pth", "posix.system")]
    [TestCase("torch/pt_bad_zip_crc_record.pth", "CRC")]
    [TestCase("torch/pt_bad_memo_bomb_lists.pth", "limit")]
    [TestCase("numpy/np_bad_shape_2_63.npy", "shape")]
    public void Inspect_refuses_a_hostile_file_in_one_line(string file, string word) =>
        WeightsProcess.Run("inspect", Golden(file)).Failed(1, word);

    [Test]
    public void Wrong_arguments_are_usage_errors()
    {
        WeightsProcess.Run("frobnicate").Failed(2, "frobnicate");
        WeightsProcess.Run("synth", "vgg99", "-o", Path.Combine(_folder, "x")).Failed(2, "vgg99", "vgg16");
        WeightsProcess.Run("rename", "-m", "nomap", Golden("torch/pt_zip_f32.pth")).Failed(2, "nomap", "vgg16-timm");
        WeightsProcess.Run("diff", "a", "b", "--tolerance", "x").Failed(2, "'x' for option '--tolerance': expected a number", "rawser-weights diff --help");
        WeightsProcess.Run("diff", "a", "b", "--tolerance", "-1").Failed(2, "--tolerance -1", "from 0");
        WeightsProcess.Run("verify", "a", "--sha256", "xyz").Failed(2, "--sha256 xyz", "hexadecimal");
        WeightsProcess.Run("inspect", Path.Combine(_folder, "missing")).Failed(1, "file not found");
        WeightsProcess.Run("inspect", _folder).Failed(1, "it is a folder");
        WeightsProcess.Run("synth", "vgg16-features", "-o", Path.Combine(_folder, "none", "x")).Failed(1, "no folder", "make it first");
    }

    [TestCase("torch/pt_zip_transposed.pth")]
    [TestCase("torch/pt_legacy_vgg16_style.pth")]
    [TestCase("torch/shards/pytorch_model.bin.index.json")]
    [TestCase("numpy/np_npz_compressed.npz")]
    [TestCase("../keras/tiny_keras3.weights.h5")]
    public void Convert_keeps_every_value(string file)
    {
        string output = Path.Combine(_folder, Path.GetFileName(file) + ".safetensors");
        WeightsProcess.Run("convert", Golden(file), "-o", output).Succeeded();
        WeightsProcess.Run("convert", Golden(file), "-o", output).Failed(2, "exists", "--force");

        using WeightSource before = WeightSource.Open(Golden(file));
        using SafetensorsFile after = SafetensorsFile.Open(output);
        Assert.That(after.Entries.Select(entry => entry.ToString()), Is.EquivalentTo(before.Entries.Select(entry => entry.ToString())));
        Assert.That(WeightsProcess.Run("diff", Golden(file), output).Succeeded().Output, Does.Contain($"{before.Entries.Count} equal, 0 different"));
    }

    /// <summary>PyTorch's hub puts the first digits of a file's SHA-256 into its name, and its download compares them.</summary>
    [Test]
    public void A_file_that_is_not_the_one_of_its_name_is_refused_by_verify_and_named_by_convert()
    {
        string golden = Golden("torch/pt_zip_f32.pth"), hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(golden)));
        string right = Path.Combine(_folder, $"right-{hash[..8]}.pth"), wrong = Path.Combine(_folder, "wrong-397923af.pth"), output = Path.Combine(_folder, "named-397923af.safetensors");
        File.Copy(golden, right);
        File.Copy(golden, wrong);

        WeightsProcess.Run("verify", right).Succeeded();
        WeightsProcess.Run("verify", wrong).Failed(1, $"its SHA-256 is {hash}, expected 397923af");
        Assert.That(WeightsProcess.Run("convert", right, "-o", output).Succeeded().Errors, Is.Empty);
        Assert.That(WeightsProcess.Run("convert", wrong, "-o", output, "--force").Succeeded().ErrorLines, Is.EqualTo(new[]
        {
            $"warning: {wrong}: its SHA-256 is {hash}, expected 397923af: the file is damaged or another one",
        }));
        Assert.That(WeightsProcess.Run("convert", output, "-o", right + ".safetensors").Succeeded().Errors, Is.Empty, "the sum is that of another format's file");
    }

    [Test]
    public void Diff_finds_names_shapes_and_values()
    {
        string first = Write("first", ("same", [1f, 2], [2]), ("value", [1f, 2], [2]), ("shape", [1f, 2], [2]), ("one", [1f], [1]));
        string second = Write("second", ("same", [1f, 2], [2]), ("value", [1f, 2.5f], [2]), ("shape", [1f, 2], [1, 2]), ("two", [1f], [1]));

        WeightsProcess result = WeightsProcess.Run("diff", first, second);

        Assert.That(result.Code, Is.EqualTo(1));
        Assert.That(result.Output, Does.Contain("value: 1 of 2 values differ, by up to 0.5").And.Contain("shape: shape (2) and (1, 2)")
            .And.Contain("one: only in the first file").And.Contain("two: only in the second file").And.Contain("1 equal, 4 different"));
    }

    [Test]
    public void Synth_verify_rename_and_diff_go_round()
    {
        string features = Path.Combine(_folder, "features.safetensors");
        WeightsProcess.Run("synth", "vgg16-features", "-o", features, "--seed", "3").Succeeded();
        JsonObject verified = WeightsProcess.Run("verify", features, "--arch", "vgg16-features", "--json").Succeeded().Json;
        Assert.That((int?)verified["tensors"], Is.EqualTo(26));
        WeightsProcess.Run("verify", features, "--arch", "vgg16").Failed(1, "6 missing", "classifier.0.weight (4096, 25088)");
        WeightsProcess.Run("verify", features, "--sha256", "00000000").Failed(1, "SHA-256", "00000000");

        string renamed = Path.Combine(_folder, "renamed.safetensors");
        WeightsProcess.Run("rename", features, "-m", "vgg16-torchvision", "-o", renamed).Succeeded();
        WeightsProcess.Run("diff", features, renamed).Succeeded();
        WeightsProcess.Run("rename", features, "-m", "wav2vec2-fairseq", "-o", renamed, "--force").Failed(1, "26 problems", "features.0.weight");
    }

    private static string Golden(string file) => Path.Combine(GoldenData.Root, "weights", file);

    private string Write(string name, params (string Name, float[] Values, int[] Shape)[] tensors)
    {
        var writer = new SafetensorsWriter();
        foreach ((string tensor, float[] values, int[] shape) in tensors)
        {
            writer.Add<float>(tensor, shape, values);
        }

        string path = Path.Combine(_folder, name + ".safetensors");
        writer.Save(path);
        return path;
    }
}
