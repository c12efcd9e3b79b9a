namespace RawSer.Gpu.Tests;

public sealed class LaunchShapeTests
{
    [Test]
    public void Missing_extents_are_one()
    {
        LaunchShape shape = new(7, (8, 4));

        Assert.That(shape.Grid, Is.EqualTo(new Dim3(7, 1, 1)));
        Assert.That(shape.Block.Count, Is.EqualTo(32));
    }

    [Test]
    public void A_count_beyond_32_bits_does_not_overflow() =>
        Assert.That(new Dim3(int.MaxValue, 65535, 65535).Count, Is.EqualTo(2147483647L * 65535 * 65535));
}
