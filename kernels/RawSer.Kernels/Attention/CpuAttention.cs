namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <summary>Floats of scores that a part works on at a time: a quarter of a second-level cache.</summary>
    private const int ScoreBlock = 64 * 1024;

    /// <summary>Scores up to here (8 MiB) are kept for the backward pass: they may still be in a cache then.</summary>
    private const int CachedScores = 2 * 1024 * 1024;

    /// <inheritdoc/>
    /// <remarks>
    /// For each head blocks of queries: their scores against all keys in the cache, softmax of each row, and the product with v. Without
    /// <paramref name="weights"/> nothing of the size of the scores goes to memory.
    /// </remarks>
    public override void Attention(View q, View k, View v, View mask, View keep, AttentionSettings settings, View y, View weights)
    {
        int rows = QueryRows(q.Shape[2], k.Shape[2]);
        AttentionForward part = new(new HeadViews(q, k, v, mask, keep, y, weights), settings, rows, WorkerPool.PartCount(q.Shape[2], rows));
        WorkerPool.Shared.Run(part.PartCount, part);
    }

    /// <inheritdoc/>
    public override bool RecomputesAttention(Shape scores) => scores.ElementCount > CachedScores;

    /// <inheritdoc/>
    /// <remarks>
    /// A part is a head: the gradients of keys and values add up over its blocks of queries, in order. Scores that are computed again have the bits of the
    /// forward pass, because the blocks are the same.
    /// </remarks>
    public override void AttentionBackward(
        View q, View k, View v, View mask, View weights, View keep, AttentionSettings settings, View dy, View dq, View dk, View dv, View dmask)
    {
        int rows = QueryRows(q.Shape[2], k.Shape[2]);
        AttentionGradients part = new(new HeadViews(q, k, v, mask, keep, dy, weights), new HeadViews(dq, dk, dv, default, default, default, dmask), settings, rows);
        WorkerPool.Shared.Run(q.Shape[0] * q.Shape[1], part);
    }

    /// <summary>Queries of a block, all of nearly equal size.</summary>
    private static int QueryRows(int queries, int keys)
    {
        int largest = Math.Clamp(ScoreBlock / Math.Max(1, keys), 8, Math.Max(8, queries));
        int blocks = Math.Max(1, WorkerPool.PartCount(queries, largest));
        return Math.Max(1, (queries + blocks - 1) / blocks);
    }

    /// <summary>c = a b, or added to it: (m, k) times (k, n).</summary>
    private static void MultiplyHead(int m, int n, int k, Matrix a, Matrix b, Matrix c, bool accumulate = false) =>
        Multiply(new GemmProblem { M = m, N = n, K = k, A = a, B = b, C = c, Accumulate = accumulate });

    /// <summary>The softmaxes of a block of a head's queries, in rows <see cref="AttentionRow.Stride"/> apart, with zeros behind the last key.</summary>
    private static void Softmaxes(in HeadViews views, AttentionSettings settings, int head, int first, int count, float* block)
    {
        int keys = views.Keys, stride = AttentionRow.Stride(keys);
        MultiplyHead(count, keys, views.Size, views.Q(head).At(first, 0), views.K(head).Transposed, new Matrix(block, stride, 1));
        for (int i = 0; i < count; i++)
        {
            float* row = block + ((long)i * stride);
            AttentionRow.Mask(row, keys, (float)settings.Scale, settings.Causal ? first + i + 1 : keys, views.MaskRow(head, first + i));
            AttentionRow.Softmax(row, keys);
        }
    }

    private readonly struct AttentionForward(HeadViews views, AttentionSettings settings, int rows, int blocksPerHead) : IParallelBody
    {
        private readonly HeadViews _views = views;

        public int PartCount => _views.Heads * blocksPerHead;

        public void Invoke(int index)
        {
            int head = index / blocksPerHead, first = index % blocksPerHead * rows, count = Math.Min(rows, _views.Queries - first);
            int keys = _views.Keys, stride = AttentionRow.Stride(keys);
            float* block = ThreadScratch.Floats(ThreadScratch.Use.Partial, (long)count * stride);
            Softmaxes(_views, settings, head, first, count, block);
            for (int i = 0; i < count; i++)
            {
                float* row = block + ((long)i * stride);
                if (_views.HasWeights)
                {
                    new ReadOnlySpan<float>(row, keys).CopyTo(new Span<float>(_views.WeightRow(head, first + i), keys));
                }

                if (_views.HasKeep)
                {
                    AttentionRow.Keep(row, keys, _views.KeepRow(head, first + i), (float)settings.KeepScale);
                }
            }

            MultiplyHead(count, _views.Outputs, keys, new Matrix(block, stride, 1), _views.V(head), _views.Y(head).At(first, 0));
        }
    }

    private readonly struct AttentionGradients(HeadViews views, HeadViews gradients, AttentionSettings settings, int rows) : IParallelBody
    {
        private readonly HeadViews _views = views;
        private readonly HeadViews _gradients = gradients;

        public void Invoke(int head)
        {
            int keys = _views.Keys, stride = AttentionRow.Stride(keys);
            for (int first = 0; first < _views.Queries; first += rows)
            {
                int count = Math.Min(rows, _views.Queries - first);
                float* block = ThreadScratch.Floats(ThreadScratch.Use.Partial, 2L * count * stride), softmaxes = block + ((long)count * stride);
                Matrix scores = new(block, stride, 1), weights = new(softmaxes, stride, 1), dy = _views.Y(head).At(first, 0);

                if (!_views.HasWeights)
                {
                    Softmaxes(_views, settings, head, first, count, softmaxes);
                }

                MultiplyHead(count, keys, _views.Outputs, dy, _views.V(head).Transposed, scores); // of the weights
                for (int i = 0; i < count; i++)
                {
                    float* row = block + ((long)i * stride), softmax = softmaxes + ((long)i * stride);
                    AttentionRow.Pad(row, keys, keys, 0);
                    if (_views.HasWeights)
                    {
                        new ReadOnlySpan<float>(_views.WeightRow(head, first + i), keys).CopyTo(new Span<float>(softmax, keys));
                        AttentionRow.Pad(softmax, keys, keys, 0);
                    }

                    if (_views.HasKeep)
                    {
                        AttentionRow.Keep(row, keys, _views.KeepRow(head, first + i), (float)settings.KeepScale);
                    }

                    RowSoftmax.Backward(softmax, row, row, stride, log: false);
                    if (_gradients.HasWeights)
                    {
                        new ReadOnlySpan<float>(row, keys).CopyTo(new Span<float>(_gradients.WeightRow(head, first + i), keys));
                    }

                    AttentionRow.Scale(row, keys, (float)settings.Scale);
                    if (_views.HasKeep)
                    {
                        AttentionRow.Keep(softmax, keys, _views.KeepRow(head, first + i), (float)settings.KeepScale);
                    }
                }

                bool accumulate = first > 0;
                MultiplyHead(keys, _views.Outputs, count, weights.Transposed, dy, _gradients.V(head), accumulate);
                MultiplyHead(count, _views.Size, keys, scores, _views.K(head), _gradients.Q(head).At(first, 0));
                MultiplyHead(keys, _views.Size, count, scores.Transposed, _views.Q(head).At(first, 0), _gradients.K(head), accumulate);
            }
        }
    }
}
