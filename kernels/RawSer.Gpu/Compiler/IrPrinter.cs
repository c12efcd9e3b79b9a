using System.Globalization;
using System.Text;

namespace RawSer.Gpu.Compiler;

/// <summary>IR as text, for people: one line an instruction, blocks in the order they are written.</summary>
internal static class IrPrinter
{
    public static string Print(IrFunction f)
    {
        var text = new StringBuilder();
        foreach (var b in DominatorTree.OrderOf(f))
        {
            var block = f.Blocks[b];
            text.Append(CultureInfo.InvariantCulture, $"block {b}");
            text.Append(block.Preds.Count > 0 ? $" from {string.Join(", ", block.Preds)}\n" : "\n");
            foreach (var v in block.Code)
            {
                ref var x = ref f[v];
                text.Append("  ");
                if (x.Type != Ty.None)
                {
                    text.Append(CultureInfo.InvariantCulture, $"v{v}: {x.Type} = ");
                }

                text.Append(x.Op);
                text.Append(x.Op switch
                {
                    Op.Cmp => $".{(Cond)x.Imm}",
                    Op.Atomic => $".{(AtomicKind)x.Aux} {x.Mem}",
                    Op.Load or Op.Store or Op.LoadVec or Op.StoreVec => $".{x.Mem}",
                    Op.Asm => $" \"{f.AsmTexts[x.Aux].Text}\"",
                    Op.Unsupported => $" \"{f.Messages[x.Aux]}\"",
                    _ => "",
                });
                foreach (var a in x.Args)
                {
                    text.Append(' ').Append(Name(f, f.Resolve(a)));
                }

                if (x.Op is not Op.Cmp && x.Imm != 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $" +{x.Imm}");
                }

                text.Append('\n');
            }

            text.Append("  ").Append(block.Term).Append(block.Term == Term.Branch ? " " + Name(f, f.Resolve(block.Cond)) : "");
            foreach (var s in block.Succ)
            {
                text.Append(CultureInfo.InvariantCulture, $" {s}");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Name(IrFunction f, int v)
    {
        ref var x = ref f[v];
        return x.Op switch
        {
            Op.Const when x.Type == Ty.F32 => BitConverter.Int32BitsToSingle((int)x.Imm).ToString("R", CultureInfo.InvariantCulture) + "f",
            Op.Const when x.Type == Ty.F64 => BitConverter.Int64BitsToDouble(x.Imm).ToString("R", CultureInfo.InvariantCulture),
            Op.Const => x.Imm.ToString(CultureInfo.InvariantCulture),
            Op.Special => ((SpecialRegister)x.Imm).ToString(),
            Op.Param => $"p{f.Parameters[(int)x.Imm].Index}+{f.Parameters[(int)x.Imm].Offset}",
            Op.SharedAddr => $"shared{x.Imm}",
            Op.SlotAddr => $"slot{x.Imm}",
            _ => $"v{v}",
        };
    }
}
