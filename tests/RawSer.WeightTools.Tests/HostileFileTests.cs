using System.Diagnostics;
using System.Globalization;
using RawSer.GoldenCheck;

namespace RawSer.WeightTools.Tests;

/// <summary>
/// What <c>inspect</c> costs on files that claim more than there is: the whole process takes at most 2 s of processor time and 64 MB. Pages of the mapped file
/// are resident too without being allocated, so a long file may add its length.
/// </summary>
[Platform("Linux")]
internal sealed class HostileFileTests
{
    private const int LimitMegabytes = 64;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(2);

    [TestCase("safetensors/st_bad_n_2_63.safetensors")]
    [TestCase("safetensors/st_bad_n_100mb_claim.safetensors")]
    [TestCase("safetensors/st_bad_shape_product_2_64.safetensors")]
    [TestCase("safetensors/st_bad_overlap_many.safetensors")]
    [TestCase("torch/pt_bad_range_stride0_bomb_1t.pth")]
    [TestCase("torch/pt_bad_memo_bomb_lists.pth")]
    [TestCase("torch/pt_bad_memo_bomb_tensors.pth")]
    [TestCase("torch/pt_bad_deep_lists.pth")]
    [TestCase("torch/pt_bad_op_len_binunicode8_2_63.pth")]
    [TestCase("torch/pt_bad_zip_zip64_huge.pth")]
    [TestCase("torch/pt_bad_legacy_numel_2_61.pth")]
    [TestCase("numpy/np_bad_descr_huge.npy")]
    [TestCase("numpy/np_bad_shape_2_63.npy")]
    public void Inspect_stays_small_and_quick(string file) => Inspect(Path.Combine(GoldenData.Root, "weights", file));

    /// <summary>A header of 100 MB, the most that the format allows, which is there and holds nothing but one name after the other.</summary>
    [Test]
    public void Inspect_of_a_long_header_stays_small_and_quick()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream file = File.OpenWrite(path))
            {
                byte[] piece = [.. Enumerable.Repeat((byte)'[', 1_000_000)];
                file.Write(BitConverter.GetBytes(100_000_000L));
                file.Write("{\"a\":"u8);
                for (int i = 0; i < 100; i++)
                {
                    file.Write(piece);
                }
            }

            Inspect(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Inspect(string path)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "rawser-weights.dll"), "inspect", path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = (LimitMegabytes << 20).ToString("x", CultureInfo.InvariantCulture); // beyond it, the process ends by OutOfMemoryException
        TimeSpan before = ChildrenTime();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.HasExited)
        {
            peak = Math.Max(peak, PeakKilobytes(process.Id)); // it only grows, so the last reading counts
            Thread.Sleep(1);
        }

        process.WaitForExit();
        TimeSpan time = ChildrenTime() - before;
        string said = errors.Result;
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}: {time.TotalSeconds:F2} s, {peak / 1024.0:F1} MB: {said.Trim()}"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((process.ExitCode, output.Result), Is.EqualTo((1, "")), said);
            Assert.That(said.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(1), said);
            Assert.That(time, Is.LessThan(TimeLimit));
            Assert.That(peak, Is.GreaterThan(0).And.LessThan((LimitMegabytes * 1024) + (new FileInfo(path).Length / 1024)));
        }
    }

    /// <summary>The largest resident memory so far, in KB; 0 when the process is gone.</summary>
    private static long PeakKilobytes(int id)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Processor time of the children that have ended: fields 16 and 17 of <c>/proc/self/stat</c>, in hundredths of a second.</summary>
    private static TimeSpan ChildrenTime()
    {
        string stat = File.ReadAllText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture)) / 100.0);
    }
}
