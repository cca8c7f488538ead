using System.Collections;
using System.Text;

namespace Grpc.Core;

/// <summary>Names and values that travel with a call: as headers before its messages or as trailers after them.</summary>
public sealed class Metadata : IList<Metadata.Entry>
{
    /// <summary>The end of the names whose values are bytes (base64 on the wire).</summary>
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>Metadata without entries that cannot be changed.</summary>
    public static readonly Metadata Empty = new(isReadOnly: true);

    private readonly List<Entry> _entries = [];

    /// <summary>Makes metadata without entries.</summary>
    public Metadata()
        : this(isReadOnly: false)
    {
    }

    private Metadata(bool isReadOnly) => IsReadOnly = isReadOnly;

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <inheritdoc/>
    public Entry this[int index]
    {
        get => _entries[index];
        set => Writable()[index] = value;
    }

    /// <summary>The last entry of a name, or null.</summary>
    /// <param name="key">The name, in any case.</param>
    public Entry? Get(string key) =>
        _entries.FindLast(entry => entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase));

    /// <summary>The last text of a name, or null.</summary>
    /// <param name="key">The name, in any case.</param>
    /// <exception cref="InvalidOperationException">The entry's value is bytes.</exception>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The last bytes of a name, or null.</summary>
    /// <param name="key">The name, in any case, ending in <see cref="BinaryHeaderSuffix"/>.</param>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    /// <summary>Every entry of a name, in order.</summary>
    /// <param name="key">The name, in any case.</param>
    public IEnumerable<Entry> GetAll(string key) =>
        _entries.Where(entry => entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public void Add(Entry item) => Writable().Add(item ?? throw new ArgumentNullException(nameof(item)));

    /// <summary>Adds a text.</summary>
    /// <param name="key">The name; it must not end in <see cref="BinaryHeaderSuffix"/>.</param>
    /// <param name="value">Printable ASCII.</param>
    public void Add(string key, string value) => Add(new Entry(key, value));

    /// <summary>Adds bytes.</summary>
    /// <param name="key">The name; it must end in <see cref="BinaryHeaderSuffix"/>.</param>
    /// <param name="valueBytes">Any bytes.</param>
    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    /// <inheritdoc/>
    public void Clear() => Writable().Clear();

    /// <inheritdoc/>
    public bool Contains(Entry item) => _entries.Contains(item);

    /// <inheritdoc/>
    public void CopyTo(Entry[] array, int arrayIndex) => _entries.CopyTo(array, arrayIndex);

    /// <inheritdoc/>
    public int IndexOf(Entry item) => _entries.IndexOf(item);

    /// <inheritdoc/>
    public void Insert(int index, Entry item) => Writable().Insert(index, item);

    /// <inheritdoc/>
    public bool Remove(Entry item) => Writable().Remove(item);

    /// <inheritdoc/>
    public void RemoveAt(int index) => Writable().RemoveAt(index);

    /// <inheritdoc/>
    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<Entry> Writable() =>
        IsReadOnly ? throw new InvalidOperationException("This metadata cannot be changed.") : _entries;

    /// <summary>One name with its value: text, or bytes where the name ends in "-bin".</summary>
    public sealed class Entry
    {
        private readonly string? _text;
        private readonly byte[]? _bytes;

        /// <summary>Makes an entry with a text.</summary>
        /// <param name="key">The name; it must not end in <see cref="BinaryHeaderSuffix"/>.</param>
        /// <param name="value">Printable ASCII, as the protocol asks.</param>
        /// <exception cref="ArgumentException">Name or value cannot travel.</exception>
        public Entry(string key, string value)
        {
            ArgumentNullException.ThrowIfNull(value);
            Key = Checked(key, binary: false);
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                throw new ArgumentException($"The value of metadata '{Key}' is not printable ASCII; send it as bytes under a name that ends in {BinaryHeaderSuffix}.", nameof(value));
            }

            _text = value;
        }

        /// <summary>Makes an entry with bytes.</summary>
        /// <param name="key">The name; it must end in <see cref="BinaryHeaderSuffix"/>.</param>
        /// <param name="valueBytes">Any bytes; they are copied.</param>
        /// <exception cref="ArgumentException">The name cannot travel.</exception>
        public Entry(string key, byte[] valueBytes)
        {
            ArgumentNullException.ThrowIfNull(valueBytes);
            Key = Checked(key, binary: true);
            _bytes = valueBytes.AsSpan().ToArray();
        }

        /// <summary>The name, in lower case.</summary>
        public string Key { get; }

        /// <summary>Whether the value is bytes.</summary>
        public bool IsBinary => _bytes is not null;

        /// <summary>The text.</summary>
        /// <exception cref="InvalidOperationException">The value is bytes.</exception>
        public string Value => _text ?? throw new InvalidOperationException($"The value of metadata '{Key}' is bytes.");

        /// <summary>The bytes, or the text as ASCII.</summary>
        public byte[] ValueBytes => _bytes?.AsSpan().ToArray() ?? Encoding.ASCII.GetBytes(_text!);

        /// <inheritdoc/>
        public override string ToString() => IsBinary ? $"{Key}: ({_bytes!.Length} bytes)" : $"{Key}: {_text}";

        private static string Checked(string key, bool binary)
        {
            ArgumentException.ThrowIfNullOrEmpty(key);
            foreach (var c in key)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
                {
                    throw new ArgumentException($"Metadata names hold letters, digits, '.', '_' and '-'; '{key}' holds others.", nameof(key));
                }
            }

            if (key.EndsWith(BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase) != binary)
            {
                throw new ArgumentException($"Names of metadata with bytes, and only those, end in {BinaryHeaderSuffix}; this one is '{key}'.", nameof(key));
            }

            return key.ToLowerInvariant();
        }
    }
}
