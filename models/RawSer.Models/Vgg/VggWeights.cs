using System.Runtime.InteropServices;
using System.Security.Cryptography;
using RawSer.Nn;
using RawSer.Weights;
using RawSer.Weights.Renaming;
using RawSer.Weights.Synthesis;

namespace RawSer.Models.Vgg;

/// <summary>Weights of VGG16's convolutions from published files.</summary>
public static class VggWeights
{
    private const string Convolutions = "features.", Classifier = "classifier.";

    /// <summary>
    /// Loads the convolutions from a file of torchvision, timm or Keras, with or without the dense layers, in any format that
    /// <see cref="WeightSource"/> reads.
    /// </summary>
    /// <returns>How the file fitted, and what it says of itself.</returns>
    /// <exception cref="WeightFileException">The file is missing or broken, or its names are those of no known library.</exception>
    /// <exception cref="StateDictException">Its tensors do not fit.</exception>
    public static StateDictReport Load(VggFeatures features, string path)
    {
        using WeightSource file = WeightSource.Open(path);
        using WeightSource source = Named(file);
        return StateDict.Load(features, source, new StateDictOptions { Prefix = Convolutions, Ignore = [Classifier] });
    }

    /// <summary>Fills the convolutions with procedural values (<see cref="ProceduralTensor"/>): they stand in for trained ones where none are at hand.</summary>
    public static void Synthesize(VggFeatures features, int seed)
    {
        Dictionary<string, ProceduralTensor> tensors = Weights.Synthesis.Architecture.Get("vgg16-features").Tensors.ToDictionary(tensor => tensor.Name);
        foreach (NamedTensor parameter in features.NamedParameters())
        {
            float[] values = new float[parameter.Value.ElementCount];
            tensors[Convolutions + parameter.Name].Fill(seed, 0, values);
            parameter.Value.CopyFrom<float>(values);
        }
    }

    /// <summary>SHA-256 of all values, in hexadecimal: what names results that were computed with them.</summary>
    public static string Fingerprint(VggFeatures features)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (NamedTensor parameter in features.NamedParameters())
        {
            hash.AppendData(MemoryMarshal.AsBytes(parameter.Value.ToArray<float>().AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static RenamedSource Named(WeightSource file)
    {
        if (file.Entries.Any(entry => entry.Name.Contains("block1_conv1", StringComparison.Ordinal) || entry.Name.EndsWith("/conv2d/vars/0", StringComparison.Ordinal)))
        {
            return RenamedSource.Create(file, RenameMap.Open("vgg16-keras"));
        }

        bool timm = file.Entries.Any(entry => entry.Name.StartsWith("pre_logits.", StringComparison.Ordinal) || entry.Name.StartsWith("head.", StringComparison.Ordinal));
        return RenamedSource.Create(file, RenameMap.Open(timm ? "vgg16-timm" : "vgg16-torchvision"));
    }
}
