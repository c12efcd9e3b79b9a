using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;

namespace RawSer.Gpu.Compiler;

/// <summary>One IL instruction with its operand resolved: a member, a string, a type, a number or branch targets.</summary>
internal readonly record struct IlInstruction(int Offset, ILOpCode Code, object? Operand, long Number, int Next);

/// <summary>
/// A method body with its tokens resolved in its own generic context, and cut into basic blocks. Bodies are kept for the life of
/// the process: reflection costs more than everything the compiler does with the result.
/// </summary>
internal sealed class IlMethod
{
    private static readonly ConcurrentDictionary<MethodBase, IlMethod> Known = new();

    public required MethodBase Method { get; init; }

    public required IlInstruction[] Code { get; init; }

    /// <summary>Index of the first instruction of each block, in order.</summary>
    public required int[] BlockStarts { get; init; }

    /// <summary>Whether it is one block that does not branch back to its beginning.</summary>
    public required bool IsStraight { get; init; }

    /// <summary>Block that starts at an IL offset.</summary>
    public required Dictionary<int, int> BlockAt { get; init; }

    public required Type[] Locals { get; init; }

    /// <summary>Types of the arguments, with that of <c>this</c> (by reference for structs) first.</summary>
    public required Type[] Arguments { get; init; }

    public required Type Returns { get; init; }

    public required bool HasHandlers { get; init; }

    /// <summary>Arguments whose slot is written or whose address is taken.</summary>
    public required bool[] IsArgumentVariable { get; init; }

    /// <summary>Locals that one instruction writes and whose address is not taken: a constant stored there is one everywhere.</summary>
    public required bool[] IsWrittenOnce { get; init; }

    /// <summary>Whether the method is marked with [Unroll].</summary>
    public bool IsUnrolled { get; private init; }

    /// <summary>How many loops may stay nevertheless.</summary>
    public int RuntimeLoops { get; private init; }

    public static int CachedCount => Known.Count;

    /// <summary>The bodies read so far.</summary>
    public static IEnumerable<IlMethod> Cached => Known.Values;

    /// <summary>Reads a body; null when the method has none.</summary>
    [RequiresUnreferencedCode("Reads IL.")]
    public static IlMethod? Read(MethodBase method)
    {
        if (Known.TryGetValue(method, out var known))
        {
            return known;
        }

        var body = method.GetMethodBody();
        var il = body?.GetILAsByteArray();
        if (body is null || il is null)
        {
            return null;
        }

        var typeArgs = method.DeclaringType is { IsGenericType: true } declaring ? declaring.GetGenericArguments() : null;
        var methodArgs = method.IsGenericMethod ? method.GetGenericArguments() : null;
        var code = new List<IlInstruction>();
        var leaders = new SortedSet<int> { 0 };
        var at = 0;
        while (at < il.Length)
        {
            code.Add(Decode(method.Module, il, ref at, typeArgs, methodArgs, leaders));
        }

        var indexOf = new Dictionary<int, int>();
        for (var i = 0; i < code.Count; i++)
        {
            indexOf[code[i].Offset] = i;
        }

        leaders.RemoveWhere(x => !indexOf.ContainsKey(x));
        var starts = leaders.Select(x => indexOf[x]).ToArray();
        var blockAt = new Dictionary<int, int>();
        for (var i = 0; i < starts.Length; i++)
        {
            blockAt[code[starts[i]].Offset] = i;
        }

        Type[] parameters = [.. method.GetParameters().Select(p => p.ParameterType)];
        var owner = method.DeclaringType!;
        Type[] arguments = method.IsStatic ? parameters : [owner.IsValueType ? owner.MakeByRefType() : owner, .. parameters];
        var variable = new bool[arguments.Length];
        foreach (var x in code)
        {
            if (x.Code is ILOpCode.Starg or ILOpCode.Ldarga)
            {
                variable[x.Number] = true;
            }
        }

        var writes = new int[body.LocalVariables.Count];
        foreach (var x in code)
        {
            if (x.Code is ILOpCode.Stloc or ILOpCode.Ldloca)
            {
                writes[x.Number] += x.Code == ILOpCode.Stloc ? 1 : 2;
            }
        }

        var unroll = method.GetCustomAttribute<Dialect.UnrollAttribute>();
        return Known.GetOrAdd(method, new IlMethod
        {
            Method = method,
            Code = [.. code],
            BlockStarts = starts,
            IsStraight = starts.Length == 1 && !code.Exists(x => x.Code is >= ILOpCode.Br and <= ILOpCode.Blt_un or ILOpCode.Leave),
            BlockAt = blockAt,
            Locals = [.. body.LocalVariables.OrderBy(l => l.LocalIndex).Select(l => l.LocalType)],
            Arguments = arguments,
            Returns = method is MethodInfo info ? info.ReturnType : typeof(void),
            HasHandlers = body.ExceptionHandlingClauses.Count > 0,
            IsArgumentVariable = variable,
            IsWrittenOnce = [.. writes.Select(w => w == 1)],
            IsUnrolled = unroll is not null,
            RuntimeLoops = unroll?.RuntimeLoops ?? 0,
        });
    }

    [RequiresUnreferencedCode("Resolves tokens.")]
    private static IlInstruction Decode(Module module, byte[] il, ref int at, Type[]? typeArgs, Type[]? methodArgs, SortedSet<int> leaders)
    {
        var offset = at;
        int code = il[at++];
        if (code == 0xfe)
        {
            code = 0xfe00 | il[at++];
        }

        var op = (ILOpCode)code;
        object? operand = null;
        long number = 0;
        var span = il.AsSpan();
        switch (op)
        {
            case >= ILOpCode.Ldarg_0 and <= ILOpCode.Ldarg_3:
                (number, op) = (op - ILOpCode.Ldarg_0, ILOpCode.Ldarg);
                break;
            case >= ILOpCode.Ldloc_0 and <= ILOpCode.Ldloc_3:
                (number, op) = (op - ILOpCode.Ldloc_0, ILOpCode.Ldloc);
                break;
            case >= ILOpCode.Stloc_0 and <= ILOpCode.Stloc_3:
                (number, op) = (op - ILOpCode.Stloc_0, ILOpCode.Stloc);
                break;
            case ILOpCode.Ldarg_s or ILOpCode.Ldarga_s or ILOpCode.Starg_s or ILOpCode.Ldloc_s or ILOpCode.Ldloca_s or ILOpCode.Stloc_s:
                number = il[at++];
                op = op switch
                {
                    ILOpCode.Ldarg_s => ILOpCode.Ldarg,
                    ILOpCode.Ldarga_s => ILOpCode.Ldarga,
                    ILOpCode.Starg_s => ILOpCode.Starg,
                    ILOpCode.Ldloc_s => ILOpCode.Ldloc,
                    ILOpCode.Ldloca_s => ILOpCode.Ldloca,
                    _ => ILOpCode.Stloc,
                };
                break;
            case ILOpCode.Ldarg or ILOpCode.Ldarga or ILOpCode.Starg or ILOpCode.Ldloc or ILOpCode.Ldloca or ILOpCode.Stloc:
                number = BinaryPrimitives.ReadUInt16LittleEndian(span[at..]);
                at += 2;
                break;
            case >= ILOpCode.Ldc_i4_m1 and <= ILOpCode.Ldc_i4_8:
                (number, op) = ((int)op - (int)ILOpCode.Ldc_i4_0, ILOpCode.Ldc_i4);
                break;
            case ILOpCode.Ldc_i4_s:
                (number, op) = ((sbyte)il[at++], ILOpCode.Ldc_i4);
                break;
            case ILOpCode.Ldc_i4:
                number = BinaryPrimitives.ReadInt32LittleEndian(span[at..]);
                at += 4;
                break;
            case ILOpCode.Ldc_r4:
                number = BinaryPrimitives.ReadInt32LittleEndian(span[at..]);
                at += 4;
                break;
            case ILOpCode.Ldc_i8 or ILOpCode.Ldc_r8:
                number = BinaryPrimitives.ReadInt64LittleEndian(span[at..]);
                at += 8;
                break;
            case ILOpCode.Unaligned:
                number = il[at++];
                break;
            case ILOpCode.Switch:
                var count = BinaryPrimitives.ReadInt32LittleEndian(span[at..]);
                at += 4;
                var targets = new int[count];
                for (var i = 0; i < count; i++)
                {
                    targets[i] = at + (4 * count) + BinaryPrimitives.ReadInt32LittleEndian(span[(at + (4 * i))..]);
                    leaders.Add(targets[i]);
                }

                at += 4 * count;
                operand = targets;
                leaders.Add(at);
                break;
            case >= ILOpCode.Br_s and <= ILOpCode.Blt_un_s:
                number = (sbyte)il[at++];
                number += at;
                op += ILOpCode.Br - ILOpCode.Br_s;
                leaders.Add((int)number);
                leaders.Add(at);
                break;
            case >= ILOpCode.Br and <= ILOpCode.Blt_un or ILOpCode.Leave:
                number = BinaryPrimitives.ReadInt32LittleEndian(span[at..]);
                at += 4;
                number += at;
                leaders.Add((int)number);
                leaders.Add(at);
                break;
            case ILOpCode.Leave_s:
                number = (sbyte)il[at++];
                number += at;
                op = ILOpCode.Leave;
                leaders.Add((int)number);
                leaders.Add(at);
                break;
            case ILOpCode.Call or ILOpCode.Callvirt or ILOpCode.Newobj or ILOpCode.Ldftn or ILOpCode.Ldvirtftn or ILOpCode.Jmp:
                operand = module.ResolveMethod(Token(il, ref at), typeArgs, methodArgs);
                break;
            case ILOpCode.Ldfld or ILOpCode.Ldflda or ILOpCode.Stfld or ILOpCode.Ldsfld or ILOpCode.Ldsflda or ILOpCode.Stsfld:
                operand = module.ResolveField(Token(il, ref at), typeArgs, methodArgs);
                break;
            case ILOpCode.Ldstr:
                operand = module.ResolveString(Token(il, ref at));
                break;
            case ILOpCode.Ldtoken:
                operand = module.ResolveMember(Token(il, ref at), typeArgs, methodArgs);
                break;
            case ILOpCode.Calli:
                at += 4;
                break;
            case ILOpCode.Ldobj or ILOpCode.Stobj or ILOpCode.Cpobj or ILOpCode.Initobj or ILOpCode.Sizeof or ILOpCode.Constrained or ILOpCode.Newarr
                or ILOpCode.Box or ILOpCode.Unbox or ILOpCode.Unbox_any or ILOpCode.Castclass or ILOpCode.Isinst or ILOpCode.Ldelem or ILOpCode.Stelem
                or ILOpCode.Ldelema or ILOpCode.Mkrefany or ILOpCode.Refanyval:
                operand = module.ResolveType(Token(il, ref at), typeArgs, methodArgs);
                break;
            case ILOpCode.Ret or ILOpCode.Throw or ILOpCode.Rethrow or ILOpCode.Endfinally:
                leaders.Add(at);
                break;
            default:
                break;
        }

        return new IlInstruction(offset, op, operand, number, at);
    }

    private static int Token(byte[] il, ref int at)
    {
        var token = BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(at));
        at += 4;
        return token;
    }
}
