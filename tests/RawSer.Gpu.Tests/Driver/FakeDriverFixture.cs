using RawSer.Gpu.Driver;

namespace RawSer.Gpu.Tests.Driver;

/// <summary>Devices of <see cref="FakeDriver"/>, whose record of calls is one for the process. No GPU is involved.</summary>
[NonParallelizable]
public abstract class FakeDriverFixture
{
    protected const string Ptx =
        """
        .version 7.0
        .target sm_80
        .address_size 64
        .visible .entry scale(
            .param .align 8 .b8 view[16],
            .param .f32 factor,
            .param .u8 flag,
            .param .u64 .ptr .global .align 16 other
        )
        .maxntid 256, 1, 1
        { ret; }
        .entry nothing() { ret; }
        .entry bare { ret; }
        """;

    /// <summary>Folder of the test's cubins; none before it is written.</summary>
    protected string CacheFolder { get; private set; } = "";

    [SetUp]
    public void Reset()
    {
        FakeDriver.Reset();
        CacheFolder = Path.Combine(Path.GetTempPath(), $"rawser-cubin-{Guid.NewGuid():n}");
    }

    [TearDown]
    public void DeleteCache()
    {
        if (Directory.Exists(CacheFolder))
        {
            Directory.Delete(CacheFolder, recursive: true);
        }
    }

    protected static CudaDevice Open(CudaOptions? options = null, int ordinal = 0) =>
        new(FakeDriver.Load(), ordinal, options ?? new CudaOptions { CacheFolder = null, WaitsAfterLaunch = false });
}
