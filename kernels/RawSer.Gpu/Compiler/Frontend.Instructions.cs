using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Metadata;

namespace RawSer.Gpu.Compiler;

/// <content>One IL instruction at a time.</content>
internal sealed partial class Frontend
{
    private static readonly Type IntType = typeof(int);
    private static readonly Type LongType = typeof(long);
    private static readonly Type FloatType = typeof(float);
    private static readonly Type DoubleType = typeof(double);

    private static Operand Pop(Frame frame)
    {
        var top = frame.Stack[^1];
        frame.Stack.RemoveAt(frame.Stack.Count - 1);
        return top;
    }

    private static void Push(Frame frame, Operand value) => frame.Stack.Add(value);

    private void Push(Frame frame, int value) => frame.Stack.Add(new Operand(TypeOf(f[value].Type), [value]));

    private static Type TypeOf(Ty type) => type switch
    {
        Ty.I64 => LongType,
        Ty.F32 => FloatType,
        Ty.F64 => DoubleType,
        Ty.Ptr => typeof(void*),
        _ => IntType,
    };

    private static readonly ConcurrentDictionary<Type, Type> References = new();

    private static Type ReferenceTo(Type type) => References.GetOrAdd(type, static type => type.MakeByRefType());

    private static int PopValue(Frame frame)
    {
        var top = Pop(frame);
        if (top.Token is not null || top.Values.Length != 1)
        {
            throw new NotSupportedException($"uses {(top.Token is null ? $"a {top.Type.Name}" : "a reference")} as a number");
        }

        return top.Value;
    }

    private int PopAddress(Frame frame) => Coerce(PopValue(frame), Ty.Ptr);

    private void Translate(Frame frame, in IlInstruction x, Type? constrained)
    {
        switch (x.Code)
        {
            case ILOpCode.Nop or ILOpCode.Break or ILOpCode.Volatile or ILOpCode.Unaligned or ILOpCode.Readonly or ILOpCode.Tail:
                break;
            case ILOpCode.Ldarg:
                var arg = (int)x.Number;
                Push(frame, frame.ArgumentSlots[arg] < 0
                    ? frame.Arguments[arg]
                    : LoadFrom(f.Intern(Op.SlotAddr, Ty.Ptr, frame.ArgumentSlots[arg]), 0, frame.Il.Arguments[arg]));
                break;
            case ILOpCode.Ldarga:
                Push(frame, new Operand(ReferenceTo(frame.Il.Arguments[x.Number]), [f.Intern(Op.SlotAddr, Ty.Ptr, frame.ArgumentSlots[x.Number])]));
                break;
            case ILOpCode.Starg:
                StoreTo(f.Intern(Op.SlotAddr, Ty.Ptr, frame.ArgumentSlots[x.Number]), 0, frame.Il.Arguments[x.Number], Pop(frame));
                break;
            case ILOpCode.Ldloc when frame.KnownLocals[x.Number] is { Type: not null } known:
                Push(frame, known);
                break;
            case ILOpCode.Ldloc:
                Push(frame, LoadFrom(LocalAddress(frame, (int)x.Number), 0, frame.Il.Locals[x.Number]));
                break;
            case ILOpCode.Ldloca:
                Push(frame, new Operand(ReferenceTo(frame.Il.Locals[x.Number]), [LocalAddress(frame, (int)x.Number)]));
                break;
            case ILOpCode.Stloc:
                var stored = Pop(frame);
                if (stored.Token is not null)
                {
                    frame.KnownLocals[x.Number] = new Operand(typeof(object), [], stored.Token);
                    break;
                }

                if (frame.Il.IsWrittenOnce[x.Number] && Array.TrueForAll(stored.Values, f.IsConst))
                {
                    frame.KnownLocals[x.Number] = Typed(stored, frame.Il.Locals[x.Number]);
                }

                StoreTo(LocalAddress(frame, (int)x.Number), 0, frame.Il.Locals[x.Number], stored);
                break;
            case ILOpCode.Ldc_i4:
                Push(frame, f.Int((int)x.Number));
                break;
            case ILOpCode.Ldc_i8:
                Push(frame, f.Long(x.Number));
                break;
            case ILOpCode.Ldc_r4:
                Push(frame, f.Const(Ty.F32, x.Number));
                break;
            case ILOpCode.Ldc_r8:
                Push(frame, f.Const(Ty.F64, x.Number));
                break;
            case ILOpCode.Ldnull:
                Push(frame, new Operand(typeof(object), [], NullToken));
                break;
            case ILOpCode.Ldstr:
                Push(frame, new Operand(typeof(string), [], x.Operand));
                break;
            case ILOpCode.Ldtoken:
                Push(frame, new Operand(typeof(object), [], x.Operand));
                break;
            case ILOpCode.Dup:
                Push(frame, frame.Stack[^1]);
                break;
            case ILOpCode.Pop:
                Pop(frame);
                break;
            case >= ILOpCode.Add and <= ILOpCode.Shr_un:
                var right = PopValue(frame);
                Push(frame, Arithmetic(x.Code, PopValue(frame), right));
                break;
            case ILOpCode.Neg or ILOpCode.Not:
                var operand = PopValue(frame);
                Push(frame, f.Emit(x.Code == ILOpCode.Neg ? Op.Neg : Op.Not, f[operand].Type, operand));
                break;
            case ILOpCode.Ceq or ILOpCode.Cgt or ILOpCode.Cgt_un or ILOpCode.Clt or ILOpCode.Clt_un:
                Push(frame, f.Emit(Op.BoolToInt, Ty.I32, Compare(frame, x.Code)));
                break;
            case ILOpCode.Br or ILOpCode.Leave:
                JumpTo(frame, (int)x.Number);
                break;
            case ILOpCode.Brtrue or ILOpCode.Brfalse:
                var truth = Truth(Pop(frame));
                BranchTo(frame, truth, (int)(x.Code == ILOpCode.Brtrue ? x.Number : x.Next), (int)(x.Code == ILOpCode.Brtrue ? x.Next : x.Number));
                break;
            case >= ILOpCode.Beq and <= ILOpCode.Blt_un:
                BranchTo(frame, Compare(frame, x.Code), (int)x.Number, x.Next);
                break;
            case ILOpCode.Switch:
                TranslateSwitch(frame, x);
                break;
            case ILOpCode.Ret:
                TranslateReturn(frame);
                break;
            case ILOpCode.Throw or ILOpCode.Rethrow:
                if (frame.Il.Method.Module == typeof(object).Module)
                {
                    Stop(); // a check of the base library; see ARCHITECTURE
                }
                else
                {
                    Unsupported("throws; kernels have no exceptions, check on the host before the launch");
                }

                break;
            case ILOpCode.Ldobj:
                var source = Pop(frame);
                Push(frame, LoadFrom(Coerce(source.Value, Ty.Ptr), 0, (Type)x.Operand!, isElement: !source.IsField));
                break;
            case ILOpCode.Stobj:
                var value = Pop(frame);
                var target = Pop(frame);
                StoreTo(Coerce(target.Value, Ty.Ptr), 0, (Type)x.Operand!, value, isElement: !target.IsField);
                break;
            case ILOpCode.Cpobj:
                var from = PopAddress(frame);
                StoreTo(PopAddress(frame), 0, (Type)x.Operand!, LoadFrom(from, 0, (Type)x.Operand!));
                break;
            case ILOpCode.Initobj:
                var cleared = Pop(frame);
                StoreTo(Coerce(cleared.Value, Ty.Ptr), 0, (Type)x.Operand!, Zero((Type)x.Operand!), isElement: !cleared.IsField);
                break;
            case ILOpCode.Sizeof:
                Push(frame, f.Int(TypeLayout.Of((Type)x.Operand!).Size));
                break;
            case >= ILOpCode.Ldind_i1 and <= ILOpCode.Ldind_ref:
                Push(frame, LoadFrom(PopAddress(frame), 0, Indirect(x.Code)));
                break;
            case >= ILOpCode.Stind_ref and <= ILOpCode.Stind_r8 or ILOpCode.Stind_i:
                var indirect = Pop(frame);
                StoreTo(PopAddress(frame), 0, Indirect(x.Code), indirect);
                break;
            case ILOpCode.Ldfld or ILOpCode.Ldflda or ILOpCode.Stfld or ILOpCode.Ldsfld or ILOpCode.Ldsflda or ILOpCode.Stsfld:
                TranslateField(frame, x.Code, (FieldInfo)x.Operand!);
                break;
            case ILOpCode.Conv_i1 or ILOpCode.Conv_u1 or ILOpCode.Conv_i2 or ILOpCode.Conv_u2 or ILOpCode.Conv_i4 or ILOpCode.Conv_u4 or ILOpCode.Conv_i8
                or ILOpCode.Conv_u8 or ILOpCode.Conv_i or ILOpCode.Conv_u or ILOpCode.Conv_r4 or ILOpCode.Conv_r8 or ILOpCode.Conv_r_un:
                Push(frame, Convert(x.Code, PopValue(frame)));
                break;
            case ILOpCode.Call or ILOpCode.Callvirt:
                TranslateCall(frame, (MethodBase)x.Operand!, constrained, x.Code == ILOpCode.Callvirt);
                break;
            case ILOpCode.Newobj:
                TranslateNew(frame, (ConstructorInfo)x.Operand!);
                break;
            case ILOpCode.Box:
                var boxed = Pop(frame);
                Push(frame, new Operand(typeof(object), [], new Boxed(boxed with { Type = (Type)x.Operand! })));
                break;
            case ILOpCode.Unbox_any:
                var box = Pop(frame);
                Push(frame, box.Token is Boxed b && b.Value.Type == (Type)x.Operand! ? b.Value : throw new NotSupportedException("unboxes; kernels have value types only"));
                break;
            case ILOpCode.Isinst:
                var tested = Pop(frame);
                Push(frame, tested.Token is Boxed t && ((Type)x.Operand!).IsAssignableFrom(t.Value.Type) ? tested : new Operand(typeof(object), [], NullToken));
                break;
            case ILOpCode.Newarr:
                throw new NotSupportedException("allocates an array; use LocalMemory.Allocate or SharedMemory.Allocate with a constant extent");
            case ILOpCode.Localloc:
                throw new NotSupportedException("uses stackalloc; use LocalMemory.Allocate with a constant extent");
            case ILOpCode.Ldftn or ILOpCode.Ldvirtftn or ILOpCode.Calli:
                throw new NotSupportedException("uses a delegate or function pointer; pass the operation as a struct type parameter");
            case >= ILOpCode.Add_ovf and <= ILOpCode.Sub_ovf_un or >= ILOpCode.Conv_ovf_i1_un and <= ILOpCode.Conv_ovf_u_un
                or >= ILOpCode.Conv_ovf_i1 and <= ILOpCode.Conv_ovf_u8 or ILOpCode.Conv_ovf_i or ILOpCode.Conv_ovf_u:
                throw new NotSupportedException("uses checked arithmetic; kernels have no exceptions");
            default:
                throw new NotSupportedException($"uses {x.Code}, which kernels do not have");
        }
    }

    private static readonly object NullToken = new();

    private sealed record Boxed(Operand Value);

    /// <summary>The value as a variable of the type holds it.</summary>
    private Operand Typed(Operand value, Type type)
    {
        if (value.Token is not null || type == typeof(void))
        {
            return value;
        }

        var leaves = TypeLayout.Of(type).Leaves;
        if (leaves.Length != value.Values.Length)
        {
            throw new NotSupportedException($"uses a {value.Type.Name} as {type.Name}");
        }

        if (leaves.Length == 1)
        {
            var coerced = Coerce(value.Value, IrFunction.RegisterOf(leaves[0].Mem));
            return new Operand(type, coerced == value.Value ? value.Values : [coerced], IsField: value.IsField);
        }

        return value with { Type = type };
    }

    private static Type Indirect(ILOpCode code) => code switch
    {
        ILOpCode.Ldind_i1 or ILOpCode.Stind_i1 => typeof(sbyte),
        ILOpCode.Ldind_u1 => typeof(byte),
        ILOpCode.Ldind_i2 or ILOpCode.Stind_i2 => typeof(short),
        ILOpCode.Ldind_u2 => typeof(ushort),
        ILOpCode.Ldind_i4 or ILOpCode.Ldind_u4 or ILOpCode.Stind_i4 => IntType,
        ILOpCode.Ldind_i8 or ILOpCode.Stind_i8 => LongType,
        ILOpCode.Ldind_i or ILOpCode.Stind_i => typeof(nint),
        ILOpCode.Ldind_r4 or ILOpCode.Stind_r4 => FloatType,
        ILOpCode.Ldind_r8 or ILOpCode.Stind_r8 => DoubleType,
        _ => throw new NotSupportedException("uses a reference to an object; kernels have value types only"),
    };

    private void TranslateField(Frame frame, ILOpCode code, FieldInfo field)
    {
        if (field.IsStatic)
        {
            if (code == ILOpCode.Stsfld || !field.IsInitOnly)
            {
                throw new NotSupportedException($"uses the static variable {field.DeclaringType?.Name}.{field.Name}; kernels have constants and static readonly fields");
            }

            if (!field.FieldType.IsValueType)
            {
                throw new NotSupportedException($"uses the object {field.DeclaringType?.Name}.{field.Name}; pass it as an ArrayView");
            }

            var constant = new Operand(field.FieldType, ConstantOf(field.FieldType, field.GetValue(null)!));
            if (code == ILOpCode.Ldsfld)
            {
                Push(frame, constant);
                return;
            }

            var slot = f.Intern(Op.SlotAddr, Ty.Ptr, NewSlot(field.FieldType, "static", of: field));
            StoreTo(slot, 0, field.FieldType, constant);
            Push(frame, new Operand(ReferenceTo(field.FieldType), [slot]));
            return;
        }

        var value = code == ILOpCode.Stfld ? Pop(frame) : default;
        var target = Pop(frame);
        if (target.Token is not null || field.DeclaringType is { IsValueType: false })
        {
            throw new NotSupportedException($"uses a field of the class {field.DeclaringType?.Name}; kernels have value types only");
        }

        var offset = TypeLayout.OffsetOf(field);
        var isAddress = target.Type.IsByRef || target.Type.IsPointer || target.Type == typeof(nint) || target.Type == LongType;
        if (isAddress)
        {
            var address = Coerce(target.Value, Ty.Ptr);
            switch (code)
            {
                case ILOpCode.Ldfld:
                    Push(frame, LoadFrom(address, offset, field.FieldType));
                    break;
                case ILOpCode.Ldflda:
                    Push(frame, new Operand(ReferenceTo(field.FieldType), [f.EmitImm(Op.PtrAdd, Ty.Ptr, offset, address)], IsField: true));
                    break;
                default:
                    StoreTo(address, offset, field.FieldType, value);
                    break;
            }

            return;
        }

        if (code != ILOpCode.Ldfld)
        {
            throw new NotSupportedException("takes the address of a field of a temporary");
        }

        var outer = TypeLayout.Of(target.Type);
        var size = TypeLayout.Of(field.FieldType).Size;
        var values = new List<int>();
        for (var i = 0; i < outer.Leaves.Length; i++)
        {
            if (outer.Leaves[i].Offset >= offset && outer.Leaves[i].Offset < offset + size)
            {
                values.Add(target.Values[i]);
            }
        }

        Push(frame, new Operand(field.FieldType, [.. values]));
    }
}
