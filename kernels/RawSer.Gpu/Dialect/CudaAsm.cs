namespace RawSer.Gpu.Dialect;

/// <summary>
/// PTX in a kernel. The string is a constant that ends with a semicolon; %0, %1, .. stand for the arguments, %% for a percent
/// sign. Arguments are numbers: their C# type picks the register (b32, b64, f32, f64, pred).
/// </summary>
public static partial class CudaAsm
{
    /// <summary>True in a kernel that is compiled to PTX, false elsewhere; a constant for the compiler.</summary>
    public static bool IsSupported => Target.Sm > 0;

    /// <summary>Emits instructions without operands.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit(string asm) => DeviceOnly.Throw();

    /// <summary>Emits instructions that read the argument.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0>(string asm, T0 arg0)
        where T0 : struct =>
        DeviceOnly.Throw();

    /// <summary>Emits instructions that write the argument.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0>(string asm, out T0 arg0)
        where T0 : struct =>
        DeviceOnly.Throw(out arg0);

    /// <summary>Emits instructions that read the arguments.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1>(string asm, T0 arg0, T1 arg1)
        where T0 : struct
        where T1 : struct =>
        DeviceOnly.Throw();

    /// <summary>Emits instructions that write the first argument and read the others.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1>(string asm, out T0 arg0, T1 arg1)
        where T0 : struct
        where T1 : struct =>
        DeviceOnly.Throw(out arg0);

    /// <summary>Emits instructions that read the arguments.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2>(string asm, T0 arg0, T1 arg1, T2 arg2)
        where T0 : struct
        where T1 : struct
        where T2 : struct =>
        DeviceOnly.Throw();

    /// <summary>Emits instructions that write the first argument and read the others.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2>(string asm, out T0 arg0, T1 arg1, T2 arg2)
        where T0 : struct
        where T1 : struct
        where T2 : struct =>
        DeviceOnly.Throw(out arg0);

    /// <summary>Emits instructions that read the arguments.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3>(string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct =>
        DeviceOnly.Throw();

    /// <summary>Emits instructions that write the first argument and read the others.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3>(string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct =>
        DeviceOnly.Throw(out arg0);

    /// <summary>Emits instructions that read the arguments.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4>(string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct =>
        DeviceOnly.Throw();

    /// <summary>Emits instructions that write the first argument and read the others.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4>(string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct =>
        DeviceOnly.Throw(out arg0);

    /// <summary>Emits instructions that read the arguments.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4, T5>(string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct =>
        DeviceOnly.Throw();

    /// <summary>Emits instructions that write the first argument and read the others.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4, T5>(string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct =>
        DeviceOnly.Throw(out arg0);

    /// <summary>Emits instructions that read the arguments.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4, T5, T6>(string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct =>
        DeviceOnly.Throw();

    /// <summary>Emits instructions that write the first argument and read the others.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4, T5, T6>(string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct =>
        DeviceOnly.Throw(out arg0);

    /// <summary>Emits instructions that read the arguments.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7>(string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct =>
        DeviceOnly.Throw();

    /// <summary>Emits instructions that write the first argument and read the others.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7>(string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct =>
        DeviceOnly.Throw(out arg0);

    /// <summary>Emits instructions that read the arguments.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7, T8>(string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7, T8 arg8)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct =>
        DeviceOnly.Throw();

    /// <summary>Emits instructions that write the first argument and read the others.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7, T8>(string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7, T8 arg8)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct =>
        DeviceOnly.Throw(out arg0);

    /// <summary>Emits instructions that read the arguments.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9>(string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7, T8 arg8, T9 arg9)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct =>
        DeviceOnly.Throw();

    /// <summary>Emits instructions that write the first argument and read the others.</summary>
    [DeviceIntrinsic("asm")]
    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9>(string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7, T8 arg8, T9 arg9)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct =>
        DeviceOnly.Throw(out arg0);
}
