using RawSer.Gpu.Tests.Emulator;
using RawSer.Testing;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>NVIDIA's assembler, where it is at hand.</summary>
public sealed class RealAssemblerTests
{
    private const string Loop = """
        .shared .align 16 .b8 s[512];
        ld.param.u64 %d0, [p0];
        mov.u32 %r0, %tid.x;
        mul.wide.u32 %d1, %r0, 4;
        add.s64 %d0, %d0, %d1;
        mov.f32 %f0, 0f00000000;
        mov.u32 %r2, s;
        mov.u32 %r1, 0;
        $loop:
        ld.global.f32 %f1, [%d0];
        fma.rn.f32 %f0, %f1, %f1, %f0;
        fma.rn.f32 %f0, %f1, %f0, %f0;
        add.s64 %d0, %d0, 4096;
        add.s32 %r1, %r1, 1;
        setp.lt.s32 %p0, %r1, %r0;
        @%p0 bra $loop;
        st.shared.f32 [%r2], %f0;
        ld.shared.v4.f32 {%f2, %f3, %f4, %f5}, [%r2];
        add.f32 %f2, %f2, %f5;
        add.f32 %f3, %f3, %f4;
        mul.f32 %f2, %f2, %f3;
        st.global.f32 [%d0], %f2;
        ret;
        """;

    [TestCase(70)]
    [TestCase(80)]
    [TestCase(90)]
    public void A_kernel_is_assembled_and_counted(int sm)
    {
        AssembledKernel kernel = Assembler().Assemble(PtxKernels.Module(Loop).Replace("sm_80", "sm_70"), sm).Single();

        Assert.Multiple(() =>
        {
            Assert.That(kernel.Name, Is.EqualTo("k"));
            Assert.That(kernel.Registers, Is.InRange(6, 40));
            Assert.That((kernel.SpillBytes, kernel.StackBytes, kernel.SharedBytes), Is.EqualTo((0, 0, 512)));
            Assert.That(AssembledKernel.Count(kernel.Instructions, "LDS.128"), Is.EqualTo(1));
            Assert.That(AssembledKernel.Count(kernel.MainLoop(), "FFMA"), Is.GreaterThanOrEqualTo(2).And.EqualTo(2 * AssembledKernel.Count(kernel.MainLoop(), "LDG")));
            Assert.That(kernel.Instructions[^1].Opcode, Is.Not.EqualTo("NOP"));
        });
    }

    [Test]
    public void What_it_refuses_is_told()
    {
        RealAssembler assembler = Assembler(); // outside the lambda: skipping is an exception too
        Assert.That(
            Assert.Throws<InvalidOperationException>(() => assembler.Assemble(PtxKernels.Module("add.s32 %r0, %r1;"), 80))!.Message,
            Does.Contain("ptxas"));
    }

    private static RealAssembler Assembler()
    {
        if (RealAssembler.Find() is not { } assembler)
        {
            Assert.Ignore(RealAssembler.Missing);
            throw new InvalidOperationException(RealAssembler.Missing);
        }

        return assembler;
    }
}
