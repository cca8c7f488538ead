using System.Buffers;
using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>Pictures of list files that come without bytes: their tables hold the size of a typical real picture.</summary>
internal sealed class NominalPictures(string extension) : IPictureSource
{
    /// <inheritdoc/>
    public string Extension => extension;

    /// <inheritdoc/>
    public (int Rows, int Columns) GetSize(ImageRecord image) => image.View == ViewPosition.AP ? (2544, 3056) : (3056, 2544);

    /// <inheritdoc/>
    public void Write(Study study, ImageRecord image, ArrayBufferWriter<byte> destination) =>
        throw new NotSupportedException("These pictures have no bytes.");
}
