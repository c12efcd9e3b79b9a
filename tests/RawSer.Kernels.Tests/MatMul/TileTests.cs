using RawSer.Kernels;

namespace RawSer.Kernels.Tests.MatMul;

/// <summary>Every register tile, also those that this processor would not choose, against the plain sum.</summary>
[TestFixture(typeof(Tile512))]
[TestFixture(typeof(Tile<Simd256>))]
[TestFixture(typeof(Tile<Simd128>))]
[TestFixture(typeof(TileScalar))]
[TestFixture(typeof(RowTile))]
internal sealed unsafe class TileTests<TTile> where TTile : ITile
{
    [Test]
    public void Multiplies_panels([Values(0, 1, 2, 7, 64)] int depth, [Values] bool accumulate)
    {
        const float Untouched = 99;
        Random random = new(depth);
        for (int columns = 1; columns <= TTile.Columns; columns++)
        {
            int width = (columns + TTile.Lanes - 1) / TTile.Lanes * TTile.Lanes;
            int stride = width + 3, written = Math.Max(columns, TTile.Lanes);
            float[] a = Numbers(random, depth * TTile.Rows), b = Numbers(random, (depth * width) + 16);
            int[] rows = [.. Enumerable.Range(0, depth).Select(k => (k * width) + (k % 3))];
            float[] c = Numbers(random, TTile.Rows * stride);
            Array.Resize(ref c, c.Length + 16);
            for (int i = 0; i < c.Length; i++)
            {
                c[i] = i < TTile.Rows * stride && i % stride < written ? c[i] : Untouched;
            }

            float[] expected = (float[])c.Clone();
            for (int i = 0; i < TTile.Rows; i++)
            {
                for (int j = 0; j < written; j++)
                {
                    // Integers of a few bits: every order of summation gives the same float.
                    float sum = accumulate ? expected[(i * stride) + j] : 0;
                    for (int k = 0; k < depth; k++)
                    {
                        sum += a[(k * TTile.Rows) + i] * b[rows[k] + j];
                    }

                    expected[(i * stride) + j] = sum;
                }
            }

            fixed (float* pa = a, pb = b, pc = c)
            fixed (int* pr = rows)
            {
                TTile.Multiply(depth, pa, pb, pr, columns, pc, stride, accumulate);
            }

            Assert.That(c, Is.EqualTo(expected), $"{columns} columns");
        }
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-8, 9))];
}
