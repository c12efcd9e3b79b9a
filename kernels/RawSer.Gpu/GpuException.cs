namespace RawSer.Gpu;

/// <summary>A device, its driver or a kernel failed; the message says what, on which device, and what would be right.</summary>
public class GpuException : Exception
{
    /// <summary>Creates the exception.</summary>
    public GpuException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>No such device; the message lists what was probed.</summary>
public sealed class GpuNotFoundException(string message, Exception? inner = null) : GpuException(message, inner);

/// <summary>The device's memory does not suffice; the message holds the statistics.</summary>
public sealed class GpuOutOfMemoryException(string message, Exception? inner = null) : GpuException(message, inner);

/// <summary>PTX text was refused; the message holds the assembler's whole log.</summary>
public sealed class PtxException(string message, Exception? inner = null) : GpuException(message, inner);

/// <summary>A kernel failed while it ran. After a fault on hardware the device's context is lost.</summary>
public class KernelFaultException(string message, Exception? inner = null) : GpuException(message, inner);
