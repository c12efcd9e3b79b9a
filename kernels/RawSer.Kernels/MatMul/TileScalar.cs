namespace RawSer.Kernels;

/// <summary>2 x 4 without vectors, for processors and settings that have none: eight accumulators in scalar registers.</summary>
internal readonly unsafe struct TileScalar : ITile
{
    public static int Rows => 2;

    public static int Columns => 4;

    public static int Lanes => 4;

    public static void Multiply(nint depth, float* a, float* b, int* rows, int columns, float* c, nint stride, bool accumulate, Ahead ahead = default)
    {
        float c00 = 0, c01 = 0, c02 = 0, c03 = 0;
        float c10 = 0, c11 = 0, c12 = 0, c13 = 0;
        for (nint k = 0; k < depth; k++)
        {
            float* row = b + rows[k];
            float x = a[0];
            c00 += x * row[0];
            c01 += x * row[1];
            c02 += x * row[2];
            c03 += x * row[3];
            x = a[1];
            c10 += x * row[0];
            c11 += x * row[1];
            c12 += x * row[2];
            c13 += x * row[3];
            a += 2;
        }

        Store(c, accumulate, c00, c01, c02, c03);
        Store(c + stride, accumulate, c10, c11, c12, c13);
    }

    private static void Store(float* c, bool accumulate, float v0, float v1, float v2, float v3)
    {
        c[0] = accumulate ? c[0] + v0 : v0;
        c[1] = accumulate ? c[1] + v1 : v1;
        c[2] = accumulate ? c[2] + v2 : v2;
        c[3] = accumulate ? c[3] + v3 : v3;
    }
}
