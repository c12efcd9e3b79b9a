using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void MatMul(View a, View b, View y, bool accumulate = false) => Multiply(a, b, default, y, accumulate, null);

    /// <inheritdoc/>
    public override void MatMulBias(View a, View b, View bias, View y, UnaryOp? activation = null)
    {
        Multiply(a, b, bias, y, accumulate: false, Epilogue.Fuses(activation) ? activation : null);
        if (!Epilogue.Fuses(activation))
        {
            Unary(activation.GetValueOrDefault(), y, y, alpha: 0, beta: 0);
        }
    }

    /// <inheritdoc/>
    public override PackedMatrix? Pack(View b)
    {
        Matrix matrix = MatrixOf(b);
        int rows = b.Shape[0], columns = b.Shape[1];
        return Avx512F.IsSupported ? Gemm.Pack<Tile512>(matrix, rows, columns)
            : Vector256.IsHardwareAccelerated ? Gemm.Pack<Tile<Simd256>>(matrix, rows, columns)
            : Vector128.IsHardwareAccelerated ? Gemm.Pack<Tile<Simd128>>(matrix, rows, columns)
            : Gemm.Pack<TileScalar>(matrix, rows, columns);
    }

    /// <inheritdoc/>
    public override void MatMulPacked(View a, PackedMatrix b, View bias, View y, UnaryOp? activation = null)
    {
        if (y.Count == 0)
        {
            return;
        }

        bool fuses = Epilogue.Fuses(activation);
        GemmProblem problem = Problem(a, bias, y, accumulate: false, fuses ? activation : null);
        problem.PackedB = b.Data;
        Multiply(problem);
        GC.KeepAlive(b);
        if (!fuses)
        {
            Unary(activation.GetValueOrDefault(), y, y, alpha: 0, beta: 0);
        }
    }

    private static void Multiply(View a, View b, View bias, View y, bool accumulate, UnaryOp? activation)
    {
        if (y.Count == 0)
        {
            return;
        }

        GemmProblem problem = Problem(a, bias, y, accumulate, activation);
        problem.B = MatrixOf(b);
        for (int d = 0; d < y.Shape.Rank - 2; d++)
        {
            problem.Batch.Add(y.Shape[d], a.Strides[d], b.Strides[d], y.Strides[d], bias.Exists ? bias.Strides[d] : 0);
        }

        FoldBatchIntoRows(ref problem);
        Multiply(problem);
    }

    /// <summary>All but the right operand and the batch.</summary>
    private static GemmProblem Problem(View a, View bias, View y, bool accumulate, UnaryOp? activation) => new()
    {
        M = y.Shape[-2],
        N = y.Shape[-1],
        K = a.Shape[-1],
        A = MatrixOf(a),
        C = MatrixOf(y),
        Accumulate = accumulate,
        Epilogue = new Epilogue(bias.Exists ? MatrixOf(bias) : default, activation),
    };

    /// <summary>The product, or batch of products, with the widest registers there are.</summary>
    private static void Multiply(in GemmProblem problem)
    {
        if (Avx512F.IsSupported)
        {
            Gemm.Run<Tile512>(problem);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Gemm.Run<Tile<Simd256>>(problem);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            Gemm.Run<Tile<Simd128>>(problem);
        }
        else
        {
            Gemm.Run<TileScalar>(problem);
        }
    }

    private static Matrix MatrixOf(View view) => new(view.Pointer<float>(), (nint)view.Strides[^2], (nint)view.Strides[^1]);

    /// <summary>A batch that shares its right operand is one product with more rows, where the strides allow it.</summary>
    private static void FoldBatchIntoRows(ref GemmProblem p)
    {
        while (p.Batch.Rank > 0 && p.Batch.InnerStride(1) == 0
            && p.Batch.InnerStride(0) == p.M * p.A.RowStride && p.Batch.InnerStride(2) == p.M * p.C.RowStride
            && p.Epilogue.RowsFold(p.M, p.Batch.InnerStride(3))
            && (long)p.M * p.Batch.InnerExtent <= int.MaxValue)
        {
            p.M *= p.Batch.InnerExtent;
            p.Batch.RemoveInner();
        }
    }
}
