using System.Runtime.InteropServices;

namespace RawSer.Gpu.Emulator;

/// <summary>A decoded function: operations, and the shape of the frame that each call of it needs.</summary>
internal sealed unsafe class CodeFunction
{
    public required PtxFunction Source { get; init; }

    /// <summary>The operations, pinned.</summary>
    public Op[] Ops { get; private set; } = [];

    /// <summary>Address of the first operation.</summary>
    public Op* First { get; private set; }

    public List<OpExtra> Extras { get; } = [];

    /// <summary>Where all returns go.</summary>
    public int Epilogue { get; set; }

    /// <summary>Initial contents of the register file: constants in place, the rest zero.</summary>
    public byte[] Registers { get; set; } = [];

    /// <summary>For each register, all ones while it has not been written; zero for constants.</summary>
    public uint[] Undefined { get; set; } = [];

    /// <summary>Special registers to be filled in when a frame is made.</summary>
    public List<(Slot Slot, string Name)> Specials { get; } = [];

    /// <summary>Registers that hold addresses of the frame's local memory.</summary>
    public List<(Slot Slot, int Offset)> FrameAddresses { get; } = [];

    /// <summary>Local memory of a frame in bytes: parameters, results, variables.</summary>
    public int LocalBytes { get; set; }

    /// <summary>Offsets of the formal results and parameters in the frame's local memory.</summary>
    public int[] ResultOffsets { get; set; } = [];

    /// <inheritdoc cref="ResultOffsets"/>
    public int[] ParameterOffsets { get; set; } = [];

    /// <summary>Position of the register file's numbered registers, for messages.</summary>
    public int RegisterCount => Undefined.Length;

    /// <summary>Sets the operations.</summary>
    public void Seal(List<Op> ops)
    {
        Ops = GC.AllocateArray<Op>(ops.Count, pinned: true);
        CollectionsMarshal.AsSpan(ops).CopyTo(Ops);
        First = (Op*)Marshal.UnsafeAddrOfPinnedArrayElement(Ops, 0);
    }
}
