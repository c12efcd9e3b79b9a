using RawSer.Gpu.Emulator;

namespace RawSer.Gpu.Tests.Emulator;

/// <summary>Faults and their correct twins that the goldens do not hold.</summary>
public sealed class FaultTests
{
    private static readonly string SharedExchange = """
        .shared .align 4 .b8 s[512];
        ld.param.u64 %d0, [p0];
        mov.u32 %r0, %tid.x;
        shl.b32 %r1, %r0, 2;
        mov.u32 %r2, s;
        add.s32 %r3, %r2, %r1;
        st.shared.u32 [%r3], %r0;
        BARRIER
        xor.b32 %r4, %r1, 256;
        add.s32 %r4, %r4, %r2;
        ld.shared.u32 %r5, [%r4];
        cvt.u64.u32 %d1, %r1;
        add.s64 %d0, %d0, %d1;
        st.global.u32 [%d0], %r5;
        ret;
        """;

    [Test]
    public void A_barrier_orders_warps()
    {
        uint[] result = PtxKernels.Run(PtxKernels.Module(SharedExchange.Replace("BARRIER", "bar.sync 0;")), new LaunchShape(1, 128), new uint[128]);

        Assert.That(result[5], Is.EqualTo(69u));
        Assert.That(result[100], Is.EqualTo(36u));
    }

    [TestCase("")]
    [TestCase("bar.warp.sync -1;")]
    [TestCase("membar.cta;")]
    public void Nothing_else_does(string instead)
    {
        EmulatorFaultException fault = PtxKernels.Fault(PtxKernels.Module(SharedExchange.Replace("BARRIER", instead)), new LaunchShape(1, 128), new uint[128]);

        Assert.That(fault.Kind, Is.EqualTo(EmulatorFaultKind.SharedRace).Or.EqualTo(EmulatorFaultKind.UninitialisedShared));
    }

    [Test]
    public void A_value_from_a_lane_that_exited_is_found_when_it_is_used()
    {
        const string Body = """
            ld.param.u64 %d0, [p0];
            mov.u32 %r0, %tid.x;
            setp.ge.u32 %p0, %r0, 16;
            @%p0 ret;
            shfl.sync.bfly.b32 %r1, %r0, DISTANCE, 31, -1;
            mul.wide.u32 %d1, %r0, 4;
            add.s64 %d0, %d0, %d1;
            st.global.u32 [%d0], %r1;
            ret;
            """;
        uint[] result = PtxKernels.Run(PtxKernels.Module(Body.Replace("DISTANCE", "8")), new LaunchShape(1, 32), new uint[32]);
        EmulatorFaultException fault = PtxKernels.Fault(PtxKernels.Module(Body.Replace("DISTANCE", "16")), new LaunchShape(1, 32), new uint[32]);

        Assert.That(result[3], Is.EqualTo(11u));
        Assert.That((fault.Kind, fault.LinearThread), Is.EqualTo((EmulatorFaultKind.ShuffleInactive, 0)));
    }

    [Test]
    public void Lanes_that_might_trap_meet_the_others_again()
    {
        // Odd and even lanes go apart, and each side has a way into a trap: they are one again in front of the barrier.
        uint[] result = PtxKernels.Run(
            PtxKernels.Module("""
                .shared .align 4 .b8 s[128];
                ld.param.u64 %d0, [p0];
                mov.u32 %r0, %tid.x;
                shl.b32 %r1, %r0, 2;
                mov.u32 %r2, s;
                add.s32 %r3, %r2, %r1;
                setp.ge.u32 %p1, %r0, 32;
                and.b32 %r4, %r0, 1;
                setp.eq.s32 %p0, %r4, 0;
                @%p0 bra $even;
                @%p1 bra $trap;
                st.shared.u32 [%r3], %r0;
                bra $join;
                $even:
                @%p1 bra $trap;
                st.shared.u32 [%r3], %r0;
                $join:
                bar.sync 0;
                xor.b32 %r4, %r1, 4;
                add.s32 %r4, %r4, %r2;
                ld.shared.u32 %r5, [%r4];
                cvt.u64.u32 %d1, %r1;
                add.s64 %d0, %d0, %d1;
                st.global.u32 [%d0], %r5;
                ret;
                $trap:
                trap;
                """),
            new LaunchShape(1, 32),
            new uint[32]);

        Assert.That(result, Is.EqualTo(Enumerable.Range(0, 32).Select(i => (uint)i ^ 1)));
    }

    [Test]
    public void Lanes_of_one_warp_may_wait_for_each_other()
    {
        // Lane 0 waits at the end of the branch for lane 1, which waits in a loop for what lane 0 stores after it.
        uint[] result = PtxKernels.Run(
            PtxKernels.Module("""
                ld.param.u64 %d0, [p0];
                mov.u32 %r0, %tid.x;
                setp.ne.s32 %p0, %r0, 1;
                @%p0 bra $after;
                $wait:
                ld.volatile.global.u32 %r1, [%d0];
                setp.eq.s32 %p1, %r1, 0;
                @%p1 bra $wait;
                $after:
                setp.ne.s32 %p0, %r0, 0;
                @%p0 bra $end;
                mov.u32 %r2, 7;
                st.volatile.global.u32 [%d0], %r2;
                $end:
                ret;
                """),
            new LaunchShape(1, 32),
            new uint[1]);

        Assert.That(result[0], Is.EqualTo(7u));
    }

    [Test]
    public void A_block_may_wait_for_a_later_one()
    {
        uint[] result = PtxKernels.Run(
            PtxKernels.Module("""
                ld.param.u64 %d0, [p0];
                mov.u32 %r0, %ctaid.x;
                atom.global.add.u32 %r1, [%d0], 1;
                $wait:
                ld.volatile.global.u32 %r1, [%d0];
                setp.lt.u32 %p1, %r1, 3;
                @%p1 bra $wait;
                ret;
                """),
            new LaunchShape(3, 1),
            new uint[1]);

        Assert.That(result[0], Is.EqualTo(3u));
    }

    [Test]
    public void Undefined_bytes_may_travel_but_not_leave()
    {
        const string Body = """
            ld.param.u64 %d0, [p0];
            mov.b64 %d1, {%r4, %r5};
            mov.b64 %d2, {%r6, 17};
            mov.b64 {%r1, %r2}, %d2;
            st.global.u32 [%d0], STORED;
            ret;
            """;

        Assert.That(PtxKernels.Run(PtxKernels.Module(Body.Replace("STORED", "%r2")), new LaunchShape(1, 1), new uint[1]), Is.EqualTo(new[] { 17u }));
        Assert.That(PtxKernels.Fault(PtxKernels.Module(Body.Replace("STORED", "%r1")), new LaunchShape(1, 1), new uint[1]).Kind, Is.EqualTo(EmulatorFaultKind.UninitialisedRegister));
    }

    [Test]
    public void The_step_limit_stops_a_loop()
    {
        var options = new EmulatorOptions { StepLimit = 100_000 };
        EmulatorFaultException fault = PtxKernels.Fault(PtxKernels.Module("$l: bra $l;"), new LaunchShape(1, 1), new uint[1], options);

        Assert.That(fault.Kind, Is.EqualTo(EmulatorFaultKind.StepLimit));
    }
}
