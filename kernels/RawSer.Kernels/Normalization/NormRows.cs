using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The rows of a layer or group norm as device kernels receive them: element i of a row has parameter
/// <c>row % groups * perGroup + i / repeat</c>.
/// </summary>
internal readonly struct NormRows
{
    // Up to here a warp keeps a row in the first cache; longer rows keep a block busy.
    private const int LongestOfAWarp = 1024;

    /// <summary>Number of rows.</summary>
    public readonly int Count;

    /// <summary>Elements of a row.</summary>
    public readonly int Length;

    private readonly DeviceDivisor _byGroups;
    private readonly DeviceDivisor _byRepeat;
    private readonly int _perGroup;

    private NormRows(int count, int length, int groups, int perGroup, int repeat)
    {
        (Count, Length, _perGroup) = (count, length, perGroup);
        (_byGroups, _byRepeat) = (new(Math.Max(1, groups)), new(Math.Max(1, repeat)));
    }

    /// <summary>Whether a warp takes a row, else a block.</summary>
    public bool InWarps => Length <= LongestOfAWarp;

    /// <summary>Whether neighbours have neighbouring parameters, else a stretch has one.</summary>
    public bool EachOwnParameter => _byRepeat.Value == 1;

    /// <summary>The rows of a layer norm: a parameter per column.</summary>
    public static NormRows Layer(View x, View mean) => new(mean.IntCount(), x.IntCount() / Math.Max(1, mean.IntCount()), 1, 0, 1);

    /// <summary>The rows of a group norm: a parameter per channel.</summary>
    public static NormRows Group(View x, int groups, View mean)
    {
        ChannelSplit split = ChannelSplit.Of(x.Shape, 1);
        return new(mean.IntCount(), x.IntCount() / Math.Max(1, mean.IntCount()), groups, split.Channels / groups, (int)split.Inner);
    }

    /// <summary>Whether four elements are one access in all views that exist.</summary>
    public bool InFours(params ReadOnlySpan<View> views)
    {
        bool fits = Length % 4 == 0 && (EachOwnParameter || _byRepeat.Value % 4 == 0);
        foreach (View view in views)
        {
            fits &= !view.Exists || view.IsAligned16();
        }

        return fits;
    }

    /// <summary>The parameter of a row's first element.</summary>
    public int FirstParameter(int row)
    {
        _byGroups.Divide(row, out int group);
        return group * _perGroup;
    }

    /// <summary>The parameters of an element and its neighbours.</summary>
    [Unroll]
    public void Load<TPack>(ArrayView<float> parameters, int first, int i, float absent, ArrayView<float> values) where TPack : struct, IFloatPack
    {
        if (parameters.Length > 0 && EachOwnParameter)
        {
            TPack.Load(parameters, first + i, values, 0);
        }
        else
        {
            float value = parameters.Length > 0 ? parameters[first + _byRepeat.Divide(i)] : absent;
            for (int k = 0; k < TPack.Width; k++)
            {
                values[k] = value;
            }
        }
    }
}
