namespace RawSer.Gpu.Dialect;

/// <summary>Questions to all lanes of a warp. None may stay away or have returned.</summary>
public static class Vote
{
    /// <summary>Bit i tells whether <paramref name="predicate"/> holds in lane i.</summary>
    public static uint Ballot(bool predicate)
    {
        CudaAsm.Emit("vote.sync.ballot.b32 %0, %1, 0xffffffff;", out uint lanes, predicate);
        return lanes;
    }

    /// <summary>Whether <paramref name="predicate"/> holds in all lanes.</summary>
    public static bool All(bool predicate) => Ballot(predicate) == uint.MaxValue;

    /// <summary>Whether <paramref name="predicate"/> holds in some lane.</summary>
    public static bool Any(bool predicate) => Ballot(predicate) != 0;
}
