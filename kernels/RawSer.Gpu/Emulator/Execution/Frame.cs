using System.Runtime.InteropServices;

namespace RawSer.Gpu.Emulator;

/// <summary>
/// Registers of the lanes that are in one call of a function. Definedness: a bit per lane in <see cref="Undefined"/>; where it is set,
/// <see cref="Bytes"/> has a bit per undefined byte and <see cref="Origins"/> says where the register's undefined bytes came from.
/// </summary>
internal sealed unsafe class Frame
{
    private readonly void* _memory;

    public Frame(CodeFunction code)
    {
        Code = code;
        int registers = KernelCode.Align(code.Registers.Length, 64), count = code.RegisterCount;
        _memory = NativeMemory.AlignedAlloc((nuint)(registers + (count * (sizeof(uint) + Lanes.Count + 1))), 64);
        Registers = (byte*)_memory;
        Undefined = (uint*)(Registers + registers);
        Bytes = (byte*)(Undefined + count);
        Origins = Bytes + (count * Lanes.Count);
    }

    public CodeFunction Code { get; }

    public byte* Registers { get; }

    public uint* Undefined { get; }

    /// <summary>32 bytes for each register.</summary>
    public byte* Bytes { get; }

    public byte* Origins { get; }

    public Frame? Caller { get; private set; }

    public int ReturnPc { get; private set; }

    public Join? CallerJoin { get; private set; }

    /// <summary>Lanes that have not returned.</summary>
    public uint Live { get; set; }

    /// <summary>Where the frame's local memory begins in each lane's.</summary>
    public int LocalBase { get; private set; }

    public int LocalEnd => LocalBase + Code.LocalBytes;

    public int Depth { get; private set; }

    /// <summary>Makes it the frame of a new call.</summary>
    public void Enter(Frame? caller, int returnPc, Join? callerJoin, uint lanes)
    {
        (Caller, ReturnPc, CallerJoin, Live) = (caller, returnPc, callerJoin, lanes);
        Depth = caller is null ? 0 : caller.Depth + 1;
        LocalBase = caller is null ? 0 : KernelCode.Align(caller.LocalEnd, 16);
        Code.Registers.CopyTo(new Span<byte>(Registers, Code.Registers.Length));
        Code.Undefined.CopyTo(new Span<uint>(Undefined, Code.RegisterCount));
        NativeMemory.Fill(Bytes, (nuint)(Code.RegisterCount * Lanes.Count), 0xFF);
        NativeMemory.Fill(Origins, (nuint)Code.RegisterCount, (byte)Origin.Register);
        foreach ((Slot slot, int offset) in Code.FrameAddresses)
        {
            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                ((ulong*)(Registers + slot.Offset))[lane] = (ulong)(LocalBase + offset);
            }
        }
    }

    public void Release() => NativeMemory.AlignedFree(_memory);
}

/// <summary>Where lanes that parted meet again.</summary>
internal sealed class Join(int pc, Frame frame, uint expected, Join? parent)
{
    public int Pc { get; } = pc;

    public Frame Frame { get; } = frame;

    /// <summary>Lanes that must come, unless they exit.</summary>
    public uint Expected { get; set; } = expected;

    /// <summary>Lanes that wait here.</summary>
    public uint Arrived { get; set; }

    /// <summary>Where they go together to next.</summary>
    public Join? Parent { get; } = parent;
}

/// <summary>What a fragment waits for.</summary>
internal enum FragmentState : byte
{
    Ready,
    AtJoin,
    AtBarrier,
    AtCollective,
}

/// <summary>Lanes of a warp that execute together.</summary>
internal sealed class Fragment
{
    public int Pc { get; set; }

    public uint Mask { get; set; }

    public required Frame Frame { get; set; }

    public Join? Join { get; set; }

    public FragmentState State { get; set; }
}
