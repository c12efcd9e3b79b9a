namespace RawSer.Gpu.Dialect;

/// <summary>
/// Copies from global to shared memory that go on while the kernel computes (cp.async, compute capability 8.0). On older targets
/// each copy is done at once and the waits do nothing, so a kernel is written once. A barrier after <see cref="Wait"/> makes the
/// data visible to the other threads.
/// </summary>
public static class AsyncCopy
{
    /// <summary>Starts a copy of one element of 4, 8 or 16 bytes, both addresses aligned to its size.</summary>
    /// <param name="shared">An element of shared memory.</param>
    /// <param name="global">An element of global memory.</param>
    public static void Copy<T>(ref T shared, ref T global) where T : unmanaged
    {
        if (Target.HasAsyncCopy)
        {
            Device.CopyAsync(ref shared, ref global);
        }
        else
        {
            shared = global;
        }
    }

    /// <summary>Starts a copy, or of zeros where <paramref name="valid"/> does not hold; the source is not read then.</summary>
    /// <param name="shared">An element of shared memory.</param>
    /// <param name="global">An element of global memory.</param>
    /// <param name="valid">Whether to read the source.</param>
    public static void CopyOrZero<T>(ref T shared, ref T global, bool valid) where T : unmanaged
    {
        if (Target.HasAsyncCopy)
        {
            Device.CopyAsyncOrZero(ref shared, ref global, valid ? Interop.SizeOf<T>() : 0);
        }
        else if (valid)
        {
            shared = global;
        }
        else
        {
            shared = default;
        }
    }

    /// <summary>Closes a group of the copies started since the last call.</summary>
    public static void Commit()
    {
        if (Target.HasAsyncCopy)
        {
            Device.CommitAsync();
        }
    }

    /// <summary>Waits until at most <paramref name="pending"/> (a constant) of the youngest groups are under way.</summary>
    public static void Wait(int pending)
    {
        if (Target.HasAsyncCopy)
        {
            Device.WaitAsync(pending);
        }
    }
}
