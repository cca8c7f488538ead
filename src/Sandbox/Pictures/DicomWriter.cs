using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>Writes elements of a DICOM data set, explicit VR little endian (PS3.5, 7.1.2); the caller keeps tags in order.</summary>
internal sealed class DicomWriter(ArrayBufferWriter<byte> destination)
{
    /// <summary>A text element, padded to an even length: UIDs with a zero, others with a blank.</summary>
    public void Text(ushort group, ushort element, string vr, string value)
    {
        var length = Encoding.ASCII.GetByteCount(value);
        Head(group, element, vr, length + (length % 2));
        var span = destination.GetSpan(length + 1);
        Encoding.ASCII.GetBytes(value, span);
        span[length] = vr == "UI" ? (byte)0 : (byte)' ';
        destination.Advance(length + (length % 2));
    }

    /// <summary>A number of 16 bits.</summary>
    public void UInt16(ushort group, ushort element, ushort value)
    {
        Head(group, element, "US", 2);
        BinaryPrimitives.WriteUInt16LittleEndian(destination.GetSpan(2), value);
        destination.Advance(2);
    }

    /// <summary>A number of 32 bits.</summary>
    public void UInt32(ushort group, ushort element, uint value)
    {
        Head(group, element, "UL", 4);
        BinaryPrimitives.WriteUInt32LittleEndian(destination.GetSpan(4), value);
        destination.Advance(4);
    }

    /// <summary>The head of an element with a 32-bit length (OB, OW), or of any other; the value follows.</summary>
    public void Head(ushort group, ushort element, string vr, int length)
    {
        var span = destination.GetSpan(12);
        BinaryPrimitives.WriteUInt16LittleEndian(span, group);
        BinaryPrimitives.WriteUInt16LittleEndian(span[2..], element);
        Encoding.ASCII.GetBytes(vr, span[4..]);
        if (vr is "OB" or "OW")
        {
            span[6..8].Clear();
            BinaryPrimitives.WriteInt32LittleEndian(span[8..], length);
            destination.Advance(12);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(span[6..], (ushort)length);
            destination.Advance(8);
        }
    }

    /// <summary>Raw bytes of a value.</summary>
    public void Bytes(ReadOnlySpan<byte> value) => destination.Write(value);

    /// <summary>A unique identifier made of 128 bits (PS3.5, B.2).</summary>
    public static string Uid(ulong high, ulong low) => string.Create(CultureInfo.InvariantCulture, $"2.25.{new UInt128(high, low)}");
}
