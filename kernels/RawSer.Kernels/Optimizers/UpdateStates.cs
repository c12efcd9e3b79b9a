namespace RawSer.Kernels;

/// <summary>Which states a step of an optimiser has: known when its kernel is compiled, so that each is read and written 128 bits at a time.</summary>
internal interface IUpdateStates
{
    static abstract bool HasFirst { get; }

    static abstract bool HasSecond { get; }

    static abstract bool HasThird { get; }
}

internal readonly struct NoStates : IUpdateStates
{
    public static bool HasFirst => false;

    public static bool HasSecond => false;

    public static bool HasThird => false;
}

internal readonly struct OneState : IUpdateStates
{
    public static bool HasFirst => true;

    public static bool HasSecond => false;

    public static bool HasThird => false;
}

internal readonly struct TwoStates : IUpdateStates
{
    public static bool HasFirst => true;

    public static bool HasSecond => true;

    public static bool HasThird => false;
}

internal readonly struct ThreeStates : IUpdateStates
{
    public static bool HasFirst => true;

    public static bool HasSecond => true;

    public static bool HasThird => true;
}

internal readonly struct FirstAndThirdState : IUpdateStates
{
    public static bool HasFirst => true;

    public static bool HasSecond => false;

    public static bool HasThird => true;
}
