using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels.Tests;

/// <summary>The switches that CI sets to run the kernels with less hardware really switch it off in this runtime.</summary>
public sealed class InstructionSetTests
{
    [Test]
    public void Every_runtime_switch_is_honoured()
    {
        bool avx512 = IsOn("EnableAVX512"), avx2 = IsOn("EnableAVX2"), any = IsOn("EnableHWIntrinsic");
        TestContext.Out.WriteLine($"Vector512 {Vector512.IsHardwareAccelerated}, Vector256 {Vector256.IsHardwareAccelerated}, Vector128 {Vector128.IsHardwareAccelerated}, FMA {Fma.IsSupported}");

        Assert.Multiple(() =>
        {
            Assert.That(Vector512.IsHardwareAccelerated && !(avx512 && avx2 && any), Is.False, "AVX-512 is on though switched off");
            Assert.That(Vector256.IsHardwareAccelerated && !(avx2 && any), Is.False, "AVX2 is on though switched off");
            Assert.That(Vector128.IsHardwareAccelerated, Is.EqualTo(any), "128-bit vectors");
        });
    }

    private static bool IsOn(string name) => Environment.GetEnvironmentVariable("DOTNET_" + name) != "0";
}
