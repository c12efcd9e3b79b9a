namespace RawSer.Kernels.Tests;

/// <summary>Views against the indices that they stand for.</summary>
public sealed class LayoutTests
{
    [Test]
    public void A_random_chain_of_views_shows_the_elements_that_its_definition_names()
    {
        Random random = new(1);
        for (int round = 0; round < 400; round++)
        {
            int[] extents = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(1, 6))];
            Layout layout = Layout.RowMajor(extents, offset: random.Next(3));
            List<long> expected = [.. Positions(layout)];
            for (int step = 0; step < 4; step++)
            {
                Layout before = layout;
                (string name, layout, Func<int[], int[]> source) = Random(random, before); // from an index of the result to one of the layout before
                long[] positions = [.. Positions(layout)];
                long[] meant = [.. Indices(layout.Shape).Select(index => Position(before, source(index)))];
                Assert.That(positions, Is.EqualTo(meant), $"round {round}: {name} of {before.Shape}");
            }

            Assert.That(expected, Is.EqualTo(Enumerable.Range(0, expected.Count).Select(i => expected[0] + i)), "row-major is dense");
        }
    }

    [Test]
    public void Reshape_keeps_the_order_of_elements_or_says_that_no_strides_can()
    {
        Layout dense = Layout.RowMajor([4, 6, 5]);
        Layout permuted = dense.Permute([1, 0, 2]); // (6, 4, 5)
        foreach (Layout layout in new[] { dense, permuted, dense.Slice(2, 0, 3), dense.Slice(0, 0, 2, 2), Layout.RowMajor([4, 1, 5]).BroadcastTo([4, 6, 5]) })
        {
            foreach (Shape shape in Factorizations((int)layout.Shape.ElementCount))
            {
                if (layout.Reshape(shape) is { } reshaped)
                {
                    Assert.That(Positions(reshaped), Is.EqualTo(Positions(layout)), $"{layout.Shape} as {shape}");
                }
                else
                {
                    Assert.That(layout.IsContiguous, Is.False);
                }
            }
        }

        Assert.That(permuted.Reshape([24, 5]), Is.Null, "rows of another order have no common stride");
        Assert.That(permuted.Reshape([6, 2, 2, 5]), Is.Not.Null, "a dimension can always be split");
    }

    [Test]
    public void What_does_not_fit_is_refused_with_both_shapes()
    {
        Layout layout = Layout.RowMajor([2, 3, 4]);
        Assert.That(() => layout.Permute([0, 1]), Refuses("(2, 3, 4): 2 dimensions given, expected 3"));
        Assert.That(() => layout.Permute([0, 1, 1]), Refuses("names a dimension twice"));
        Assert.That(() => layout.Slice(1, 2, 2), Refuses("reach beyond extent 3"));
        Assert.That(() => layout.Slice(1, -1, 2), Refuses("start -1"));
        Assert.That(() => layout.Slice(1, 0, 2, 0), Refuses("step 0"));
        Assert.That(() => layout.Reshape([5, 5]), Refuses("holds 24 elements"));
        Assert.That(() => layout.BroadcastTo([2, 3]), Refuses("(2, 3, 4) does not fit (2, 3)"));
        Assert.That(() => layout.BroadcastTo([2, 5, 4]), Refuses("does not fit"));
        Assert.That(() => layout.Slice(1, 1, int.MaxValue, int.MaxValue), Refuses("reach beyond"));
    }

    private static NUnit.Framework.Constraints.ContainsConstraint Refuses(string text) => Throws.ArgumentException.With.Message.Contains(text);

    private static (string Name, Layout Layout, Func<int[], int[]> Source) Random(Random random, Layout layout)
    {
        int rank = layout.Shape.Rank, dim = random.Next(rank);
        int[] dims = [.. Enumerable.Range(0, rank)];
        random.Shuffle(dims);
        int step = random.Next(1, 4), start = random.Next(layout.Shape[dim]), lead = random.Next(1, 3);
        int length = random.Next(1, ((layout.Shape[dim] - start - 1) / step) + 2);
        int[] Permuted(int[] index) => [.. Enumerable.Range(0, rank).Select(d => index[Array.IndexOf(dims, d)])];
        int[] Sliced(int[] index) => [.. index.Select((at, d) => d == dim ? start + (at * step) : at)];
        return random.Next(3) switch
        {
            0 => ($"permute ({string.Join(", ", dims)})", layout.Permute(dims), Permuted),
            1 => ($"slice of {dim} from {start}, {length} times {step}", layout.Slice(dim, start, length, step), Sliced),
            _ => ($"broadcast to {lead} times", layout.BroadcastTo([lead, .. layout.Shape.AsSpan()]), index => index[1..]),
        };
    }

    private static IEnumerable<long> Positions(Layout layout) => Indices(layout.Shape).Select(index => Position(layout, index));

    private static long Position(Layout layout, int[] index)
    {
        long at = layout.Offset;
        for (int d = 0; d < index.Length; d++)
        {
            at += index[d] * layout.Strides[d];
        }

        return at;
    }

    /// <summary>All indices in row-major order.</summary>
    private static IEnumerable<int[]> Indices(Shape shape)
    {
        for (long i = 0; i < shape.ElementCount; i++)
        {
            int[] index = new int[shape.Rank];
            long rest = i;
            for (int d = shape.Rank - 1; d >= 0; d--)
            {
                index[d] = (int)(rest % shape[d]);
                rest /= shape[d];
            }

            yield return index;
        }
    }

    /// <summary>All shapes of one to three dimensions with so many elements.</summary>
    private static IEnumerable<Shape> Factorizations(int count)
    {
        yield return [count];
        foreach (int a in Enumerable.Range(1, count).Where(a => count % a == 0))
        {
            yield return [a, count / a];
            foreach (int b in Enumerable.Range(1, count / a).Where(b => count / a % b == 0))
            {
                yield return [a, b, count / a / b];
            }
        }
    }
}
