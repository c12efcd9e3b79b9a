using System.Text;

namespace RawSer.Gpu.Driver;

/// <summary>PTX text to a loaded module, by the driver's assembler or from the cache.</summary>
/// <param name="context">Where to load.</param>
/// <param name="cache">Assembled kernels.</param>
/// <param name="options">Settings of the assembler.</param>
/// <param name="smVersion">Compute capability.</param>
/// <param name="driverVersion">The driver's version as it tells it, 12040 for 12.4.</param>
internal sealed unsafe class CudaAssembler(CudaContext context, CubinCache cache, CudaOptions options, int smVersion, int driverVersion)
{
    private const int LogBytes = 64 * 1024;

    /// <param name="ptx">The text.</param>
    /// <param name="log">What the assembler said: registers, spills, warnings; empty for a module from the cache.</param>
    public nint Load(string ptx, out string log)
    {
        log = "";
        string key = CubinCache.Key(ptx, smVersion, driverVersion, options);
        nint module;
        if (cache.Find(key) is { } found)
        {
            int result = LoadImage(found, &module);
            if (result == CudaResult.Success)
            {
                return module;
            }

            if (CudaResult.IsFault(result))
            {
                context.Check(result, "cuModuleLoadDataEx");
            }

            cache.Remove(key); // damaged, or of a driver that calls itself the same
        }

        byte[] cubin = Assemble(ptx, out log);
        cache.Store(key, cubin);
        context.Check(LoadImage(cubin, &module), "cuModuleLoadDataEx");
        return module;
    }

    private int LoadImage(byte[] image, nint* module)
    {
        fixed (byte* data = image)
        {
            return context.Api.ModuleLoadDataEx(module, data, 0, null, null);
        }
    }

    private byte[] Assemble(string ptx, out string log)
    {
        byte[] text = new byte[Encoding.UTF8.GetByteCount(ptx) + 1]; // the driver wants the closing zero
        Encoding.UTF8.GetBytes(ptx, text);
        byte[] info = new byte[LogBytes], errors = new byte[LogBytes];
        fixed (byte* data = text, infoLog = info, errorLog = errors)
        {
            // Numbers are the driver's CUjit_option; values are passed in the slots of pointers.
            int* names = stackalloc int[7] { 3, 4, 5, 6, 7, 12, 0 };
            void** values = stackalloc void*[7]
            {
                infoLog, (void*)LogBytes, errorLog, (void*)LogBytes, (void*)options.OptimizationLevel, (void*)1, (void*)options.MaxRegisters,
            };
            uint count = options.MaxRegisters > 0 ? 7u : 6u;
            nint link;
            context.Check(context.Api.LinkCreate(count, names, values, &link), "cuLinkCreate");
            try
            {
                const int Ptx = 1;
                byte* name = stackalloc byte[] { (byte)'p', (byte)'t', (byte)'x', 0 };
                int result = context.Api.LinkAddData(link, Ptx, data, (nuint)text.Length, name, 0, null, null);
                void* cubin = null;
                nuint size = 0;
                if (result == CudaResult.Success)
                {
                    result = context.Api.LinkComplete(link, &cubin, &size);
                }

                log = Text(info);
                if (result != CudaResult.Success)
                {
                    throw Refused(result, ptx, Text(errors), log);
                }

                return new ReadOnlySpan<byte>(cubin, (int)size).ToArray(); // the driver's own copy goes with the link
            }
            finally
            {
                _ = context.Api.LinkDestroy(link);
            }
        }
    }

    private PtxException Refused(int result, string ptx, string errors, string log)
    {
        string version = ptx.Split('\n').FirstOrDefault(line => line.StartsWith(".version", StringComparison.Ordinal))?.Trim() ?? "no .version";
        string reason = result == CudaResult.UnsupportedPtxVersion
            ? $"; the text says {version}, driver {driverVersion / 1000}.{driverVersion % 1000 / 10} knows PTX up to {CudaDevice.PtxVersionOf(driverVersion) / 10}.{CudaDevice.PtxVersionOf(driverVersion) % 10}"
            : "";
        return new PtxException($"{context.Name}: PTX refused for sm_{smVersion}: {context.Api.Describe(result)}{reason}\n{errors}{log}".TrimEnd());
    }

    private static string Text(byte[] log)
    {
        int length = Array.IndexOf(log, (byte)0);
        return Encoding.UTF8.GetString(log, 0, length < 0 ? log.Length : length);
    }
}
