using System.Buffers;
using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>Makes the files of pictures in one format. Safe for parallel use.</summary>
internal interface IPictureSource
{
    /// <summary>The ending of the files' names, with its dot.</summary>
    string Extension { get; }

    /// <summary>Pixel rows and columns of a picture.</summary>
    (int Rows, int Columns) GetSize(ImageRecord image);

    /// <summary>Appends the bytes of the whole file.</summary>
    void Write(Study study, ImageRecord image, ArrayBufferWriter<byte> destination);
}
