using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using MimicCxr.Sandbox.Patients;
using MimicCxr.Sandbox.Pictures;

namespace MimicCxr.Sandbox.DataSets;

/// <summary>The picture files of a data set, written in parallel, and their checksums.</summary>
internal sealed class ImageFiles
{
    private const ulong ChecksumStream = 11;

    private readonly byte[] _checksums;
    private long _bytes;

    private ImageFiles(int images) => _checksums = new byte[images * SHA256.HashSizeInBytes];

    /// <summary>Bytes of all pictures.</summary>
    public long Bytes => _bytes;

    /// <summary>The SHA-256 of a picture's file.</summary>
    public Span<byte> Checksum(ImageRecord image) =>
        _checksums.AsSpan(image.Ordinal * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes);

    /// <summary>Writes all pictures, or only draws their checksums.</summary>
    public static async Task<ImageFiles> WriteAsync(
        string folder, List<Patient> patients, IPictureSource pictures, SyntheticDataSetOptions options, CancellationToken cancellationToken)
    {
        var files = new ImageFiles(options.Images);
        var studies = patients.SelectMany(patient => patient.Studies);
        if (options.ListsOnly)
        {
            foreach (var image in studies.SelectMany(study => study.Images))
            {
                SeededRandom.For((ulong)options.Seed, ChecksumStream, (ulong)image.Ordinal).Fill(files.Checksum(image));
            }

            return files;
        }

        var buffers = new ConcurrentBag<ArrayBufferWriter<byte>>();
        var parallel = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        await Parallel.ForEachAsync(
            studies,
            parallel,
            async (study, cancelled) =>
            {
                var buffer = buffers.TryTake(out var free) ? free : new ArrayBufferWriter<byte>(options.ImageBytes * 5 / 4);
                await files.WriteStudyAsync(folder, study, pictures, buffer, cancelled).ConfigureAwait(false);
                buffers.Add(buffer);
            }).ConfigureAwait(false);
        return files;
    }

    private async Task WriteStudyAsync(
        string folder, Study study, IPictureSource pictures, ArrayBufferWriter<byte> buffer, CancellationToken cancellationToken)
    {
        var studyFolder = Path.Combine(folder, study.Folder);
        Directory.CreateDirectory(studyFolder);
        foreach (var image in study.Images)
        {
            buffer.ResetWrittenCount();
            pictures.Write(study, image, buffer);
            SHA256.HashData(buffer.WrittenSpan, Checksum(image));
            Interlocked.Add(ref _bytes, buffer.WrittenCount);

            var path = Path.Combine(studyFolder, image.DicomId + pictures.Extension);
            await File.WriteAllBytesAsync(path, buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
            File.SetLastWriteTimeUtc(path, ListFolder.FileTime);
        }
    }
}
