using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>Other ways to read a stream of messages.</summary>
public static class AsyncStreamReaderExtensions
{
    /// <summary>Waits for the next message.</summary>
    /// <param name="streamReader">The stream.</param>
    /// <typeparam name="T">The message.</typeparam>
    /// <returns>False when the stream has ended.</returns>
    public static Task<bool> MoveNext<T>(this IAsyncStreamReader<T> streamReader)
    {
        ArgumentNullException.ThrowIfNull(streamReader);
        return streamReader.MoveNext(CancellationToken.None);
    }

    /// <summary>Every message to the end of the stream.</summary>
    /// <param name="streamReader">The stream.</param>
    /// <param name="cancellationToken">Gives the whole call up.</param>
    /// <typeparam name="T">The message.</typeparam>
    public static async IAsyncEnumerable<T> ReadAllAsync<T>(
        this IAsyncStreamReader<T> streamReader,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamReader);
        while (await streamReader.MoveNext(cancellationToken).ConfigureAwait(false))
        {
            yield return streamReader.Current;
        }
    }
}
