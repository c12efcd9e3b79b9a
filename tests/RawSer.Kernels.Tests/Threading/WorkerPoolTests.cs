namespace RawSer.Kernels.Tests;

/// <summary>Jobs on the engine's threads.</summary>
public sealed class WorkerPoolTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(10_000)]
    public void Every_part_is_done_once(int count)
    {
        int[] done = new int[count];
        WorkerPool.Shared.Run(count, new Each(i => Interlocked.Increment(ref done[i])));
        Assert.That(done, Is.All.EqualTo(1));
    }

    [Test]
    public void The_exception_of_a_part_reaches_the_caller_and_the_pool_works_on()
    {
        for (int round = 0; round < 50; round++)
        {
            int bad = round % 8;
            Assert.That(
                () => WorkerPool.Shared.Run(8, new Each(i =>
                {
                    if (i == bad)
                    {
                        throw new InvalidDataException($"part {i}");
                    }
                })),
                Throws.InstanceOf<InvalidDataException>().With.Message.EqualTo($"part {bad}"));
            Every_part_is_done_once(100);
        }
    }

    [TestCase(0)]
    [TestCase(7)]
    public void Parts_behind_one_that_takes_long_are_done_by_others(int slow)
    {
        Assume.That(WorkerPool.Shared.ThreadCount, Is.GreaterThan(1));
        using CountdownEvent others = new(7);
        bool inTime = false;
        WorkerPool.Shared.Run(8, new Each(i =>
        {
            if (i == slow)
            {
                inTime = others.Wait(TimeSpan.FromSeconds(30));
            }
            else
            {
                others.Signal();
            }
        }));
        Assert.That(inTime);
    }

    [Test]
    public void A_job_inside_a_part_is_done_too()
    {
        int[] done = new int[16 * 16];
        WorkerPool.Shared.Run(16, new Each(i => WorkerPool.Shared.Run(16, new Each(j => Interlocked.Increment(ref done[(i * 16) + j])))));
        Assert.That(done, Is.All.EqualTo(1));
    }

    [Test]
    public void Jobs_of_many_threads_at_once_are_all_done()
    {
        const int Callers = 8, Jobs = 300, Parts = 24;
        long sum = 0;
        Thread[] threads = [.. Enumerable.Range(0, Callers).Select(_ => new Thread(() =>
        {
            for (int job = 0; job < Jobs; job++)
            {
                WorkerPool.Shared.Run(Parts, new Each(i => Interlocked.Add(ref sum, i + 1)));
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.That(sum, Is.EqualTo((long)Callers * Jobs * Parts * (Parts + 1) / 2));
    }

    [Test]
    public void A_job_after_the_workers_have_gone_to_sleep_is_done()
    {
        for (int i = 0; i < 20; i++)
        {
            Thread.Sleep(i % 3); // they look for work for 50 microseconds
            Every_part_is_done_once(64);
        }
    }

    private readonly struct Each(Action<int> part) : IParallelBody
    {
        public void Invoke(int index) => part(index);
    }
}
