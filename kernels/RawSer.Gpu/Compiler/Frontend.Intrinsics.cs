using System.Reflection;

namespace RawSer.Gpu.Compiler;

/// <content>Intrinsics: members of the dialect and of the base library that are instructions.</content>
internal sealed partial class Frontend
{
    private const AsmEffects Synchronises = AsmEffects.Reads | AsmEffects.Writes | AsmEffects.Convergent;

    private static readonly Operand Nothing = new(typeof(void), []);

    /// <summary>Emits an intrinsic. The result is null where the member returns nothing.</summary>
    private Operand? Intrinsic(string name, MethodBase method, Operand[] a)
    {
        if (name[0] == '!')
        {
            throw new NotSupportedException(name[1..]);
        }

        switch (name)
        {
            case "nothing":
                return null;
            case "pass":
                return a[0];
            case "true" or "false":
                return Number(f.Int(name == "true" ? 1 : 0));
            case "type.equal" or "type.unequal":
                return Number(f.Int(Equals(a[0].Token, a[1].Token) == (name == "type.equal") ? 1 : 0));
            case "grid.idx.x" or "grid.idx.y" or "grid.idx.z":
                return Special(SpecialRegister.CtaidX, name[^1]);
            case "grid.dim.x" or "grid.dim.y" or "grid.dim.z":
                return Special(SpecialRegister.NctaidX, name[^1]);
            case "group.idx.x" or "group.idx.y" or "group.idx.z":
                return GroupExtent(name[^1]) == 1 ? Number(f.Int(0)) : Special(SpecialRegister.TidX, name[^1]);
            case "group.dim.x" or "group.dim.y" or "group.dim.z":
                return GroupExtent(name[^1]) is { } extent ? Number(f.Int(extent)) : Special(SpecialRegister.NtidX, name[^1]);
            case "warp.lane":
                return Special(SpecialRegister.LaneId);
            case "target.sm":
                AskedForTarget = true;
                return Number(f.Int(options.TargetSm));
            case "group.barrier":
                return Asm("bar.sync 0;", [], [], [], Synchronises | AsmEffects.BlockBarrier);
            case "group.barrier.popc":
                return Asm("bar.red.popc.u32 %0, 0, %1;", [Ty.I32], [Ty.Pred], [a[0].Value], Synchronises | AsmEffects.BlockBarrier);
            case "group.barrier.and" or "group.barrier.or":
                var vote = Asm($"bar.red.{name[14..]}.pred %0, 0, %1;", [Ty.Pred], [Ty.Pred], [a[0].Value], Synchronises | AsmEffects.BlockBarrier);
                return Number(f.Emit(Op.BoolToInt, Ty.I32, vote!.Value.Value));
            case "warp.barrier":
                return Asm("bar.warp.sync 0xffffffff;", [], [], [], Synchronises);
            case "fence.group" or "fence.device" or "fence.system":
                var level = name[6] switch { 'g' => "cta", 'd' => "gl", _ => "sys" };
                return Asm($"membar.{level};", [], [], [], AsmEffects.Reads | AsmEffects.Writes);
            case "warp.shuffle.idx" or "warp.shuffle.up" or "warp.shuffle.down" or "warp.shuffle.xor":
                return Shuffle(name[13..] switch { "xor" => "bfly", var mode => mode }, method, a);
            case "memory.shared" or "memory.local":
                return Allocate(name == "memory.shared", method, a[0].Value);
            case "memory.dynamic":
                return new Operand(typeof(void*), [f.Intern(Op.SharedAddr, Ty.Ptr, -1)]);
            case "memory.dynamic.size":
                return Special(SpecialRegister.DynamicSharedSize);
            case "assume.aligned":
                return Aligned(a);
            case "check.bounds":
                CheckBounds(a[0].Value, a[1].Value);
                return null;
            case "load.readonly":
                return LoadFrom(a[0].Value, 0, Argument(method), Access.ReadOnly, !a[0].IsField);
            case "volatile.read":
                return LoadFrom(a[0].Value, 0, ((MethodInfo)method).ReturnType, Access.Volatile);
            case "volatile.write":
                StoreTo(a[0].Value, 0, method.GetParameters()[1].ParameterType, a[1], Access.Volatile);
                return null;
            case "async.copy" or "async.copy.zero":
                return AsyncCopy(method, a);
            case "async.commit":
                return Asm("cp.async.commit_group;", [], [], [], AsmEffects.Reads | AsmEffects.Writes, 80, 70);
            case "async.wait":
                var pending = Constant(a[0].Value, "AsyncCopy.Wait takes a constant");
                return Asm($"cp.async.wait_group {pending};", [], [], [], AsmEffects.Reads | AsmEffects.Writes, 80, 70);
            case "address.shared":
                return Number(f.Emit(Op.PtrToInt, Ty.I32, a[0].Value));
            case "address.global":
                return Number(f.Emit(Op.PtrToInt, Ty.I64, a[0].Value));
            case "asm":
                return InlineAsm(method, a);
            case "asm.ref":
                return InlineAsmByReference(method, a);
            default:
                break;
        }

        return name.StartsWith("atomic.", StringComparison.Ordinal) ? Atomic(name[7..], method, a)
            : name.StartsWith("unsafe.", StringComparison.Ordinal) ? UnsafeIntrinsic(name[7..], method, a)
            : MathIntrinsic(name, method, a);
    }

    private Operand Number(int value) => new(TypeOf(f[value].Type), [value]);

    private Operand Special(SpecialRegister register) => Number(f.Intern(Op.Special, Ty.I32, (long)register));

    private Operand Special(SpecialRegister first, char axis) => Special((SpecialRegister)((int)first + (axis - 'x')));

    private int? GroupExtent(char axis) => options.GroupShape is not { } shape ? null : axis switch { 'x' => shape.X, 'y' => shape.Y, _ => shape.Z };

    private long Constant(int value, string message) => f.IsConst(value, out var bits) ? bits : throw new NotSupportedException(message);

    private static Type Argument(MethodBase method) =>
        method.IsGenericMethod ? method.GetGenericArguments()[0] : method.GetParameters()[0].ParameterType is { HasElementType: true } p ? p.GetElementType()! : ((MethodInfo)method).ReturnType;

    private Operand? Asm(string text, Ty[] outputs, Ty[] inputs, int[] values, AsmEffects effects, int minSm = 70, int minPtx = 63, int[]? tied = null)
    {
        var args = new int[values.Length];
        for (var i = 0; i < args.Length; i++)
        {
            args[i] = Coerce(values[i], inputs[i]);
        }

        f.AsmTexts.Add(new AsmText(text, outputs, inputs, effects, minSm, minPtx, tied));
        var type = outputs.Length switch { 0 => Ty.None, 1 => outputs[0], _ => Ty.Tuple };
        var result = f.Emit(new Instr { Op = Op.Asm, Type = type, Aux = f.AsmTexts.Count - 1, Args = args });
        if (outputs.Length <= 1)
        {
            return outputs.Length == 0 ? null : Number(result);
        }

        var parts = new int[outputs.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = f.EmitImm(Op.Extract, outputs[i], i, result);
        }

        return Nothing with { Values = parts };
    }

    private Operand Shuffle(string mode, MethodBase method, Operand[] a)
    {
        var type = Argument(method);
        var layout = TypeLayout.Of(type);
        var values = new int[layout.Leaves.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var value = Coerce(a[0].Values[i], IrFunction.RegisterOf(layout.Leaves[i].Mem));
            var ty = f[value].Type;
            if (ty is Ty.I32 or Ty.F32)
            {
                values[i] = Move(ty, value);
                continue;
            }

            var bits = ty switch { Ty.F64 => f.Emit(Op.Bitcast, Ty.I64, value), Ty.Ptr => f.Emit(Op.PtrToInt, Ty.I64, value), _ => value };
            var low = Move(Ty.I32, f.Emit(Op.Narrow, Ty.I32, bits));
            var high = Move(Ty.I32, f.Emit(Op.Narrow, Ty.I32, f.Emit(Op.ShrU, Ty.I64, bits, f.Int(32))));
            var joined = f.Emit(Op.Or, Ty.I64, f.Emit(Op.ZExt, Ty.I64, low), f.Emit(Op.Shl, Ty.I64, f.Emit(Op.ZExt, Ty.I64, high), f.Int(32)));
            values[i] = ty == Ty.F64 ? f.Emit(Op.Bitcast, Ty.F64, joined) : Coerce(joined, ty);
        }

        return new Operand(type, values);

        int Move(Ty ty, int value) =>
            Asm($"shfl.sync.{mode}.b32 %0, %1, %2, %3, 0xffffffff;", [ty], [ty, Ty.I32, Ty.I32], [value, a[1].Value, a[2].Value], AsmEffects.Convergent)!.Value.Value;
    }

    private Operand Allocate(bool shared, MethodBase method, int extent)
    {
        var type = Argument(method);
        var layout = TypeLayout.Of(type);
        var count = Constant(extent, $"the extent of {(shared ? "SharedMemory" : "LocalMemory")}.Allocate is not a constant after inlining");
        if (count <= 0 || count * layout.Size > 256 * 1024)
        {
            throw new NotSupportedException($"allocates {count} x {layout.Size} bytes");
        }

        var size = (int)count * layout.Size;
        if (shared)
        {
            f.Shared.Add(new SharedVariable(size, Math.Max(16, layout.Align)));
            return new Operand(type.MakePointerType(), [f.Intern(Op.SharedAddr, Ty.Ptr, f.Shared.Count - 1)]);
        }

        f.Slots.Add(new Slot(size, Math.Max(layout.ElementAlign, 4), $"array of {count}", f.Source, Of: type));
        return new Operand(type.MakePointerType(), [f.Intern(Op.SlotAddr, Ty.Ptr, f.Slots.Count - 1)]);
    }

    /// <summary>A promise kept as an instruction that passes the pointer on; <see cref="Addressing"/> reads and removes it.</summary>
    private Operand Aligned(Operand[] a)
    {
        var align = Constant(a[1].Value, "AsAligned takes a constant");
        if (align <= 0 || (align & (align - 1)) != 0)
        {
            throw new NotSupportedException($"aligns to {align}, which is not a power of two");
        }

        if (f[a[0].Value].Op is Op.SlotAddr or Op.SharedAddr)
        {
            return a[0];
        }

        var value = f.New(new Instr { Op = Op.Assume, Type = Ty.Ptr, Imm = align, Args = [a[0].Value], Source = f.Source });
        f.At.Add(value);
        return a[0] with { Values = [value] };
    }

    private void CheckBounds(int index, int length)
    {
        if (!options.DebugBounds)
        {
            return;
        }

        var outside = f.Compare(Cond.GeU, Coerce(index, Ty.I64), Coerce(length, Ty.I64));
        if (f.IsConst(outside, out var known) && known == 0)
        {
            return;
        }

        var (trap, next) = (f.NewBlock(), f.NewBlock());
        trap.Term = Term.Unreachable;
        trap.Source = f.Source;
        _current!.Term = Term.Branch;
        _current.Cond = outside;
        _current.Succ = [trap.Id, next.Id];
        _current.Source = f.Source;
        Enter(next);
    }

    private Operand? AsyncCopy(MethodBase method, Operand[] a)
    {
        var size = TypeLayout.Of(Argument(method)).Size;
        if (size is not (4 or 8 or 16))
        {
            throw new NotSupportedException($"copies {size} bytes asynchronously; 4, 8 and 16 are possible");
        }

        var cache = size == 16 ? "cg" : "ca";
        return a.Length == 2
            ? Asm($"cp.async.{cache}.shared.global [%0], [%1], {size};", [], [Ty.Ptr, Ty.Ptr], [a[0].Value, a[1].Value], AsmEffects.Reads | AsmEffects.Writes, 80, 70)
            : Asm($"cp.async.{cache}.shared.global [%0], [%1], {size}, %2;", [], [Ty.Ptr, Ty.Ptr, Ty.I32], [a[0].Value, a[1].Value, a[2].Value], AsmEffects.Reads | AsmEffects.Writes, 80, 70);
    }

    private Operand? Atomic(string name, MethodBase method, Operand[] a)
    {
        var type = method.GetParameters()[0].ParameterType.GetElementType()!;
        var mem = TypeLayout.Of(type).Leaves[0].Mem;
        var unsigned = type == typeof(uint) || type == typeof(ulong) || type == typeof(nuint);
        var kind = name switch
        {
            "add" => AtomicKind.Add,
            "min" => unsigned ? AtomicKind.MinU : AtomicKind.Min,
            "max" => unsigned ? AtomicKind.MaxU : AtomicKind.Max,
            "and" => AtomicKind.And,
            "or" => AtomicKind.Or,
            "xor" => AtomicKind.Xor,
            "exchange" => AtomicKind.Exchange,
            "compareexchange" => AtomicKind.CompareExchange,
            _ => throw new NotSupportedException($"uses the unknown intrinsic atomic.{name}"),
        };
        var register = IrFunction.RegisterOf(mem);
        int[] args = kind == AtomicKind.CompareExchange
            ? [a[0].Value, Coerce(a[1].Value, register), Coerce(a[2].Value, register)]
            : [a[0].Value, Coerce(a[1].Value, register)];
        var value = f.Emit(new Instr { Op = Op.Atomic, Type = register, Mem = mem, Aux = (int)kind, Args = args });
        return new Operand(type, [value]);
    }

    private Operand? UnsafeIntrinsic(string name, MethodBase method, Operand[] a)
    {
        switch (name)
        {
            case "add" or "subtract":
                var bytes = f.Emit(Op.Mul, Ty.I64, Coerce(a[1].Value, Ty.I64), f.Long(TypeLayout.Of(Argument(method)).Size));
                return a[0] with { Values = [f.Emit(Op.PtrAdd, Ty.Ptr, a[0].Value, name == "add" ? bytes : f.Emit(Op.Neg, Ty.I64, bytes))] };
            case "addbytes":
                return a[0] with { Values = [f.Emit(Op.PtrAdd, Ty.Ptr, a[0].Value, Coerce(a[1].Value, Ty.I64))] };
            case "distance":
                return Number(f.Emit(Op.Sub, Ty.I64, Coerce(a[1].Value, Ty.I64), Coerce(a[0].Value, Ty.I64)));
            case "sizeof":
                return Number(f.Int(TypeLayout.Of(Argument(method)).Size));
            case "read":
                return LoadFrom(Coerce(a[0].Value, Ty.Ptr), 0, Argument(method));
            case "write":
                StoreTo(Coerce(a[0].Value, Ty.Ptr), 0, Argument(method), a[1]);
                return null;
            case "null":
                return new Operand(typeof(void*), [f.Const(Ty.Ptr, 0)]);
            case "isnull":
                return Number(f.Emit(Op.BoolToInt, Ty.I32, f.Emit(Op.Not, Ty.Pred, Truth(a[0]))));
            case "bitcast":
                var types = method.GetGenericArguments();
                var (from, to) = (TypeLayout.Of(types[0]), TypeLayout.Of(types[1]));
                if (from.Leaves.Length == 1 && to.Leaves.Length == 1 && from.Size == to.Size)
                {
                    return new Operand(types[1], [Cast(a[0].Value, IrFunction.RegisterOf(to.Leaves[0].Mem))]);
                }

                var slot = f.Intern(Op.SlotAddr, Ty.Ptr, NewSlot(types[0], "BitCast"));
                StoreTo(slot, 0, types[0], a[0]);
                return LoadFrom(slot, 0, types[1]);
            default:
                throw new NotSupportedException($"uses the unknown intrinsic unsafe.{name}");
        }
    }

    private int Cast(int value, Ty type) => f[value].Type == type ? value : f[value].Type == Ty.Ptr || type == Ty.Ptr ? Coerce(value, type) : f.Emit(Op.Bitcast, type, value);

    private Operand MathIntrinsic(string name, MethodBase method, Operand[] a)
    {
        var v = a.Length > 0 && a[0].Values.Length == 1 ? a[0].Value : f.Int(0);
        var type = f[v].Type;
        var parameter = method.GetParameters() is { Length: > 0 } p ? p[0].ParameterType : null;
        switch (name)
        {
            case "math.abs":
                return Number(f.Emit(Op.Abs, type, v));
            case "math.sqrt":
                return Number(f.Emit(Op.Sqrt, type, v));
            case "math.floor":
                return Number(f.Emit(Op.Floor, type, v));
            case "math.ceil":
                return Number(f.Emit(Op.Ceil, type, v));
            case "math.trunc":
                return Number(f.Emit(Op.Trunc, type, v));
            case "math.round":
                return Number(f.Emit(Op.Round, type, v));
            case "math.min" or "math.max":
                var unsigned = parameter == typeof(uint) || parameter == typeof(ulong);
                var op = (name == "math.min", unsigned) switch { (true, false) => Op.Min, (true, true) => Op.MinU, (false, false) => Op.Max, _ => Op.MaxU };
                return Number(f.Emit(op, type, v, a[1].Value));
            case "math.fma":
                return Number(f.Emit(Op.Fma, type, v, a[1].Value, a[2].Value));
            case "math.copysign":
                var (bits, sign) = type == Ty.F32 ? (Ty.I32, (long)int.MinValue) : (Ty.I64, long.MinValue);
                var magnitude = f.Emit(Op.And, bits, f.Emit(Op.Bitcast, bits, v), f.Const(bits, ~sign));
                var signBit = f.Emit(Op.And, bits, f.Emit(Op.Bitcast, bits, a[1].Value), f.Const(bits, sign));
                return Number(f.Emit(Op.Bitcast, type, f.Emit(Op.Or, bits, magnitude, signBit)));
            case "math.rcp":
                return Asm("rcp.approx.f32 %0, %1;", [Ty.F32], [Ty.F32], [v], AsmEffects.Pure)!.Value;
            case "math.rsqrt":
                return Asm("rsqrt.approx.f32 %0, %1;", [Ty.F32], [Ty.F32], [v], AsmEffects.Pure)!.Value;
            case "bits.i32" or "bits.i64":
                return Number(f.Emit(Op.Bitcast, name == "bits.i32" ? Ty.I32 : Ty.I64, v));
            case "bits.f32" or "bits.f64":
                return Number(f.Emit(Op.Bitcast, name == "bits.f32" ? Ty.F32 : Ty.F64, v));
            case "bits.popc":
                return Number(f.Emit(Op.Popc, Ty.I32, v));
            case "bits.clz":
                return Number(f.Emit(Op.Clz, Ty.I32, v));
            case "bits.ctz":
                return Number(f.Emit(Op.Clz, Ty.I32, f.Emit(Op.Reverse, type, v)));
            case "bits.log2":
                var highest = f.Emit(Op.Clz, Ty.I32, f.Emit(Op.Or, type, v, f.Const(type, 1)));
                return Number(f.Emit(Op.Sub, Ty.I32, f.Int(type == Ty.I32 ? 31 : 63), highest));
            case "half":
                return type == Ty.F32 ? Number(f.Emit(Op.FloatToHalf, Ty.I32, v)) : Number(f.Emit(Op.HalfToFloat, Ty.F32, v));
            default:
                throw new NotSupportedException($"uses the unknown intrinsic {name} ({KernelCompiler.Describe(method)})");
        }
    }
}
