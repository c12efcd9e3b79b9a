using System.Buffers.Binary;

namespace RawSer.Gpu.Emulator;

/// <summary>A module in a device's memory: its variables have places and initial values.</summary>
internal sealed class ModuleImage
{
    private readonly Dictionary<PtxVariable, ulong> _addresses = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> _functionNames;

    public ModuleImage(PtxSource source, GlobalMemory memory)
    {
        Source = source;
        _functionNames = [.. source.Functions.Keys];
        int constants = 0;
        foreach (PtxVariable variable in source.Variables.Values)
        {
            if (variable.Space == StateSpace.Global)
            {
                Globals.Add(memory.Allocate(Math.Max(1, variable.Size), defined: true).Start);
                _addresses.Add(variable, Globals[^1]);
            }
            else if (variable.Space == StateSpace.Const)
            {
                constants = KernelCode.Align(constants, variable.Alignment);
                _addresses.Add(variable, (ulong)constants);
                constants += (int)variable.Size;
            }
        }

        Constants = GC.AllocateArray<byte>(constants, pinned: true);
        foreach (PtxVariable variable in source.Variables.Values)
        {
            if (_addresses.TryGetValue(variable, out ulong address))
            {
                byte[] bytes = Initial(variable);
                if (variable.Space == StateSpace.Global)
                {
                    memory.Write(address, bytes);
                }
                else
                {
                    bytes.CopyTo(Constants, (int)address);
                }
            }
        }
    }

    public PtxSource Source { get; }

    /// <summary>The constant bank, pinned.</summary>
    public byte[] Constants { get; }

    /// <summary>Addresses of the module's variables in global memory.</summary>
    public List<ulong> Globals { get; } = [];

    /// <summary>The address of a variable in its own state space.</summary>
    public ulong AddressOf(PtxVariable variable) => _addresses[variable];

    /// <summary>The value that denotes a function.</summary>
    public ulong HandleOf(string function) => AddressSpaces.Functions + (16 * (ulong)_functionNames.IndexOf(function));

    /// <summary>The function that a value denotes, or null.</summary>
    public string? FunctionOf(ulong handle)
    {
        ulong index = (handle - AddressSpaces.Functions) / 16;
        return handle % 16 == 0 && index < (ulong)_functionNames.Count ? _functionNames[(int)index] : null;
    }

    private byte[] Initial(PtxVariable variable)
    {
        byte[] bytes = new byte[Math.Max(1, variable.Size)];
        int width = Math.Max(1, variable.Type.Bytes), at = 0;
        Span<byte> word = stackalloc byte[16];
        foreach (InitialValue value in variable.Initial ?? [])
        {
            ulong bits = value.Symbol is null ? Literal(value, variable.Type) : Symbol(value, variable);
            word.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(word, bits);
            if (at + width > bytes.Length)
            {
                throw new PtxException($"PTX line {variable.Line}: '{variable.Name}' has more initial values than elements");
            }

            word[..width].CopyTo(bytes.AsSpan(at));
            at += width;
        }

        return bytes;
    }

    private static ulong Literal(InitialValue value, PtxType type) => (value.Kind, type.Kind, type.Bits) switch
    {
        (NumberKind.Double, 'f', 32) => BitConverter.SingleToUInt32Bits((float)BitConverter.UInt64BitsToDouble(value.Bits)),
        (NumberKind.Single, 'f', 64) => BitConverter.DoubleToUInt64Bits(BitConverter.UInt32BitsToSingle((uint)value.Bits)),
        _ => value.Bits,
    };

    private ulong Symbol(InitialValue value, PtxVariable owner)
    {
        if (Source.Functions.ContainsKey(value.Symbol!))
        {
            return HandleOf(value.Symbol!) + value.Bits;
        }

        if (!Source.Variables.TryGetValue(value.Symbol!, out PtxVariable? variable) || !_addresses.TryGetValue(variable, out ulong address))
        {
            throw new PtxException($"PTX line {owner.Line}: '{value.Symbol}' in the initialiser of '{owner.Name}' is not declared before");
        }

        ulong window = value.Generic && variable.Space == StateSpace.Const ? AddressSpaces.Const : 0;
        return address + window + value.Bits;
    }
}
