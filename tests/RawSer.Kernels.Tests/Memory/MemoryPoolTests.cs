using System.Runtime.CompilerServices;

namespace RawSer.Kernels.Tests;

/// <summary>What a pool hands out, keeps and counts.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed unsafe class MemoryPoolTests
{
    private readonly HostMemoryPool _pool = new();

    [TearDown]
    public void Trim() => _pool.Trim();

    [Test]
    public void A_returned_block_serves_the_next_request_of_its_class()
    {
        Storage first = _pool.Allocate(1000);
        nint address = first.Address;
        first.Release();
        Storage second = _pool.Allocate(990);
        Assert.That(second.Address, Is.EqualTo(address));
        Assert.That(second.ByteLength, Is.EqualTo(990));
        second.Release();
        Assert.That(_pool.Stats, Is.EqualTo(_pool.Stats with { AllocationCount = 2, SystemAllocationCount = 1, BytesInUse = 0, AbandonedCount = 0 }));
    }

    [Test]
    public void At_most_a_quarter_of_a_block_is_unused()
    {
        for (long bytes = 64; bytes < 1 << 20; bytes += 1 + (bytes / 37))
        {
            Storage storage = _pool.Allocate(bytes);
            long taken = _pool.Stats.BytesInUse;
            Assert.That(taken, Is.InRange(bytes, bytes * 5 / 4), $"for {bytes} bytes");
            Assert.That((long)storage.Address % 64, Is.Zero, "aligned to a vector of 512 bits");
            storage.Release();
        }
    }

    [Test]
    public void A_request_beyond_the_cap_names_the_statistics_and_changes_nothing()
    {
        _pool.BytesCap = 4 << 20;
        Storage held = _pool.Allocate(3 << 20);
        InsufficientMemoryException? error = Assert.Throws<InsufficientMemoryException>(() => _pool.Allocate(2 << 20));
        Assert.That(error!.Message, Does.Contain("2,097,152 bytes").And.Contain("3 MiB in use").And.Contain("cap 4 MiB"));
        Assert.That(_pool.Stats.BytesInUse, Is.EqualTo(3 << 20));
        held.Release();
        _pool.Allocate(2 << 20).Release();
    }

    [Test]
    public void Blocks_kept_for_reuse_make_room_below_the_cap()
    {
        _pool.BytesCap = 4 << 20;
        _pool.Allocate(3 << 20).Release();
        Storage other = _pool.Allocate(2 << 20);
        Assert.That(_pool.Stats.BytesPooled, Is.Zero);
        other.Release();
    }

    [TestCase(long.MaxValue)]
    [TestCase(long.MaxValue / 2)]
    [TestCase(1L << 60)]
    public void What_no_machine_has_is_refused_as_too_much(long bytes) =>
        Assert.That(() => _pool.Allocate(bytes), Throws.InstanceOf<InsufficientMemoryException>().With.Message.StartsWith("cannot allocate"));

    [Test]
    public void The_peak_is_that_since_it_was_reset()
    {
        Storage large = _pool.Allocate(1 << 20);
        large.Release();
        Storage small = _pool.Allocate(1 << 10);
        Assert.That(_pool.Stats.PeakBytesInUse, Is.EqualTo(1 << 20));
        _pool.ResetPeak();
        Assert.That(_pool.Stats.PeakBytesInUse, Is.EqualTo(1 << 10));
        small.Release();
    }

    [Test]
    public void A_storage_goes_back_with_its_last_reference_and_not_twice()
    {
        Storage storage = _pool.Allocate(256);
        Assert.That(storage.IsUnique, Is.True);
        storage.AddReference();
        storage.Release();
        Assert.That(_pool.Stats.BytesInUse, Is.EqualTo(256));
        storage.Release();
        Assert.That(_pool.Stats.BytesInUse, Is.Zero);
        Assert.That(storage.Release, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(storage.AddReference, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void A_forgotten_storage_comes_back_and_is_counted()
    {
        Forget(_pool);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _pool.Allocate(64).Release(); // the next request collects it
        Assert.That(_pool.Stats.AbandonedCount, Is.EqualTo(1));
        Assert.That(_pool.Stats.BytesInUse, Is.Zero);
    }

    [Test]
    [NonParallelizable]
    public void Scratch_memory_of_a_thread_that_ended_comes_back_and_is_not_counted_as_forgotten()
    {
        Settle();
        MemoryStats before = HostMemoryPool.Shared.Stats;
        UseScratchOnAThread();
        Assert.That(HostMemoryPool.Shared.Stats.BytesInUse, Is.EqualTo(before.BytesInUse + (1 << 20)));
        Settle();
        MemoryStats after = HostMemoryPool.Shared.Stats;
        Assert.That(after.BytesInUse, Is.EqualTo(before.BytesInUse));
        Assert.That(after.AbandonedCount, Is.EqualTo(before.AbandonedCount));
    }

    [Test]
    public void Threads_never_share_a_block()
    {
        Thread[] threads = [.. Enumerable.Range(1, 8).Select(id => new Thread(() =>
        {
            Random random = new(id);
            for (int i = 0; i < 2000; i++)
            {
                Storage storage = _pool.Allocate(random.Next(1, 3000));
                Span<byte> bytes = new((void*)storage.Address, (int)storage.ByteLength);
                bytes.Fill((byte)id);
                if (i % 16 == 0)
                {
                    Thread.Yield();
                }

                if (bytes.ContainsAnyExcept((byte)id))
                {
                    throw new InvalidOperationException("another thread wrote here");
                }

                storage.Release();
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.That(_pool.Stats.AllocationCount, Is.EqualTo(8 * 2000));
        Assert.That(_pool.Stats.BytesInUse, Is.Zero);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(HostMemoryPool pool) => pool.Allocate(100);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UseScratchOnAThread()
    {
        Thread thread = new(() => ThreadScratch.Floats(ThreadScratch.Use.Result, 1 << 18));
        thread.Start();
        thread.Join();
    }

    private static void Settle()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        HostMemoryPool.Shared.Allocate(64).Release();
    }
}
