using System.Buffers;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>Bits of a JPEG scan: most significant first, a zero byte after every 0xFF (ITU-T T.81, F.1.2.3).</summary>
internal struct BitWriter(ArrayBufferWriter<byte> destination)
{
    private ulong _bits;
    private int _count;

    /// <summary>Appends the lowest <paramref name="length"/> bits, at most 32.</summary>
    public void Write(uint bits, int length)
    {
        _bits = (_bits << length) | (bits & ((1UL << length) - 1));
        _count += length;
        while (_count >= 8)
        {
            _count -= 8;
            Put((byte)(_bits >> _count));
        }
    }

    /// <summary>Fills the last byte with ones, as before a marker.</summary>
    public void Align()
    {
        if (_count > 0)
        {
            Write(0xFF, 8 - _count);
        }
    }

    private readonly void Put(byte value)
    {
        var span = destination.GetSpan(2);
        span[0] = value;
        span[1] = 0;
        destination.Advance(value == 0xFF ? 2 : 1);
    }
}
