using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace MimicCxr.Daemon.Sqlite;

/// <summary>
/// Binds Microsoft.Data.Sqlite to the system's SQLite, which Debian patches; the bundle on NuGet that goes with the
/// version restoring here is years older.
/// </summary>
internal static class Sqlite
{
    private static readonly string[] SystemLibraries = ["libsqlite3.so.0", "libsqlite3.so", "sqlite3"];
    private static readonly Lazy<bool> Bound = new(Bind);

    /// <summary>Makes SQLite usable in this process; cheap when called again.</summary>
    /// <exception cref="DllNotFoundException">No SQLite library is installed.</exception>
    public static void EnsureBound() => _ = Bound.Value;

    private static bool Bind()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != "e_sqlite3")
        {
            return IntPtr.Zero;
        }

        foreach (var library in SystemLibraries)
        {
            if (NativeLibrary.TryLoad(library, out var handle))
            {
                return handle;
            }
        }

        throw new DllNotFoundException("SQLite is not installed. Install the package libsqlite3-0 (Debian, Ubuntu) or sqlite-libs (Fedora).");
    }
}
