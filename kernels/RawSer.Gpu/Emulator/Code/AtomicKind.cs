namespace RawSer.Gpu.Emulator;

/// <summary>Operations of atom and red, by type where it matters.</summary>
internal enum AtomicKind
{
    Add,
    AddFloat,
    AddDouble,
    AddHalf,
    AddHalfPair,
    AddBFloat,
    AddBFloatPair,
    MinSigned,
    MaxSigned,
    MinUnsigned,
    MaxUnsigned,
    And,
    Or,
    Xor,
    Exchange,
    CompareExchange,
    Increment,
    Decrement,
}

/// <summary>Names of <see cref="AtomicKind"/>.</summary>
internal static class AtomicKinds
{
    public static bool IsName(string word) => word is "add" or "min" or "max" or "and" or "or" or "xor" or "exch" or "cas" or "inc" or "dec";

    public static AtomicKind Parse(string name, PtxType type) => (name, type.Kind, type.Bits) switch
    {
        ("add", 'f', 32) => AtomicKind.AddFloat,
        ("add", 'f', 64) => AtomicKind.AddDouble,
        ("add", 'f', 16) => AtomicKind.AddHalf,
        ("add", 'H', _) => AtomicKind.AddHalfPair,
        ("add", 'h', _) => AtomicKind.AddBFloat,
        ("add", 'B', _) => AtomicKind.AddBFloatPair,
        ("add", 'u' or 's' or 'b', _) => AtomicKind.Add,
        ("min", 's', _) => AtomicKind.MinSigned,
        ("max", 's', _) => AtomicKind.MaxSigned,
        ("min", 'u', _) => AtomicKind.MinUnsigned,
        ("max", 'u', _) => AtomicKind.MaxUnsigned,
        ("and", 'b', _) => AtomicKind.And,
        ("or", 'b', _) => AtomicKind.Or,
        ("xor", 'b', _) => AtomicKind.Xor,
        ("exch", 'b', _) => AtomicKind.Exchange,
        ("cas", 'b', _) => AtomicKind.CompareExchange,
        ("inc", 'u', 32) => AtomicKind.Increment,
        ("dec", 'u', 32) => AtomicKind.Decrement,
        _ => throw new ArgumentException($"atom.{name}.{type}"),
    };
}
