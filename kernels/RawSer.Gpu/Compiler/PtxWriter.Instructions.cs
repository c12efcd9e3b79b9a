using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace RawSer.Gpu.Compiler;

/// <content>One instruction at a time.</content>
internal sealed partial class PtxWriter
{
    private void Emit(ref DefaultInterpolatedStringHandler opcode, params ReadOnlySpan<string> operands)
    {
        Emit(opcode.Text, operands);
        opcode.Clear();
    }

    private void Emit(ReadOnlySpan<char> opcode, params ReadOnlySpan<string> operands)
    {
        _body.Append("    ").Append(opcode).Append(' ');
        for (var i = 0; i < operands.Length; i++)
        {
            _body.Append(i == 0 ? "" : ", ").Append(operands[i]);
        }

        _body.Append(";\n");
        _counter.Add(opcode);
    }

    private static string Suffix(Ty type) => type switch { Ty.I32 => "s32", Ty.I64 => "s64", Ty.F32 => "f32", Ty.F64 => "f64", Ty.Pred => "pred", _ => "u64" };

    private static string Bits(Ty type) => type switch { Ty.I32 or Ty.F32 => "b32", Ty.Pred => "pred", _ => "b64" };

    private static string Unsigned(Ty type) => type == Ty.I32 ? "u32" : "u64";

    private void WriteInstruction(int v)
    {
        ref var x = ref _f[v];
        var args = x.Args;
        var type = x.Type;
        var isFloat = type is Ty.F32 or Ty.F64;
        switch (x.Op)
        {
            case Op.Add or Op.Sub:
                Emit($"{(x.Op == Op.Add ? "add" : "sub")}.{Suffix(type)}", Register(v), Operand(args[0]), Operand(args[1]));
                break;
            case Op.Mul:
                WriteProduct(v);
                break;
            case Op.MulHi or Op.MulHiU:
                Emit($"mul.hi.{(x.Op == Op.MulHi ? Suffix(type) : Unsigned(type))}", Register(v), Operand(args[0]), Operand(args[1]));
                break;
            case Op.Div:
                Emit(isFloat ? $"div.rn.{Suffix(type)}" : $"div.{Suffix(type)}", Register(v), Operand(args[0]), Operand(args[1]));
                break;
            case Op.DivU or Op.RemU:
                Emit($"{(x.Op == Op.DivU ? "div" : "rem")}.{Unsigned(type)}", Register(v), Operand(args[0]), Operand(args[1]));
                break;
            case Op.Rem:
                Emit($"rem.{Suffix(type)}", Register(v), Operand(args[0]), Operand(args[1]));
                break;
            case Op.Min or Op.Max:
                WriteExtremum(v, x.Op == Op.Min ? "min" : "max");
                break;
            case Op.MinU or Op.MaxU:
                Emit($"{(x.Op == Op.MinU ? "min" : "max")}.{Unsigned(type)}", Register(v), Operand(args[0]), Operand(args[1]));
                break;
            case Op.And or Op.Or or Op.Xor:
                Emit($"{x.Op.ToString().ToLowerInvariant()}.{Bits(type)}", Register(v), Operand(args[0]), Operand(args[1]));
                break;
            case Op.Not:
                Emit($"not.{Bits(type)}", Register(v), Operand(args[0]));
                break;
            case Op.Neg or Op.Abs:
                Emit($"{(x.Op == Op.Neg ? "neg" : "abs")}.{Suffix(type)}", Register(v), Operand(args[0]));
                break;
            case Op.Shl or Op.Shr or Op.ShrU:
                Emit(x.Op switch { Op.Shl => $"shl.{Bits(type)}", Op.Shr => $"shr.{Suffix(type)}", _ => $"shr.{Unsigned(type)}" }, Register(v), Operand(args[0]), Operand(args[1]));
                break;
            case Op.Popc or Op.Clz:
                Emit($"{x.Op.ToString().ToLowerInvariant()}.{Bits(_f[args[0]].Type)}", Register(v), Operand(args[0]));
                break;
            case Op.Reverse:
                Emit($"brev.{Bits(type)}", Register(v), Operand(args[0]));
                break;
            case Op.Fma:
                Emit($"fma.rn.{Suffix(type)}", Register(v), Operand(args[0]), Operand(args[1]), Operand(args[2]));
                break;
            case Op.Sqrt:
                Emit($"sqrt.rn.{Suffix(type)}", Register(v), Operand(args[0]));
                break;
            case Op.Floor or Op.Ceil or Op.Trunc or Op.Round:
                var mode = x.Op switch { Op.Floor => "rmi", Op.Ceil => "rpi", Op.Trunc => "rzi", _ => "rni" };
                Emit($"cvt.{mode}.{Suffix(type)}.{Suffix(type)}", Register(v), Operand(args[0]));
                break;
            case Op.Cmp:
                WriteComparison(v);
                break;
            case Op.Select:
                WriteSelect(v);
                break;
            case Op.PtrAdd or Op.Assume or Op.PtrToInt or Op.IntToPtr:
                WritePointer(v);
                break;
            case Op.Load or Op.LoadVec or Op.Store or Op.StoreVec or Op.Atomic:
                WriteMemory(v);
                break;
            case Op.Extract:
                Register(v);
                break;
            case Op.Asm:
                WriteAsm(v);
                break;
            case Op.Unsupported:
                throw _frontend.Error(x.Source, _f.Messages[x.Aux]);
            default:
                WriteConversion(v);
                break;
        }
    }

    private void WriteProduct(int v)
    {
        ref var x = ref _f[v];
        var (a, b) = (x.Args[0], x.Args[1]);
        if (x.Type is Ty.F32 or Ty.F64)
        {
            Emit($"mul.{Suffix(x.Type)}", Register(v), Operand(a), Operand(b));
            return;
        }

        if (IsWideProduct(v))
        {
            var factor = _f.IsConst(b, out var wide) ? wide.ToString(CultureInfo.InvariantCulture) : Operand(_f[b].Args[0]);
            Emit($"mul.wide.{(_f[a].Op == Op.SExt ? "s32" : "u32")}", Register(v), Operand(_f[a].Args[0]), factor);
            return;
        }

        if (_f.IsConst(b, out var c) && BitOperations.IsPow2(c))
        {
            Emit($"shl.{Bits(x.Type)}", Register(v), Operand(a), BitOperations.Log2((ulong)c).ToString(CultureInfo.InvariantCulture));
            return;
        }

        Emit($"mul.lo.{Suffix(x.Type)}", Register(v), Operand(a), Operand(b));
    }

    /// <summary>(long)i * constant and (long)i * (long)j: one product of 32 bits with a result of 64.</summary>
    private bool IsWideProduct(int v)
    {
        ref var x = ref _f[v];
        if (x.Op != Op.Mul || x.Type != Ty.I64 || _f[x.Args[0]].Op is not (Op.SExt or Op.ZExt))
        {
            return false;
        }

        var signed = _f[x.Args[0]].Op == Op.SExt;
        return _f.IsConst(x.Args[1], out var c) ? (signed ? c == (int)c : c == (uint)c) : _f[x.Args[1]].Op == _f[x.Args[0]].Op;
    }

    /// <summary>Minimum and maximum; NaN wins, as in .NET, for which sm_80 has an instruction.</summary>
    private void WriteExtremum(int v, string name)
    {
        ref var x = ref _f[v];
        var (a, b) = (Operand(x.Args[0]), Operand(x.Args[1]));
        if (x.Type is not (Ty.F32 or Ty.F64))
        {
            Emit($"{name}.{Suffix(x.Type)}", Register(v), a, b);
            return;
        }

        AskedForTarget |= x.Type == Ty.F32;
        if (x.Type == Ty.F32 && _options.TargetSm >= 80)
        {
            (_minSm, _minPtx) = (Math.Max(_minSm, 80), Math.Max(_minPtx, 70));
            Emit($"{name}.NaN.f32", Register(v), a, b);
            return;
        }

        // The sum of two numbers one of which is NaN is NaN.
        var (p, sum, extremum) = (NewName(0), NewName(Bank(v)), NewName(Bank(v)));
        Emit($"setp.nan.{Suffix(x.Type)}", p, a, b);
        Emit($"add.{Suffix(x.Type)}", sum, a, b);
        Emit($"{name}.{Suffix(x.Type)}", extremum, a, b);
        Emit($"selp.{Suffix(x.Type)}", Register(v), sum, extremum, p);
    }

    private void WriteComparison(int v)
    {
        ref var x = ref _f[v];
        var (a, b, cond) = (x.Args[0], x.Args[1], (Cond)x.Imm);
        var type = _f[a].Type;
        if (type == Ty.Pred)
        {
            Emit("xor.pred", Register(v), Operand(a), Operand(b));
            if (cond == Cond.Eq)
            {
                Emit("not.pred", Register(v), Register(v));
            }

            return;
        }

        var isFloat = type is Ty.F32 or Ty.F64;
        var (name, suffix) = cond switch
        {
            Cond.Eq => ("eq", isFloat ? Suffix(type) : Bits(type)),
            Cond.Ne => (isFloat ? "neu" : "ne", isFloat ? Suffix(type) : Bits(type)),
            < Cond.LtU => (cond.ToString().ToLowerInvariant(), Suffix(type)),
            _ => (cond.ToString().ToLowerInvariant()[..2] + (isFloat ? "u" : ""), isFloat ? Suffix(type) : Unsigned(type)),
        };
        Emit($"setp.{name}.{suffix}", Register(v), Operand(a), Operand(b));
    }

    private void WriteSelect(int v)
    {
        ref var x = ref _f[v];
        var (p, a, b) = (Operand(x.Args[0]), Operand(x.Args[1]), Operand(x.Args[2]));
        if (x.Type == Ty.Pred)
        {
            var (left, right, not) = (NewName(0), NewName(0), NewName(0));
            Emit("not.pred", not, p);
            Emit("and.pred", left, p, a);
            Emit("and.pred", right, not, b);
            Emit("or.pred", Register(v), left, right);
            return;
        }

        Emit($"selp.{(Bank(v) is 1 or 2 ? (Bank(v) == 1 ? "b32" : "b64") : Suffix(x.Type))}", Register(v), a, b, p);
    }

    private void WriteConversion(int v)
    {
        ref var x = ref _f[v];
        var from = _f[x.Args[0]].Type;
        var (to, a) = (Register(v), Operand(x.Args[0]));
        switch (x.Op)
        {
            case Op.SExt or Op.ZExt when _uses[v] == 0:
                break;
            case Op.SExt:
                Emit("cvt.s64.s32", to, a);
                break;
            case Op.ZExt:
                Emit("cvt.u64.u32", to, a);
                break;
            case Op.Narrow:
                Emit("cvt.u32.u64", to, a);
                break;
            case Op.Ext8:
                Emit("cvt.s32.s8", to, a);
                break;
            case Op.Ext16:
                Emit("cvt.s32.s16", to, a);
                break;
            case Op.Ext8U or Op.Ext16U:
                Emit("and.b32", to, a, x.Op == Op.Ext8U ? "255" : "65535");
                break;
            case Op.IntToFloat:
                Emit($"cvt.rn.{Suffix(x.Type)}.{Suffix(from)}", to, a);
                break;
            case Op.UIntToFloat:
                Emit($"cvt.rn.{Suffix(x.Type)}.{Unsigned(from)}", to, a);
                break;
            case Op.FloatToInt:
                Emit($"cvt.rzi.{Suffix(x.Type)}.{Suffix(from)}", to, a);
                break;
            case Op.FloatToUInt:
                Emit($"cvt.rzi.{Unsigned(x.Type)}.{Suffix(from)}", to, a);
                break;
            case Op.FloatToFloat:
                Emit(x.Type == Ty.F32 ? "cvt.rn.f32.f64" : "cvt.f64.f32", to, a);
                break;
            case Op.HalfToFloat:
                Emit("{ .reg .b16 h; cvt.u16.u32 h,", a + "; cvt.f32.f16 " + to, "h; }");
                break;
            case Op.FloatToHalf:
                Emit("{ .reg .b16 h; cvt.rn.f16.f32 h,", a + "; cvt.u32.u16 " + to, "h; }");
                break;
            case Op.Bitcast:
                Emit($"mov.{Bits(x.Type)}", to, a);
                break;
            case Op.BoolToInt:
                Emit("selp.b32", to, "1", "0", a);
                break;
            default:
                throw _frontend.Error(x.Source, $"the compiler has no PTX for {x.Op}");
        }
    }

    private void WriteAsm(int v)
    {
        ref var x = ref _f[v];
        var asm = _f.AsmTexts[x.Aux];
        if (asm.MinSm > _options.TargetSm)
        {
            throw _frontend.Error(x.Source, $"'{asm.Text}' needs compute capability {asm.MinSm / 10}.{asm.MinSm % 10}, the kernel is compiled for {_options.TargetSm / 10}.{_options.TargetSm % 10}; guard it with Target.Sm");
        }

        (_minSm, _minPtx) = (Math.Max(_minSm, asm.MinSm), Math.Max(_minPtx, asm.MinPtx));
        var isCopy = asm.Text.StartsWith("cp.async", StringComparison.Ordinal);
        if (isCopy && x.Args.Length >= 2 && (_spaces[x.Args[0]] != Space.Shared || _spaces[x.Args[1]] != Space.Global))
        {
            throw _frontend.Error(x.Source, "AsyncCopy copies from global to shared memory");
        }

        var outputs = asm.Outputs.Length switch { 0 => [], 1 => [Register(v)], _ => Elements(v) };
        var inputs = new string[x.Args.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i] = isCopy && i < 2 ? Address(x.Args[i], 0) : Operand(x.Args[i]);
        }

        for (var i = 0; i < outputs.Count && asm.Tied is not null; i++)
        {
            if (asm.Tied[i] >= 0)
            {
                Emit($"mov.{BankTypes[BankOf(asm.Outputs[i])]}", outputs[i], inputs[asm.Tied[i]]);
            }
        }

        var text = new StringBuilder();
        for (var i = 0; i < asm.Text.Length; i++)
        {
            var c = asm.Text[i];
            if (c != '%' || i + 1 == asm.Text.Length)
            {
                text.Append(c);
            }
            else if (asm.Text[i + 1] == '%')
            {
                text.Append('%');
                i++;
            }
            else if (char.IsDigit(asm.Text[i + 1]))
            {
                var number = 0;
                while (i + 1 < asm.Text.Length && char.IsDigit(asm.Text[i + 1]))
                {
                    number = (10 * number) + (asm.Text[++i] - '0');
                }

                text.Append(number < outputs.Count ? outputs[number] : number - outputs.Count < inputs.Length
                    ? inputs[number - outputs.Count]
                    : throw _frontend.Error(x.Source, $"CudaAsm names operand %{number}, which is not there"));
            }
            else
            {
                text.Append(c);
            }
        }

        _body.Append("    ").Append(text).Append('\n');
        _counter.Add(asm.Text.Split(' ', ';')[0]);
    }
}
