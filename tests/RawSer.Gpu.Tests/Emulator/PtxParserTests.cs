using RawSer.Gpu.Emulator;

namespace RawSer.Gpu.Tests.Emulator;

public sealed class PtxParserTests
{
    private static readonly string Valid = PtxKernels.Module("""
        ld.param.u64 %d0, [p0];
        mov.u32 %r0, %tid.x;
        setp.lt.u32 %p0, %r0, 7;
        @!%p0 bra $done;
        { .reg .b32 t; add.s32 t, %r0, 0x10; mul.wide.u32 %d1, %r0, 4; add.s64 %d1, %d1, %d0; st.global.u32 [%d1+-0], t; }
        bar.sync 0;
        $done:
        ret;
        """);

    [TestCase("add.s32 %r0, %r1;", "line")]
    [TestCase("frobnicate.u32 %r0, %r1;", "'frobnicate.u32' is not known")]
    [TestCase("bra nowhere;", "no label 'nowhere'")]
    [TestCase("ld.global.u32 %r0, [undeclared];", "'undeclared' is not declared")]
    [TestCase("@%q bra $x;", "'%q' is not declared")]
    [TestCase("mov.f32 %f0, 0f123;", "8 hexadecimal digits")]
    [TestCase("call absent, ();", "'absent' is not declared")]
    [TestCase("add.s64 %d0, %r0, %d1;", "another width")]
    public void What_is_no_PTX_is_refused_with_its_line(string statement, string words)
    {
        using var device = new EmulatorDevice();

        var refused = Assert.Throws<PtxException>(() => device.LoadModule(PtxKernels.Module(statement)))!;
        Assert.That(refused.Message, Does.Contain(words).And.Contain("PTX line 11"));
    }

    [Test]
    public void A_kernel_that_is_absent_is_named_with_those_that_exist()
    {
        using var device = new EmulatorDevice();
        using GpuModule module = device.LoadModule(Valid);

        Assert.That(Assert.Throws<GpuException>(() => module.GetFunction("other"))!.Message, Does.Contain("'other'").And.Contain("'k'"));
    }

    [Test]
    public void Damaged_text_is_refused_or_means_something_else_but_never_crashes()
    {
        var random = new Random(5);
        int refused = 0;
        for (int round = 0; round < 3000; round++)
        {
            char[] text = Valid.ToCharArray();
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                text[random.Next(text.Length)] = "%.,;:[]{}()+-019arx_ \n"[random.Next(22)];
            }

            using var device = new EmulatorDevice(new EmulatorOptions { MemoryBytes = 1 << 20 });
            try
            {
                device.LoadModule(new string(text, 0, random.Next(4) == 0 ? random.Next(text.Length) : text.Length)).Dispose();
            }
            catch (GpuException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(1500));
    }
}
