using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace RawSer.Weights.Torch;

/// <summary>
/// A pickle machine for data: it builds values and descriptions of tensors, looks nothing up and calls nothing. Opcodes outside
/// <see cref="PickleOpcodes"/>, names outside <see cref="TorchGlobals"/> and anything malformed are refused with their place in the file.
/// </summary>
internal ref struct Unpickler
{
    private const int MaxStringBytes = 64 * 1024;
    private const int MaxOpcodes = 20_000_000;
    private const int NumberCost = 24;
    private const int PairCost = 96;
    private const int ContainerCost = 160;
    private const int TupleCost = 96;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly object True = true;
    private static readonly object False = false;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly PickleBudget _budget;
    private readonly TorchStorages? _storages;
    private readonly PickleStack _stack;
    private readonly PickleMemo _memo;
    private int _position;
    private bool _stopped;

    private Unpickler(ReadOnlySpan<byte> bytes, PickleBudget budget, TorchStorages? storages)
    {
        _bytes = bytes;
        _budget = budget;
        _storages = storages;
        _stack = new PickleStack(budget);
        _memo = new PickleMemo(budget);
    }

    /// <summary>
    /// Reads one pickle from the start of <paramref name="bytes"/>. Messages name the file and <paramref name="part"/>, and count from
    /// <paramref name="origin"/>. Without <paramref name="storages"/>, tensors are refused.
    /// </summary>
    /// <exception cref="WeightFileException">The pickle is malformed, or wants what data do not need.</exception>
    public static object? Read(
        string file, string part, long origin, ReadOnlySpan<byte> bytes, PickleBudget budget, TorchStorages? storages, out int length)
    {
        var reader = new Unpickler(bytes, budget, storages);
        int start = 0;
        try
        {
            reader.ReadProtocol();
            for (int count = 0; !reader._stopped; count++)
            {
                start = reader._position;
                if (count == MaxOpcodes)
                {
                    throw new PickleException($"too large: the limit is {MaxOpcodes} opcodes");
                }

                reader.Step(reader.Byte());
            }

            length = reader._position;
            return reader._stack.Single();
        }
        catch (PickleException e)
        {
            string where = start < bytes.Length ? $", {PickleOpcodes.Describe(bytes[start])}" : "";
            throw new WeightFileException(file, null, $"{part}: byte {origin + start}{where}: {e.Message}", e);
        }
    }

    private void ReadProtocol()
    {
        if (_bytes.IsEmpty || _bytes[0] != PickleOpcodes.Proto)
        {
            throw new PickleException(_bytes.IsEmpty ? "truncated: the pickle is empty" : "a pickle of protocol 2 must begin with opcode PROTO; this is none, or has protocol 0 or 1");
        }

        _position = 1;
        int protocol = Byte();
        if (protocol is not (2 or 3))
        {
            throw new PickleException($"pickle protocol {protocol} is not read: save the file again with the default, protocol 2");
        }
    }

    private void Step(byte opcode)
    {
        switch (opcode)
        {
            case PickleOpcodes.Stop:
                _stack.Single();
                _stopped = true;
                break;
            case PickleOpcodes.Mark:
                _stack.PushMark();
                break;
            case PickleOpcodes.None:
                _stack.Push(null);
                break;
            case PickleOpcodes.NewTrue:
                _stack.Push(True);
                break;
            case PickleOpcodes.NewFalse:
                _stack.Push(False);
                break;
            case PickleOpcodes.BinInt:
                PushNumber(BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case PickleOpcodes.BinInt1:
                PushNumber(Byte());
                break;
            case PickleOpcodes.BinInt2:
                PushNumber(BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case PickleOpcodes.Long1:
                PushLong(Take(Byte()));
                break;
            case PickleOpcodes.BinFloat:
                _budget.Spend(NumberCost);
                _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case PickleOpcodes.BinUnicode:
                PushString(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                break;
            case PickleOpcodes.ShortBinString:
                PushString(Byte());
                break;
            case PickleOpcodes.Global:
                _stack.Push(TorchGlobals.Find(Line(), Line()));
                break;
            case PickleOpcodes.BinPersistentId:
                PushStorage(_stack.Pop());
                break;
            case PickleOpcodes.Reduce:
                object? arguments = _stack.Pop();
                _stack.Push(TorchCalls.Reduce(_stack.Pop(), arguments, _budget));
                break;
            case PickleOpcodes.NewObject:
                object? construction = _stack.Pop();
                _stack.Push(TorchCalls.New(_stack.Pop(), construction, _budget));
                break;
            case PickleOpcodes.Build:
                object? state = _stack.Pop();
                TorchCalls.Build(_stack.Top(), state);
                break;
            case PickleOpcodes.BinPut:
                _memo.Set(Byte(), _stack.Top());
                break;
            case PickleOpcodes.LongBinPut:
                _memo.Set(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)), _stack.Top());
                break;
            case PickleOpcodes.BinGet:
                _stack.Push(_memo.Get(Byte()));
                break;
            case PickleOpcodes.LongBinGet:
                _stack.Push(_memo.Get(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            default:
                StepContainer(opcode);
                break;
        }
    }

    private void StepContainer(byte opcode)
    {
        switch (opcode)
        {
            case PickleOpcodes.EmptyTuple:
                _stack.Push(PickleSequence.EmptyTuple);
                break;
            case PickleOpcodes.Tuple1 or PickleOpcodes.Tuple2 or PickleOpcodes.Tuple3:
                PushTuple(opcode - PickleOpcodes.Tuple1 + 1, isMarked: false);
                break;
            case PickleOpcodes.Tuple:
                PushTuple(_stack.Count - _stack.AfterMark(), isMarked: true);
                break;
            case PickleOpcodes.EmptyList:
                _budget.Spend(ContainerCost);
                _stack.Push(new PickleSequence(isTuple: false));
                break;
            case PickleOpcodes.EmptyDict:
                _budget.Spend(ContainerCost);
                _stack.Push(new PickleDict(isOrdered: false));
                break;
            case PickleOpcodes.Append:
                object? item = _stack.Pop();
                List(_stack.Top(), opcode).Add(item);
                _budget.Spend(NumberCost);
                break;
            case PickleOpcodes.Appends:
                AppendAll(_stack.AfterMark());
                break;
            case PickleOpcodes.SetItem:
                object? value = _stack.Pop();
                object? key = _stack.Pop();
                _budget.Spend(PairCost);
                Dict(_stack.Top(), opcode).Add(key, value);
                break;
            case PickleOpcodes.SetItems:
                SetAll(_stack.AfterMark());
                break;
            default:
                int lines = opcode == 'i' ? 2 : "FILPSVgp".Contains((char)opcode) ? 1 : 0;
                string cut = _bytes[_position..].Count((byte)'\n') < lines ? " (and it is truncated)" : "";
                throw new PickleException($"unsupported opcode: data do not need it{cut}");
        }
    }

    private void AppendAll(int first)
    {
        PickleSequence list = List(_stack.BelowMark(first), PickleOpcodes.Appends);
        _budget.Spend((long)NumberCost * (_stack.Count - first));
        for (int i = first; i < _stack.Count; i++)
        {
            list.Add(_stack[i]);
        }

        _stack.DropTo(first - 1);
    }

    private void SetAll(int first)
    {
        PickleDict dict = Dict(_stack.BelowMark(first), PickleOpcodes.SetItems);
        if ((_stack.Count - first) % 2 != 0)
        {
            throw new PickleException($"SETITEMS needs pairs of key and value, found the odd number {_stack.Count - first}");
        }

        _budget.Spend((long)PairCost * ((_stack.Count - first) / 2));
        for (int i = first; i < _stack.Count; i += 2)
        {
            dict.Add(_stack[i], _stack[i + 1]);
        }

        _stack.DropTo(first - 1);
    }

    private void PushTuple(int count, bool isMarked)
    {
        _budget.Spend(TupleCost + 16L * count);
        List<object?> items = _stack.Last(count);
        _stack.DropTo(_stack.Count - count - (isMarked ? 1 : 0));
        _stack.Push(new PickleSequence(isTuple: true, items));
    }

    private void PushNumber(long value)
    {
        _budget.Spend(NumberCost);
        _stack.Push(value);
    }

    private void PushLong(ReadOnlySpan<byte> littleEndian)
    {
        var value = new BigInteger(littleEndian);
        _budget.Spend(NumberCost + littleEndian.Length);
        _stack.Push(value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value);
    }

    private void PushString(uint length)
    {
        if (length > MaxStringBytes)
        {
            throw new PickleException($"a string with a length of {length} bytes is too long: the limit is {MaxStringBytes}");
        }

        ReadOnlySpan<byte> bytes = Take((int)length);
        _budget.Spend(NumberCost + 2 * bytes.Length);
        _stack.Push(Decode(bytes, "string"));
    }

    private void PushStorage(object? id)
    {
        if (_storages is null)
        {
            throw new PickleException("persistent id where no storage can be");
        }

        _budget.Spend(ContainerCost);
        _stack.Push(_storages.Resolve(id));
    }

    private static PickleSequence List(object? target, byte opcode) => target is PickleSequence { IsTuple: false } list
        ? list
        : throw new PickleException($"{PickleOpcodes.Describe(opcode)} needs a list below, found {PickleTypes.Name(target)}");

    private static PickleDict Dict(object? target, byte opcode) =>
        target as PickleDict ?? throw new PickleException($"{PickleOpcodes.Describe(opcode)} needs a dict below, found {PickleTypes.Name(target)}");

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _position)
        {
            throw new PickleException($"truncated: {count} more bytes are needed, but the pickle ends (no STOP)");
        }

        _position += count;
        return _bytes.Slice(_position - count, count);
    }

    /// <summary>A text line of GLOBAL.</summary>
    private string Line()
    {
        ReadOnlySpan<byte> rest = _bytes[_position..Math.Min(_bytes.Length, _position + MaxStringBytes)];
        int length = rest.IndexOf((byte)'\n');
        if (length < 0)
        {
            throw new PickleException("a name of GLOBAL is truncated or too long");
        }

        _position += length + 1;
        _budget.Spend(2 * length);
        return Decode(rest[..length], "global name");
    }

    private static string Decode(ReadOnlySpan<byte> bytes, string what)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new PickleException($"a {what} is not valid UTF-8 (or holds a lone surrogate)");
        }
    }
}
