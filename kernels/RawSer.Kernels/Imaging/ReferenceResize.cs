namespace RawSer.Kernels;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void ResizeBilinear(View x, View y, bool alignCorners) =>
        ForEachTap(x.Shape, y.Shape, alignCorners, (from, to, share) => StoreFloat(y, to, LoadFloat(y, to) + (share * LoadFloat(x, from))), y);

    /// <inheritdoc/>
    public override void ResizeBilinearBackward(View dy, View dx, bool alignCorners) =>
        ForEachTap(dx.Shape, dy.Shape, alignCorners, (from, to, share) => StoreFloat(dx, from, LoadFloat(dx, from) + (share * LoadFloat(dy, to))), dx);

    /// <summary>Calls for each source pixel that a result pixel mixes, after clearing the output.</summary>
    private void ForEachTap(Shape source, Shape result, bool alignCorners, Action<long, long, double> tap, View output)
    {
        Fill(output, 0);
        int height = result[-2], width = result[-1];
        ResizeAxis rows = new(source[-2], height, alignCorners), columns = new(source[-1], width, alignCorners);
        for (long place = 0; place < result.ElementCount; place++)
        {
            long plane = place / width / height * source[-2] * source[-1];
            (int top, int bottom, float down) = rows.At((int)(place / width % height));
            (int left, int right, float across) = columns.At((int)(place % width));
            tap(plane + ((long)top * source[-1]) + left, place, (1.0 - down) * (1.0 - across));
            tap(plane + ((long)top * source[-1]) + right, place, (1.0 - down) * across);
            tap(plane + ((long)bottom * source[-1]) + left, place, down * (1.0 - across));
            tap(plane + ((long)bottom * source[-1]) + right, place, (double)down * across);
        }
    }
}
