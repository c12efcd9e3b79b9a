namespace RawSer.Kernels.Tests.Device;

public sealed class StepJournalTests
{
    [TestCase(1, 3)]
    [TestCase(13, 7)]
    [TestCase(40, 70)]
    public void Rows_are_losses_and_the_examples_whose_first_largest_logit_is_their_class(int examples, int classes)
    {
        const int Steps = 5;
        Random random = new(examples);
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        using StepJournal journal = new(emulator.Backend, Steps);
        foreach (int steps in (int[])[Steps, 2]) // the second read begins again
        {
            StepResult[] expected = new StepResult[steps];
            for (int step = 0; step < steps; step++)
            {
                float[] logits = [.. Enumerable.Range(0, examples * classes).Select(_ => (float)random.Next(4))]; // many are equal
                long[] labels = [.. Enumerable.Range(0, examples).Select(_ => (long)random.Next(Math.Min(4, classes)))];
                float loss = random.NextSingle();
                View x = arrays.Of([examples, classes], i => logits[i]), l = arrays.Of([1], _ => loss), t = Longs(arrays, labels);
                journal.Append(emulator.Send(l), emulator.Send(x), emulator.Send(t));
                expected[step] = new(loss, logits.Chunk(classes).Zip(labels).Count(e => Array.IndexOf(e.First, e.First.Max()) == e.Second));
            }

            journal.BeginRead(steps);
            Assert.That(journal.Take().ToArray(), Is.EqualTo(expected));
        }
    }

    private static unsafe View Longs(DenseArrays arrays, long[] values)
    {
        View view = arrays.Empty([values.Length], DType.I64);
        values.CopyTo(new Span<long>(view.Pointer<long>(), values.Length));
        return view;
    }
}
