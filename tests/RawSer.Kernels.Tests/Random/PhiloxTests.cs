namespace RawSer.Kernels.Tests;

/// <summary>Known answers of Philox 4x32-10 as published with the Random123 library, and the block order.</summary>
public sealed class PhiloxTests
{
    [TestCase(0UL, 0UL, 0UL, 0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u)]
    [TestCase(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408F276Du, 0x41C83B0Eu, 0xA20BC7C6u, 0x6D5451FDu)]
    [TestCase(0x299F31D0A4093822UL, 0x85A308D3243F6A88UL, 0x0370734413198A2EUL, 0xD16CFE09u, 0x94FDCCEBu, 0x5001E420u, 0x24126EA1u)]
    public void Words_of_a_counter_are_the_published_ones(ulong key, ulong counter, ulong stream, uint x0, uint x1, uint x2, uint x3) =>
        Assert.That(Philox.Words(key, counter, stream), Is.EqualTo((x0, x1, x2, x3)));

    [TestCase(0UL)]
    [TestCase(12345UL)]
    [TestCase(0xFFFFFFFUL)] // counters 0xFFFFFFF0 to 0xFFFFFFFF: the block before the lower half overflows
    [TestCase(0x10000000UL)]
    public void A_block_holds_word_w_of_counter_lane_at_16_w_plus_lane(ulong block)
    {
        uint[] words = new uint[Philox.BlockWords];
        Philox.FillBlock(0xDEADBEEF12345678, block, 77, words);
        for (int lane = 0; lane < Philox.BlockCounters; lane++)
        {
            (uint x0, uint x1, uint x2, uint x3) = Philox.Words(0xDEADBEEF12345678, (block * 16) + (ulong)lane, 77);
            Assert.That(new[] { words[lane], words[16 + lane], words[32 + lane], words[48 + lane] }, Is.EqualTo(new[] { x0, x1, x2, x3 }));
        }
    }
}
