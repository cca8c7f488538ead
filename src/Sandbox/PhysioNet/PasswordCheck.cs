using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>
/// Checks passwords as Django does, with PBKDF2-SHA256, at a chosen price in CPU time; unknown names cost the same.
/// </summary>
internal sealed class PasswordCheck
{
    private const int HashBytes = 32;
    private const int CalibrationIterations = 20_000;

    /// <summary>What one iteration costs on this machine: the best of three, since only delays add to it.</summary>
    private static readonly Lazy<double> SecondsPerIteration = new(() => Enumerable.Range(0, 3).Min(_ =>
    {
        var start = Stopwatch.GetTimestamp();
        Hash("calibration", "salt", CalibrationIterations);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / CalibrationIterations;
    }));

    private readonly int _iterations;
    private readonly Dictionary<string, (FakeAccount Account, byte[] Hash)> _accounts;
    private readonly RequestLog _log;

    /// <summary>Prepares the hashes of all accounts.</summary>
    public PasswordCheck(IEnumerable<FakeAccount> accounts, TimeSpan cost, RequestLog log)
    {
        _iterations = cost <= TimeSpan.Zero ? 1 : Math.Max(1, (int)(cost.TotalSeconds / SecondsPerIteration.Value));
        _accounts = accounts.ToDictionary(
            account => account.Name,
            account => (account, Hash(account.Password, account.Name, _iterations)),
            StringComparer.Ordinal);
        _log = log;
    }

    /// <summary>The account with this name and password, or null; takes its time.</summary>
    public FakeAccount? Check(string name, string password)
    {
        _log.CountPasswordHash();
        var hash = Hash(password, name, _iterations);
        return _accounts.TryGetValue(name, out var known) && CryptographicOperations.FixedTimeEquals(hash, known.Hash)
            ? known.Account
            : null;
    }

    private static byte[] Hash(string password, string salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, Encoding.UTF8.GetBytes("sandbox " + salt), iterations, HashAlgorithmName.SHA256, HashBytes);
}
