namespace RawSer.Engine.Tests;

/// <summary>Blocks of the pool that only finalisers give back.</summary>
internal static class ForgottenMemory
{
    /// <summary>What other tests forgot goes back to the pool now, and not in the middle of a test that counts bytes.</summary>
    public static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Tensor.Zeros([1]).Dispose(); // the next allocation after the finalisers takes the blocks back
    }
}
