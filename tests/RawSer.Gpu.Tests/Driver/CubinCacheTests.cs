using RawSer.Gpu.Driver;

namespace RawSer.Gpu.Tests.Driver;

/// <summary>From PTX to a loaded module: the cache on disk, and refused text.</summary>
public sealed class CubinCacheTests : FakeDriverFixture
{
    [Test]
    public void PTX_is_assembled_once_and_then_comes_from_the_cache()
    {
        var options = new CudaOptions { CacheFolder = CacheFolder };
        using (CudaDevice device = Open(options))
        {
            device.LoadModule(Ptx).Dispose();
        }

        Assert.That(FakeDriver.Calls, Has.Some.EqualTo($"cuLinkAddData(1, {Ptx.Length + 1}, last 0)"));
        Assert.That(FakeDriver.LinkOptions, Does.ContainKey(12).WithValue(1L).And.ContainKey(4).WithValue(65536L).And.ContainKey(6).WithValue(65536L).And.ContainKey(7).WithValue(4L));
        Assert.That(Directory.GetFiles(CacheFolder), Has.Length.EqualTo(1));

        FakeDriver.Calls.Clear();
        using (CudaDevice device = Open(options))
        {
            device.LoadModule(Ptx).Dispose();
        }

        Assert.That(FakeDriver.Calls, Has.None.StartsWith("cuLink").And.Some.EqualTo("cuModuleLoadDataEx(CUBIN)"));
    }

    [Test]
    public void What_decides_a_cubin_decides_its_key()
    {
        var options = new CudaOptions();
        string[] keys =
        [
            CubinCache.Key(Ptx, 80, 12040, options), CubinCache.Key(Ptx + " ", 80, 12040, options), CubinCache.Key(Ptx, 90, 12040, options),
            CubinCache.Key(Ptx, 80, 12050, options), CubinCache.Key(Ptx, 80, 12040, options with { MaxRegisters = 64 }),
            CubinCache.Key(Ptx, 80, 12040, options with { OptimizationLevel = 2 }),
        ];

        Assert.That(keys, Is.Unique);
        Assert.That(CubinCache.Key(Ptx, 80, 12040, options with { CacheFolder = "elsewhere" }), Is.EqualTo(keys[0]));
    }

    [Test]
    public void A_cubin_that_the_driver_refuses_is_assembled_again()
    {
        var options = new CudaOptions { CacheFolder = CacheFolder };
        using CudaDevice device = Open(options);
        device.LoadModule(Ptx).Dispose();
        FakeDriver.Calls.Clear();
        FakeDriver.Fail("cuModuleLoadDataEx", 200);

        Assert.That(() => device.LoadModule(Ptx), Throws.Nothing);
        Assert.That(FakeDriver.Calls.Count(call => call.StartsWith("cuLinkComplete", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(40)]
    public void A_damaged_cubin_never_reaches_the_driver(int bytes)
    {
        // It is told no length and would read beyond the end.
        using CudaDevice device = Open(new CudaOptions { CacheFolder = CacheFolder });
        device.LoadModule(Ptx).Dispose();
        string file = Directory.GetFiles(CacheFolder).Single();
        byte[] whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..bytes]);
        FakeDriver.Calls.Clear();

        device.LoadModule(Ptx).Dispose();

        Assert.That(FakeDriver.Calls.Count(call => call.StartsWith("cuLinkComplete", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(FakeDriver.Calls.Count(call => call.StartsWith("cuModuleLoadDataEx", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(File.ReadAllBytes(file), Is.EqualTo(whole));
    }

    [Test]
    public void There_is_a_cache_where_the_user_has_a_home()
    {
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME"), named = Environment.GetEnvironmentVariable("RAWSER_CUDA_CACHE"), home = Environment.GetEnvironmentVariable("HOME");
        try
        {
            Environment.SetEnvironmentVariable("RAWSER_CUDA_CACHE", null);
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", null);
            Environment.SetEnvironmentVariable("HOME", Directory.CreateDirectory(CacheFolder).FullName); // a new user's: empty
            Assert.That(new CudaOptions().CacheFolder, OperatingSystem.IsWindows() ? Is.Not.Null : Is.EqualTo(Path.Combine(CacheFolder, ".cache", "rawser", "cubin")));
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", CacheFolder);
            Assert.That(new CudaOptions().CacheFolder, Is.EqualTo(Path.Combine(CacheFolder, "rawser", "cubin")));
            Environment.SetEnvironmentVariable("RAWSER_CUDA_CACHE", "");
            Assert.That(new CudaOptions().CacheFolder, Is.Null);
        }
        finally
        {
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", cache);
            Environment.SetEnvironmentVariable("RAWSER_CUDA_CACHE", named);
            Environment.SetEnvironmentVariable("HOME", home);
        }
    }

    [Test]
    public void A_folder_that_cannot_be_written_is_no_cache()
    {
        File.WriteAllText(CacheFolder, "a file where the folder should be");
        using CudaDevice device = Open(new CudaOptions { CacheFolder = Path.Combine(CacheFolder, "below") });

        Assert.That(() => device.LoadModule(Ptx), Throws.Nothing);
        File.Delete(CacheFolder);
    }

    [Test]
    public void Refused_PTX_gives_the_whole_log()
    {
        FakeDriver.ErrorLog = string.Concat(Enumerable.Range(1, 2000).Select(line => $"ptxas line {line}; error: no such thing\n"));
        using CudaDevice device = Open();
        FakeDriver.Fail("cuLinkAddData", 218);

        Assert.That(() => device.LoadModule(Ptx), Throws.TypeOf<PtxException>().With.Message.Contains("(218)").And.Message.Contains("ptxas line 1500;"));
        Assert.That(FakeDriver.Calls[^1], Is.EqualTo("cuLinkDestroy()"));
    }

    [Test]
    public void PTX_newer_than_the_driver_says_so()
    {
        using CudaDevice device = Open();
        FakeDriver.Fail("cuLinkAddData", 222);

        Assert.That(() => device.LoadModule(Ptx), Throws.TypeOf<PtxException>().With.Message.Contains(".version 7.0").And.Message.Contains("driver 12.4 knows PTX up to 8.4"));
    }
}
