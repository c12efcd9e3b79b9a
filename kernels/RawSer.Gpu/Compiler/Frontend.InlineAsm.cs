using System.Globalization;
using System.Reflection;
using System.Text;

namespace RawSer.Gpu.Compiler;

/// <content>
/// PTX that a kernel writes itself (CudaAsm). What it does to memory and to other threads is read from its text: instructions that
/// are known to compute only are common subexpressions like any other, all others stay where they are.
/// </content>
internal sealed partial class Frontend
{
    private static readonly (string Part, AsmEffects Effects)[] EffectsByPart =
    [
        ("ld.", AsmEffects.Reads), ("ldmatrix", AsmEffects.Reads | AsmEffects.Convergent), ("st.", AsmEffects.Writes), ("atom", Synchronises), ("red.", Synchronises),
        ("bar.", Synchronises | AsmEffects.BlockBarrier), ("barrier", Synchronises | AsmEffects.BlockBarrier), ("shfl", AsmEffects.Convergent),
        ("vote", AsmEffects.Convergent), ("match", AsmEffects.Convergent), ("redux", AsmEffects.Convergent), ("activemask", AsmEffects.Convergent),
        ("mma", AsmEffects.Convergent), ("cp.", AsmEffects.Reads | AsmEffects.Writes), ("membar", AsmEffects.Reads | AsmEffects.Writes),
        ("fence", AsmEffects.Reads | AsmEffects.Writes), ("trap", AsmEffects.Writes), ("exit", AsmEffects.Writes | AsmEffects.Convergent), ("ret", AsmEffects.Writes | AsmEffects.Convergent),
        ("bra", AsmEffects.Convergent), ("call", Synchronises), ("clock", AsmEffects.Writes), ("globaltimer", AsmEffects.Writes), ("nanosleep", AsmEffects.Writes),
        ("prefetch", AsmEffects.Writes), ("brkpt", AsmEffects.Writes), ("discard", AsmEffects.Writes),
    ];

    private static readonly (string Part, int Sm, int Ptx)[] FeaturesByPart =
    [
        ("tf32", 80, 70), ("bf16", 80, 70), ("redux", 80, 70), ("cp.async", 80, 70), ("m16n8k16", 80, 70), ("m16n8k8", 75, 65), ("ldmatrix", 75, 65),
        ("tanh.approx", 75, 70), ("ex2.approx.f16", 75, 70), (".NaN", 80, 70), ("movmatrix", 75, 78), ("griddepcontrol", 90, 78), ("mbarrier", 80, 70),
        ("cluster", 90, 78), ("wgmma", 90, 80), ("elect", 90, 80), ("stmatrix", 90, 78),
    ];

    private Operand? InlineAsm(MethodBase method, Operand[] a)
    {
        var text = TextOf(a[0]);
        var parameters = method.GetParameters();
        var (outputs, inputs, values) = (new List<Ty>(), new List<Ty>(), new List<int>());
        for (var i = 1; i < a.Length; i++)
        {
            var type = parameters[i].ParameterType;
            if (type.IsByRef)
            {
                outputs.Add(RegisterFor(type.GetElementType()!));
            }
            else
            {
                inputs.Add(RegisterFor(type));
                values.Add(Coerce(a[i].Value, inputs[^1]));
            }
        }

        var result = EmitText(text, outputs, inputs, values, null);
        if (outputs.Count == 1)
        {
            StoreTo(a[1].Value, 0, parameters[1].ParameterType.GetElementType()!, Integral(result!.Value.Value));
        }

        return null;
    }

    private Operand? InlineAsmByReference(MethodBase method, Operand[] a)
    {
        var text = TextOf(a[0]);
        var (outputs, inputs, values, tied, targets) = (new List<Ty>(), new List<Ty>(), new List<int>(), new List<int>(), new List<(int Address, Type Type)>());
        var types = method.GetGenericArguments();
        var place = new (bool IsOutput, int Number)[types.Length];
        for (var i = 0; i < types.Length; i++)
        {
            var inner = types[i].GetGenericArguments()[0];
            var register = RegisterFor(inner);
            var kind = types[i].GetGenericTypeDefinition();
            var address = Coerce(a[i + 1].Value, Ty.Ptr);
            if (kind != typeof(Dialect.Output<>))
            {
                inputs.Add(register);
                values.Add(Coerce(LoadFrom(address, 0, inner).Value, register));
                place[i] = (false, inputs.Count - 1);
            }

            if (kind != typeof(Dialect.Input<>))
            {
                outputs.Add(register);
                tied.Add(kind == typeof(Dialect.Ref<>) ? inputs.Count - 1 : -1);
                targets.Add((address, inner));
                place[i] = (true, outputs.Count - 1);
            }
        }

        var result = EmitText(Renumber(text, place, outputs.Count), outputs, inputs, values, [.. tied]);
        for (var i = 0; i < targets.Count; i++)
        {
            StoreTo(targets[i].Address, 0, targets[i].Type, Integral(result!.Value.Values[i]));
        }

        return null;
    }

    /// <summary>A predicate as the 0/1 integer that a bool is on the evaluation stack.</summary>
    private Operand Integral(int value) => Number(f[value].Type == Ty.Pred ? f.Emit(Op.BoolToInt, Ty.I32, value) : value);

    private static string TextOf(Operand value) => value.Token is string text && text.TrimEnd().EndsWith(';') || value.Token is string { } block && block.TrimEnd().EndsWith('}')
        ? (string)value.Token
        : throw new NotSupportedException("CudaAsm takes a constant string that ends with a semicolon");

    private static Ty RegisterFor(Type type) => type == typeof(bool) ? Ty.Pred : TypeLayout.Primitive(type) switch
    {
        Mem.I32 => Ty.I32,
        Mem.I64 or Mem.Ptr => Ty.I64,
        Mem.F32 => Ty.F32,
        Mem.F64 => Ty.F64,
        _ => throw new NotSupportedException($"passes a {type.Name} to CudaAsm, which takes bool and numbers of 32 and 64 bits"),
    };

    private Operand? EmitText(string text, List<Ty> outputs, List<Ty> inputs, List<int> values, int[]? tied)
    {
        var effects = AsmEffects.Pure;
        foreach (var (part, effect) in EffectsByPart)
        {
            effects |= Mentions(text, part) ? effect : 0;
        }

        if (outputs.Count == 0)
        {
            effects |= AsmEffects.Writes;
        }

        var (minSm, minPtx) = (70, 63);
        foreach (var (part, sm, ptx) in FeaturesByPart)
        {
            if (text.Contains(part, StringComparison.Ordinal))
            {
                (minSm, minPtx) = (Math.Max(minSm, sm), Math.Max(minPtx, ptx));
            }
        }

        return Asm(text, [.. outputs], [.. inputs], [.. values], effects, minSm, minPtx, tied);
    }

    /// <summary>Whether an instruction's name starts so.</summary>
    private static bool Mentions(string text, string part)
    {
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + 1, StringComparison.Ordinal))
        {
            if (at == 0 || !(char.IsLetterOrDigit(text[at - 1]) || text[at - 1] is '.' or '_'))
            {
                return true;
            }
        }

        return false;
    }

    private static string Renumber(string text, (bool IsOutput, int Number)[] place, int outputs)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%' || i + 1 == text.Length || !char.IsDigit(text[i + 1]))
            {
                result.Append(text[i]);
                if (text[i] == '%' && i + 1 < text.Length && text[i + 1] == '%')
                {
                    result.Append(text[++i]);
                }

                continue;
            }

            var number = 0;
            while (i + 1 < text.Length && char.IsDigit(text[i + 1]))
            {
                number = (10 * number) + (text[++i] - '0');
            }

            if (number >= place.Length)
            {
                throw new NotSupportedException($"CudaAsm names operand %{number} of {place.Length}");
            }

            var (isOutput, at) = place[number];
            result.Append('%').Append((isOutput ? at : outputs + at).ToString(CultureInfo.InvariantCulture));
        }

        return result.ToString();
    }
}
