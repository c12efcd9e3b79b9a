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
    private const int DenseMemo = 1 << 20;
    private const int NumberCost = 24;
    private const int PairCost = 96;
    private const int ContainerCost = 160;
    private const int TupleCost = 96;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly object MarkValue = new();

    /// <summary>What a memo slot holds for None; an unset slot holds null.</summary>
    private static readonly object NoneInMemo = new();

    private static readonly object True = true;
    private static readonly object False = false;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly PickleBudget _budget;
    private readonly TorchStorages? _storages;
    private readonly Dictionary<uint, object?> _sparseMemo = [];
    private object?[] _stack = new object?[64];
    private object?[] _memo = [];
    private int _top;
    private int _position;
    private bool _stopped;

    private Unpickler(ReadOnlySpan<byte> bytes, PickleBudget budget, TorchStorages? storages)
    {
        _bytes = bytes;
        _budget = budget;
        _storages = storages;
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
            return reader._stack[0];
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
                Stop();
                break;
            case PickleOpcodes.Mark:
                Push(MarkValue);
                break;
            case PickleOpcodes.None:
                Push(null);
                break;
            case PickleOpcodes.NewTrue:
                Push(True);
                break;
            case PickleOpcodes.NewFalse:
                Push(False);
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
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case PickleOpcodes.BinUnicode:
                PushString(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                break;
            case PickleOpcodes.ShortBinString:
                PushString(Byte());
                break;
            case PickleOpcodes.Global:
                Push(TorchGlobals.Find(Line(), Line()));
                break;
            case PickleOpcodes.BinPersistentId:
                PushStorage(Pop());
                break;
            case PickleOpcodes.Reduce:
                object? arguments = Pop();
                Push(TorchCalls.Reduce(Pop(), arguments, _budget));
                break;
            case PickleOpcodes.NewObject:
                object? construction = Pop();
                Push(TorchCalls.New(Pop(), construction, _budget));
                break;
            case PickleOpcodes.Build:
                object? state = Pop();
                TorchCalls.Build(Top(), state);
                break;
            case PickleOpcodes.BinPut:
                Memorize(Byte());
                break;
            case PickleOpcodes.LongBinPut:
                Memorize(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                break;
            case PickleOpcodes.BinGet:
                Push(Remember(Byte()));
                break;
            case PickleOpcodes.LongBinGet:
                Push(Remember(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
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
                Push(PickleSequence.EmptyTuple);
                break;
            case PickleOpcodes.Tuple1 or PickleOpcodes.Tuple2 or PickleOpcodes.Tuple3:
                PushTuple(opcode - PickleOpcodes.Tuple1 + 1, isMarked: false);
                break;
            case PickleOpcodes.Tuple:
                PushTuple(_top - AfterMark(), isMarked: true);
                break;
            case PickleOpcodes.EmptyList:
                _budget.Spend(ContainerCost);
                Push(new PickleSequence(isTuple: false));
                break;
            case PickleOpcodes.EmptyDict:
                _budget.Spend(ContainerCost);
                Push(new PickleDict(isOrdered: false));
                break;
            case PickleOpcodes.Append:
                object? item = Pop();
                List(Top(), opcode).Add(item);
                _budget.Spend(NumberCost);
                break;
            case PickleOpcodes.Appends:
                AppendAll(AfterMark());
                break;
            case PickleOpcodes.SetItem:
                object? value = Pop();
                object? key = Pop();
                _budget.Spend(PairCost);
                Dict(Top(), opcode).Add(key, value);
                break;
            case PickleOpcodes.SetItems:
                SetAll(AfterMark());
                break;
            default:
                int lines = opcode == 'i' ? 2 : "FILPSVgp".Contains((char)opcode) ? 1 : 0;
                string cut = _bytes[_position..].Count((byte)'\n') < lines ? " (and it is truncated)" : "";
                throw new PickleException($"unsupported opcode: data do not need it{cut}");
        }
    }

    private void Stop()
    {
        if (_top != 1 || ReferenceEquals(_stack[0], MarkValue))
        {
            throw new PickleException(_top == 0 ? "the stack is empty at STOP" : $"{_top} values or an open MARK are left on the stack at STOP, where one value is expected");
        }

        _stopped = true;
    }

    private void AppendAll(int first)
    {
        PickleSequence list = List(BelowMark(first), PickleOpcodes.Appends);
        _budget.Spend((long)NumberCost * (_top - first));
        for (int i = first; i < _top; i++)
        {
            list.Add(_stack[i]);
        }

        DropTo(first - 1);
    }

    private void SetAll(int first)
    {
        PickleDict dict = Dict(BelowMark(first), PickleOpcodes.SetItems);
        if ((_top - first) % 2 != 0)
        {
            throw new PickleException($"SETITEMS needs pairs of key and value, found the odd number {_top - first}");
        }

        _budget.Spend((long)PairCost * ((_top - first) / 2));
        for (int i = first; i < _top; i += 2)
        {
            dict.Add(_stack[i], _stack[i + 1]);
        }

        DropTo(first - 1);
    }

    private void PushTuple(int count, bool isMarked)
    {
        if (count > _top)
        {
            throw Underflow();
        }

        _budget.Spend(TupleCost + 16L * count);
        var items = new List<object?>(count);
        for (int i = _top - count; i < _top; i++)
        {
            items.Add(ReferenceEquals(_stack[i], MarkValue) ? throw MarkInTheWay() : _stack[i]);
        }

        DropTo(_top - count - (isMarked ? 1 : 0));
        Push(new PickleSequence(isTuple: true, items));
    }

    private void PushNumber(long value)
    {
        _budget.Spend(NumberCost);
        Push(value);
    }

    private void PushLong(ReadOnlySpan<byte> littleEndian)
    {
        var value = new BigInteger(littleEndian);
        _budget.Spend(NumberCost + littleEndian.Length);
        Push(value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value);
    }

    private void PushString(uint length)
    {
        if (length > MaxStringBytes)
        {
            throw new PickleException($"a string with a length of {length} bytes is too long: the limit is {MaxStringBytes}");
        }

        ReadOnlySpan<byte> bytes = Take((int)length);
        _budget.Spend(NumberCost + 2 * bytes.Length);
        Push(Decode(bytes, "string"));
    }

    private void PushStorage(object? id)
    {
        if (_storages is null)
        {
            throw new PickleException("persistent id where no storage can be");
        }

        _budget.Spend(ContainerCost);
        Push(_storages.Resolve(id));
    }

    private void Memorize(uint index)
    {
        object? value = Top();
        if (index >= DenseMemo)
        {
            _budget.Spend(PairCost);
            _sparseMemo[index] = value;
            return;
        }

        if (index >= _memo.Length)
        {
            int size = Math.Max((int)index + 1, Math.Min(DenseMemo, 2 * _memo.Length));
            _budget.Spend(8L * size);
            Array.Resize(ref _memo, size);
        }

        _memo[index] = value ?? NoneInMemo;
    }

    private readonly object? Remember(uint index)
    {
        object? value = index < _memo.Length ? _memo[index] : null;
        if (value is null && !(index >= DenseMemo && _sparseMemo.TryGetValue(index, out value)))
        {
            throw new PickleException($"memo slot {index} was never set");
        }

        return ReferenceEquals(value, NoneInMemo) ? null : value;
    }

    private readonly object? Top()
    {
        if (_top == 0)
        {
            throw Underflow();
        }

        object? value = _stack[_top - 1];
        return ReferenceEquals(value, MarkValue) ? throw MarkInTheWay() : value;
    }

    private object? Pop()
    {
        object? value = Top();
        _stack[--_top] = null;
        return value;
    }

    private void Push(object? value)
    {
        if (_top == _stack.Length)
        {
            _budget.Spend(16L * _stack.Length);
            Array.Resize(ref _stack, 2 * _stack.Length);
        }

        _stack[_top++] = value;
    }

    private void DropTo(int top)
    {
        Array.Clear(_stack, top, _top - top);
        _top = top;
    }

    /// <summary>Index of the first value above the topmost mark.</summary>
    private readonly int AfterMark()
    {
        int index = Array.LastIndexOf(_stack, MarkValue, Math.Max(_top - 1, 0), _top);
        return index >= 0 ? index + 1 : throw new PickleException("no MARK on the stack");
    }

    private readonly object? BelowMark(int first) => first >= 2 && !ReferenceEquals(_stack[first - 2], MarkValue) ? _stack[first - 2] : throw Underflow();

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

    private static PickleException Underflow() => new("stack underflow: the stack is empty");

    private static PickleException MarkInTheWay() => new("a MARK of the stack stands where a value is needed");
}
