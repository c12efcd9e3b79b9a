namespace RawSer.Models.Wav2Vec2;

/// <summary>How many spans are masked.</summary>
/// <param name="Probability">Share of the positions that the spans would cover if none overlapped.</param>
/// <param name="Length">Positions in a span.</param>
/// <param name="MinMasks">At least so many spans in each row, where they fit.</param>
public readonly record struct SpanMaskOptions(double Probability, int Length, int MinMasks);

/// <summary>
/// Random spans in the rows of a batch, as transformers' <c>_compute_mask_indices</c> draws them (SpecAugment, Park et al. 2019): the number of
/// spans is <c>int(p * length / span + e)</c> with one e uniform in [0, 1) for all rows, their starts are drawn without replacement, and they may overlap.
/// </summary>
public static class SpanMask
{
    /// <summary>Draws a mask.</summary>
    /// <param name="options">How many spans.</param>
    /// <param name="rowLength">Positions in a row.</param>
    /// <param name="lengths">Positions of each row that are no padding.</param>
    /// <param name="random">Random numbers.</param>
    /// <returns>(rows, positions), true where masked.</returns>
    /// <exception cref="ArgumentException">A span is longer than a row.</exception>
    public static bool[] Draw(SpanMaskOptions options, int rowLength, IReadOnlyList<int> lengths, Generator random)
    {
        random.StartBlock();
        double epsilon = random.NextDouble();
        int[] spans = [.. lengths.Select(length => Spans(options, rowLength, length, epsilon))];
        bool[] mask = new bool[checked(lengths.Count * rowLength)];
        bool any = Spans(options, rowLength, rowLength, epsilon) > 0;
        for (int row = 0; row < spans.Length; row++)
        {
            Span<bool> positions = mask.AsSpan(row * rowLength, rowLength);
            int choices = lengths[row] - options.Length + 1;
            foreach (int start in Starts(choices, spans[row], random))
            {
                positions.Slice(start, options.Length).Fill(true);
            }

            // The library fills the list of starts of a row without spans with the last position, so that one frame is masked.
            if (spans[row] == 0 && any)
            {
                positions[^1] = true;
            }
        }

        return mask;
    }

    /// <summary>Number of spans of a row.</summary>
    /// <param name="options">How many spans.</param>
    /// <param name="rowLength">Positions in a row.</param>
    /// <param name="length">Positions that are no padding.</param>
    /// <param name="epsilon">The random number of the call, in [0, 1).</param>
    /// <exception cref="ArgumentException">A span is longer than a row.</exception>
    public static int Spans(SpanMaskOptions options, int rowLength, int length, double epsilon)
    {
        if (options.Length < 1 || options.Length > rowLength)
        {
            throw new ArgumentException($"a mask of spans of {options.Length} positions in rows of {rowLength}: expected spans of 1 to {rowLength}; use longer clips or switch the mask off (mask_time_prob 0)");
        }

        int count = Math.Max((int)((options.Probability * length / options.Length) + epsilon), options.MinMasks);
        if ((long)count * options.Length > rowLength)
        {
            count = rowLength / options.Length;
        }

        return Math.Min(count, Math.Max(length - (options.Length - 1), 0));
    }

    /// <summary>Different numbers below a bound: the first of a shuffle.</summary>
    private static IEnumerable<int> Starts(int choices, int count, Generator random)
    {
        int[] order = count > 0 ? [.. Enumerable.Range(0, choices)] : [];
        for (int i = 0; i < count; i++)
        {
            int j = i + random.NextInt(choices - i);
            (order[i], order[j]) = (order[j], order[i]);
            yield return order[i];
        }
    }
}
