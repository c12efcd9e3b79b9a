namespace RawSer.Weights.Torch;

/// <summary>
/// Opcodes of pickle: those that plain data need (the set of PyTorch's own weights-only reader, protocol 2), and the names of the others for
/// messages. Meaning: CPython, Lib/pickletools.py.
/// </summary>
internal static class PickleOpcodes
{
    public const byte Proto = 0x80;
    public const byte Stop = (byte)'.';
    public const byte Mark = (byte)'(';
    public const byte Global = (byte)'c';
    public const byte Reduce = (byte)'R';
    public const byte Build = (byte)'b';
    public const byte NewObject = 0x81;
    public const byte BinPersistentId = (byte)'Q';
    public const byte None = (byte)'N';
    public const byte NewTrue = 0x88;
    public const byte NewFalse = 0x89;
    public const byte BinInt = (byte)'J';
    public const byte BinInt1 = (byte)'K';
    public const byte BinInt2 = (byte)'M';
    public const byte Long1 = 0x8a;
    public const byte BinFloat = (byte)'G';
    public const byte BinUnicode = (byte)'X';
    public const byte ShortBinString = (byte)'U';
    public const byte EmptyTuple = (byte)')';
    public const byte Tuple1 = 0x85;
    public const byte Tuple2 = 0x86;
    public const byte Tuple3 = 0x87;
    public const byte Tuple = (byte)'t';
    public const byte EmptyList = (byte)']';
    public const byte Append = (byte)'a';
    public const byte Appends = (byte)'e';
    public const byte EmptyDict = (byte)'}';
    public const byte SetItem = (byte)'s';
    public const byte SetItems = (byte)'u';
    public const byte BinPut = (byte)'q';
    public const byte LongBinPut = (byte)'r';
    public const byte BinGet = (byte)'h';
    public const byte LongBinGet = (byte)'j';

    private static readonly (byte Opcode, string Name)[] Names =
    [
        (Proto, "PROTO"), (Stop, "STOP"), (Mark, "MARK"), (Global, "GLOBAL"), (Reduce, "REDUCE"), (Build, "BUILD"),
        (NewObject, "NEWOBJ"), (BinPersistentId, "BINPERSID"), (None, "NONE"), (NewTrue, "NEWTRUE"), (NewFalse, "NEWFALSE"),
        (BinInt, "BININT"), (BinInt1, "BININT1"), (BinInt2, "BININT2"), (Long1, "LONG1"), (BinFloat, "BINFLOAT"),
        (BinUnicode, "BINUNICODE"), (ShortBinString, "SHORT_BINSTRING"), (EmptyTuple, "EMPTY_TUPLE"), (Tuple1, "TUPLE1"),
        (Tuple2, "TUPLE2"), (Tuple3, "TUPLE3"), (Tuple, "TUPLE"), (EmptyList, "EMPTY_LIST"), (Append, "APPEND"),
        (Appends, "APPENDS"), (EmptyDict, "EMPTY_DICT"), (SetItem, "SETITEM"), (SetItems, "SETITEMS"), (BinPut, "BINPUT"),
        (LongBinPut, "LONG_BINPUT"), (BinGet, "BINGET"), (LongBinGet, "LONG_BINGET"),
        ((byte)'0', "POP"), ((byte)'1', "POP_MARK"), ((byte)'2', "DUP"), ((byte)'F', "FLOAT"), ((byte)'I', "INT"),
        ((byte)'L', "LONG"), ((byte)'P', "PERSID (a persistent id as text)"), ((byte)'S', "STRING"), ((byte)'T', "BINSTRING"),
        ((byte)'V', "UNICODE"), ((byte)'d', "DICT"), ((byte)'g', "GET"), ((byte)'i', "INST"), ((byte)'l', "LIST"),
        ((byte)'o', "OBJ"), ((byte)'p', "PUT"), (0x82, "EXT1 (extension)"), (0x83, "EXT2 (extension)"), (0x84, "EXT4 (extension)"),
        (0x8b, "LONG4"), ((byte)'B', "BINBYTES"), ((byte)'C', "SHORT_BINBYTES"), (0x8c, "SHORT_BINUNICODE"), (0x8d, "BINUNICODE8"),
        (0x8e, "BINBYTES8"), (0x8f, "EMPTY_SET"), (0x90, "ADDITEMS"), (0x91, "FROZENSET"), (0x92, "NEWOBJ_EX"),
        (0x93, "STACK_GLOBAL"), (0x94, "MEMOIZE"), (0x95, "FRAME"), (0x96, "BYTEARRAY8"), (0x97, "NEXT_BUFFER"), (0x98, "READONLY_BUFFER"),
    ];

    /// <summary>For example <c>opcode REDUCE (0x52)</c>.</summary>
    public static string Describe(byte opcode) => $"opcode {Array.Find(Names, item => item.Opcode == opcode).Name ?? "unknown"} (0x{opcode:x2})";
}
