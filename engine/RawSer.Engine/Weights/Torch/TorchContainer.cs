using RawSer.Weights.Containers;

namespace RawSer.Weights.Torch;

/// <summary>What the two forms of a checkpoint have in common once they are read.</summary>
internal abstract class TorchContainer(TorchTree tree)
{
    /// <summary>Most bytes of a pickle.</summary>
    public const long MaxPickleBytes = 64 << 20;

    public TorchTree Tree => tree;

    /// <summary>Checks the data of a storage before its first use.</summary>
    /// <exception cref="WeightFileException">The data are corrupt.</exception>
    public abstract void Verify(TorchStorage storage);

    /// <summary>The tree of a pickled value.</summary>
    protected static TorchTree TreeOf(MappedFile file, string part, object? root)
    {
        try
        {
            return TorchTree.Of(root);
        }
        catch (PickleException e)
        {
            throw new WeightFileException(file.Path, null, $"{part}: {e.Message}", e);
        }
    }
}
