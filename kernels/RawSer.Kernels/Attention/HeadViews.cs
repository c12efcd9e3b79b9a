namespace RawSer.Kernels;

/// <summary>The operands of an attention, (B, H, rows, columns) each, as matrices of one head.</summary>
internal readonly unsafe struct HeadViews
{
    private readonly int _headCount;
    private readonly Operand _q;
    private readonly Operand _k;
    private readonly Operand _v;
    private readonly Operand _y;
    private readonly float* _weights;
    private readonly bool* _keep;
    private readonly void* _mask;
    private readonly bool _maskIsBool;
    private readonly MaskStrides _maskStrides;

    public HeadViews(View q, View k, View v, View mask, View keep, View y, View weights)
    {
        Heads = q.Shape[0] * q.Shape[1];
        _headCount = q.Shape[1];
        (Queries, Size, Keys, Outputs) = (q.Shape[2], q.Shape[3], k.Shape[2], v.Shape[3]);
        (_q, _k, _v, _y) = (new Operand(q), new Operand(k), new Operand(v), y.Exists ? new Operand(y) : default);
        _weights = weights.Exists ? weights.Pointer<float>() : null;
        _keep = keep.Exists ? keep.Pointer<bool>() : null;
        if (mask.Exists)
        {
            _maskIsBool = mask.DType == DType.Bool;
            _mask = _maskIsBool ? mask.Pointer<bool>() : mask.Pointer<float>();
            _maskStrides = new MaskStrides((nint)mask.Strides[0], (nint)mask.Strides[1], (nint)mask.Strides[2], (nint)mask.Strides[3]);
        }
    }

    /// <summary>B * H.</summary>
    public int Heads { get; }

    public int Queries { get; }

    public int Keys { get; }

    /// <summary>Features of a query and a key.</summary>
    public int Size { get; }

    /// <summary>Features of a value.</summary>
    public int Outputs { get; }

    public bool HasWeights => _weights != null;

    public bool HasKeep => _keep != null;

    public Matrix Q(int head) => _q.Head(head, _headCount);

    public Matrix K(int head) => _k.Head(head, _headCount);

    public Matrix V(int head) => _v.Head(head, _headCount);

    public Matrix Y(int head) => _y.Head(head, _headCount);

    /// <summary>Row of the dense weights.</summary>
    public float* WeightRow(int head, int query) => _weights + ((((long)head * Queries) + query) * Keys);

    /// <summary>Row of the dense dropout mask.</summary>
    public bool* KeepRow(int head, int query) => _keep + ((((long)head * Queries) + query) * Keys);

    /// <summary>Row of the mask, or of none.</summary>
    public MaskRow MaskRow(int head, int query)
    {
        if (_mask == null)
        {
            return default;
        }

        nint offset = (head / _headCount * _maskStrides.Batch) + (head % _headCount * _maskStrides.Head) + (query * _maskStrides.Query);
        return _maskIsBool ? new MaskRow((bool*)_mask + offset, null, _maskStrides.Key) : new MaskRow(null, (float*)_mask + offset, _maskStrides.Key);
    }

    private readonly record struct MaskStrides(nint Batch, nint Head, nint Query, nint Key);

    private readonly struct Operand(View view)
    {
        private readonly float* _data = view.Pointer<float>();
        private readonly nint _batch = (nint)view.Strides[0];
        private readonly nint _head = (nint)view.Strides[1];
        private readonly nint _row = (nint)view.Strides[2];
        private readonly nint _column = (nint)view.Strides[3];

        public Matrix Head(int head, int headCount) => new(_data + (head / headCount * _batch) + (head % headCount * _head), _row, _column);
    }
}

/// <summary>Mask of one query: truth values, numbers to add, or neither.</summary>
internal readonly unsafe struct MaskRow(bool* allowed, float* added, nint stride)
{
    public bool* Allowed { get; } = allowed;

    public float* Added { get; } = added;

    public nint Stride { get; } = stride;
}
