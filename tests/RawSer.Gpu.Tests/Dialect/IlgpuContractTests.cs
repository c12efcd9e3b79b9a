using System.Reflection;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>
/// The dialect against ILGPU's API: each member of the checked-in list is there with the same signature, or stands in the list of
/// what is left out, with a reason.
/// </summary>
public sealed class IlgpuContractTests
{
    private static readonly HashSet<string> Dialect =
    [
        .. typeof(Group).Assembly.GetExportedTypes().Where(type => type.Namespace == typeof(Group).Namespace).SelectMany(CSharpSignature.OfMembers),
    ];

    private static readonly (string Type, string Member, string Line)[] Ilgpu =
        [.. Lines("ilgpu-1.5.3.txt").Select(line => (line.Split(" :: ")[0], line.Split(" :: ")[1], line))];

    private static readonly string[] LeftOut = [.. Lines("ilgpu-left-out.txt")];

    [Test]
    public void Each_member_of_ILGPU_is_there_or_left_out_for_a_reason()
    {
        IEnumerable<string> missing = Ilgpu
            .Where(member => !Dialect.Contains(CSharpSignature.Normalise(member.Type, member.Member)) && !LeftOut.Any(entry => Matches(entry, member.Line)))
            .Select(member => member.Line);

        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Nothing_is_listed_as_left_out_that_is_there_or_never_was()
    {
        IEnumerable<string> stale = LeftOut.Where(entry => !Ilgpu.Any(member => Matches(entry, member.Line)));
        IEnumerable<string> present = Ilgpu
            .Where(member => Dialect.Contains(CSharpSignature.Normalise(member.Type, member.Member)) && LeftOut.Any(entry => Matches(entry, member.Line)))
            .Select(member => member.Line);

        Assert.That(stale, Is.Empty);
        Assert.That(present, Is.Empty);
    }

    [Test]
    public void Each_line_left_out_has_a_reason() =>
        Assert.That(LeftOut.Where(entry => entry.Split(" # ") is not [_, { Length: > 3 }]), Is.Empty);

    [TestCase("ILGPU.Warp", "static T Shuffle<T>(T variable, int sourceLane) where T : unmanaged", true)]
    [TestCase("ILGPU.Warp", "static T Shuffle<T>(T variable, int lane) where T : unmanaged", false)]
    [TestCase("ILGPU.Warp", "static T Shuffle<T>(T variable, int sourceLane) where T : struct", false)]
    [TestCase("ILGPU.Stride2D.DenseX", "readonly General AsGeneral()", true)]
    [TestCase("ILGPU.Grid", "static long IdxX { get; }", false)]
    [TestCase("ILGPU.Runtime.ArrayView2D<T, TStride>", "readonly ref T this[int x, int y] { get; }", true)]
    [TestCase("ILGPU.KernelConfig", "static implicit operator KernelConfig((Index3D, Index1D) dimensions)", true)]
    public void A_signature_is_compared_whole(string type, string member, bool expected) =>
        Assert.That(Dialect.Contains(CSharpSignature.Normalise(type, member)), Is.EqualTo(expected));

    private static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Dialect", file)).Where(line => line.Length > 0 && line[0] != '#');

    private static bool Matches(string entry, string line)
    {
        string pattern = entry.Split(" # ")[0];
        return pattern.EndsWith('*') ? line.StartsWith(pattern[..^1], StringComparison.Ordinal) : line == pattern;
    }
}
