using System.Reflection;
using System.Text.RegularExpressions;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Testing;
using Group = RawSer.Gpu.Dialect.Group;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>Traps of a compiler from IL to PTX that show in the text; docs/compiler-traps.md names the test of each.</summary>
public sealed class TrapTests
{
    private static void Reverse(ArrayView<float> data)
    {
        var shared = SharedMemory.Allocate<float>(64);
        shared[Group.IdxX] = data[Group.IdxX];
        Group.Barrier();
        data[Group.IdxX] = shared[63 - Group.IdxX];
    }

    private static void Flags(ArrayView<byte> flags, ArrayView<float> data, float limit)
    {
        int i = Grid.GlobalIndex.X;
        bool above = data[i] > limit;
        flags[i] = above ? (byte)1 : (byte)0;
        if (above)
        {
            data[i] = limit;
        }
    }

    private static void Contraction(ArrayView<float> data, float a, float b)
    {
        int i = Grid.GlobalIndex.X;
        data[i] = (data[i] * a) + MathF.FusedMultiplyAdd(data[i + 1], b, 0.1f);
    }

    private static void ReadTwice(ArrayView<float> written, ArrayView<float> read)
    {
        int i = Grid.GlobalIndex.X;
        written[i] = written[i + 1] + ReadOnly.Load(ref read[i]);
    }

    private static void Count(ArrayView<int> counts, ArrayView<int> places)
    {
        int i = Grid.GlobalIndex.X;
        Atomic.Add(ref counts[0], 1);
        places[i] = Atomic.Add(ref counts[1], 1);
    }

    private static void Halves(ArrayView<uint> results, uint a, uint b)
    {
        ulong product = (ulong)(a + (uint)Grid.GlobalIndex.X) * b;
        results[Grid.GlobalIndex.X] = (uint)product ^ (uint)(product >> 32);
    }

    private static void SumOfRow(ArrayView<float> input, ArrayView<float> output, int columns)
    {
        float sum = 0, before = 0, previous = 0;
        for (int i = Group.IdxX; i < columns; i += 32)
        {
            before = previous;
            previous = input[(Grid.IdxX * columns) + i];
            sum += previous;
        }

        output[(Grid.IdxX * 32) + Group.IdxX] = sum + (100 * previous) + (10000 * before);
    }

    private static CompiledKernel Compile(string method) => Ptx.Compile(typeof(TrapTests), method);

    [Test]
    public void SharedAddressesAre32Bits()
    {
        var kernel = Compile(nameof(Reverse));
        Ptx.AssertClean(kernel);
        Assert.That(kernel.Count(@"(ld|st)\.shared\S* .*\[(%r\d|shared)"), Is.EqualTo(2));
        Assert.That(kernel.Ptx, Does.Not.Match(@"(ld|st)\.shared\S* .*\[%rd"));
    }

    [Test]
    public void AComparisonIsAPredicateInRegistersAndAByteInMemory()
    {
        var kernel = Compile(nameof(Flags));
        Assert.Multiple(() =>
        {
            Assert.That(kernel.Count(@"setp\."), Is.EqualTo(1), "one comparison for both uses");
            Assert.That(kernel.Count(@"st\.global\.[us]8"), Is.EqualTo(1));
            Assert.That(kernel.Count(@"@%p\d+ st\.global\.f32"), Is.EqualTo(1), "no branch for one store");
        });
    }

    [Test]
    public void OnlyWhatIsWrittenFusedIsFused()
    {
        var kernel = Compile(nameof(Contraction));
        Assert.Multiple(() =>
        {
            Assert.That(kernel.Count(@"fma\.rn\.f32"), Is.EqualTo(1));
            Assert.That(kernel.Count(@"(mul|add)\.f32"), Is.EqualTo(2), "the assembler may contract these");
            Assert.That(kernel.Ptx, Does.Not.Match(@"(mul|add)\.rn").And.Not.Contain(".ftz"));
            Assert.That(kernel.Ptx, Does.Contain("0f3DCCCCCD"), "constants by their bits");
        });
    }

    [Test]
    public void OnlyWhatIsPromisedIsReadThroughTheReadOnlyCache() => Assert.That(Compile(nameof(ReadTwice)).Count(@"ld\.global\.nc"), Is.EqualTo(1));

    [Test]
    public void AnAtomicWhoseResultNobodyUsesIsAReduction()
    {
        var kernel = Compile(nameof(Count));
        Assert.That((kernel.Count(@"red\.global"), kernel.Count(@"atom\.global")), Is.EqualTo((1, 1)));
    }

    [Test]
    public void BothHalvesOfAProductAreOneMultiplication()
    {
        var kernel = Compile(nameof(Halves));
        Assert.That((kernel.Count(@"mul\.wide\.u32 %rd\d+, %r\d+, %r\d+;"), kernel.Count(@"mul\.hi")), Is.EqualTo((1, 0)));
        using var gpu = new Gpu();
        var results = gpu.Upload(new uint[64]);
        Kernel.Create<ArrayView<uint>, uint, uint>(Halves).Launch(gpu.Device, new LaunchShape(2, 32), results, 0xfffffff0, 0xD2511F53);
        Assert.That(gpu.Read(results), Is.EqualTo(Enumerable.Range(0, 64).Select(i =>
        {
            ulong product = (ulong)unchecked(0xfffffff0 + (uint)i) * 0xD2511F53;
            return (uint)product ^ (uint)(product >> 32);
        })));
    }

    /// <summary>The loop is one block: copies for the values of the next round and of those behind it stand in front of the branch.</summary>
    [TestCase(0)]
    [TestCase(5)]
    [TestCase(32)]
    [TestCase(200)]
    public void ALoopTestsAtItsEnd(int columns)
    {
        var kernel = Compile(nameof(SumOfRow));
        Ptx.AssertClean(kernel);
        Match loop = Regex.Match(kernel.Ptx, @"^(?<label>\S+):\n(?<round>(?:(?!^\S+:)[\s\S])*?)^\s*@!?%p\d+ bra \k<label>;", RegexOptions.Multiline);
        Assert.That(loop.Success, Is.True, "a loop of one block that its own test ends");
        Assert.That(loop.Groups["round"].Value, Does.Contain("ld.global").And.Not.Contain("bra"));
        using var gpu = new Gpu();
        float[] numbers = [.. Enumerable.Range(1, 400).Select(i => (float)(i % 7))];
        var (input, output) = (gpu.Upload(numbers), gpu.Upload(new float[64]));
        Kernel.Create<ArrayView<float>, ArrayView<float>, int>(SumOfRow).Launch(gpu.Device, new LaunchShape(2, 32), input, output, columns);
        Assert.That(gpu.Read(output), Is.EqualTo(Enumerable.Range(0, 64).Select(t =>
        {
            float[] own = [0, 0, .. Enumerable.Range(0, columns).Where(i => i % 32 == t % 32).Select(i => numbers[(t / 32 * columns) + i])];
            return own.Sum() + (100 * own[^1]) + (10000 * own[^2]);
        })));
    }

    /// <summary>Every row of the table names tests, and every name is a test.</summary>
    [Test]
    public void TheTableNamesTestsThatExist()
    {
        MatchCollection rows = Regex.Matches(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "compiler-traps.md")), @"^\| (\d+) \|[^|]*\|([^|]*)\|$", RegexOptions.Multiline);
        HashSet<string> here = [.. typeof(TrapTests).Assembly.GetTypes().SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(method => method.GetCustomAttributes().Any(attribute => attribute is TestAttribute or TestCaseAttribute)).Select(method => $"{type.Name}.{method.Name}"))];
        string[] folders = [Path.Combine("RawSer.Kernels.Tests", "Device"), "RawSer.Gpu.DebugIl.Tests"];
        string others = string.Concat(folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "tests", folder), "*.cs")).Select(File.ReadAllText));
        Assert.That(rows.Select(row => int.Parse(row.Groups[1].Value)), Is.EqualTo(Enumerable.Range(1, 19)));
        Assert.Multiple(() =>
        {
            foreach (Match row in rows)
            {
                string[] names = [.. Regex.Matches(row.Groups[2].Value, @"`(\w+\.\w+)`").Select(name => name.Groups[1].Value)];
                Assert.That(names, Is.Not.Empty, row.Value);
                Assert.That(names.Where(name => !here.Contains(name) && !(name.Split('.') is [var type, var method] && others.Contains($"class {type}") && others.Contains($"void {method}("))), Is.Empty, row.Value);
            }
        });
    }
}
