using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>What a device does to scores before the softmax: scale, mask, causality; and to weights after it: dropout.</summary>
internal readonly struct DeviceScores
{
    private readonly ArrayView<byte> _allowed;
    private readonly ArrayView<float> _added;
    private readonly ArrayView<byte> _keep;
    private readonly int _maskStart;
    private readonly int _maskBatch;
    private readonly int _maskHead;
    private readonly int _maskQuery;
    private readonly int _maskKey;
    private readonly int _isCausal;
    private readonly float _keepScale;

    public DeviceScores(View q, View k, View mask, View keep, AttentionSettings settings)
    {
        (Heads, Queries, Keys) = (q.Shape[1], q.Shape[2], k.Shape[2]);
        (Scale, _keepScale, _isCausal) = ((float)settings.Scale, (float)settings.KeepScale, settings.Causal ? 1 : 0);
        (_allowed, _added, _keep) = (default, default, keep.Dense<byte>());
        if (mask.Exists)
        {
            if (mask.DType == DType.Bool)
            {
                _allowed = mask.Whole<byte>();
            }
            else
            {
                _added = mask.Whole<float>();
            }

            _maskStart = checked((int)mask.Layout.Offset);
            (_maskBatch, _maskHead, _maskQuery, _maskKey) = ((int)mask.Strides[0], (int)mask.Strides[1], (int)mask.Strides[2], (int)mask.Strides[3]);
        }
        else
        {
            (_maskStart, _maskBatch, _maskHead, _maskQuery, _maskKey) = (0, 0, 0, 0, 0);
        }
    }

    /// <summary>Heads of a batch.</summary>
    public readonly int Heads;

    /// <summary>Queries of a head.</summary>
    public readonly int Queries;

    /// <summary>Keys of a head.</summary>
    public readonly int Keys;

    /// <summary>Factor of the scores.</summary>
    public readonly float Scale;

    /// <summary>Whether dropout left some weights out.</summary>
    public bool HasKeep => _keep.IsValid;

    /// <summary>Keys that a query may look at as far as the order goes.</summary>
    public int Visible(int query) => _isCausal != 0 ? IntrinsicMath.Min(Keys, query + 1) : Keys;

    /// <summary>What a query has of its own.</summary>
    /// <param name="head">Head, counted through all batches.</param>
    /// <param name="query">Query.</param>
    public QueryPlace Place(int head, int query)
    {
        int batch = (int)((uint)head / (uint)Heads);
        int maskRow = _maskStart + (batch * _maskBatch) + ((head - (batch * Heads)) * _maskHead) + (query * _maskQuery);
        return new QueryPlace(maskRow, Visible(query), ((head * Queries) + query) * Keys);
    }

    /// <summary>The score that the softmax sees; -infinity where the query may not look.</summary>
    /// <param name="product">Query times key.</param>
    /// <param name="place">Of the query.</param>
    /// <param name="key">Key.</param>
    public float Score(float product, QueryPlace place, int key)
    {
        if (key >= place.Visible)
        {
            return float.NegativeInfinity;
        }

        float score = product * Scale;
        if (_added.IsValid)
        {
            score += _added[place.MaskRow + (key * _maskKey)];
        }

        if (_allowed.IsValid && _allowed[place.MaskRow + (key * _maskKey)] == 0)
        {
            score = float.NegativeInfinity;
        }

        return score;
    }

    /// <summary>Factor of a weight: 0 where dropout drops it.</summary>
    /// <param name="index">Place of the weight in (batch, head, query, key).</param>
    public float Kept(int index) => !_keep.IsValid ? 1 : _keep[index] != 0 ? _keepScale : 0;
}

/// <summary>What a query has of its own.</summary>
/// <param name="MaskRow">Where its mask starts.</param>
/// <param name="Visible">Keys that it may look at as far as the order goes.</param>
/// <param name="KeepRow">Where its weights start in (batch, head, query, key).</param>
internal readonly record struct QueryPlace(int MaskRow, int Visible, int KeepRow);
