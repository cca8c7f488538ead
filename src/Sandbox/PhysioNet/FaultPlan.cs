using System.Security.Cryptography;
using System.Text;
using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>The faults of a server. Safe for use from any thread while it serves.</summary>
public sealed class FaultPlan
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly List<PlannedFault> _faults = [];
    private TaskCompletionSource _released = NewRelease();

    internal FaultPlan()
    {
    }

    /// <summary>Adds a fault; several may hit one request.</summary>
    /// <exception cref="ArgumentException">The fault lacks something.</exception>
    public void Add(Fault fault)
    {
        fault.Validate();
        lock (_lock)
        {
            _faults.Add(new PlannedFault(fault));
        }
    }

    /// <summary>Removes all faults and releases what they hold.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _faults.Clear();
        }

        ReleaseStalls();
    }

    /// <summary>Lets the bodies go on that are stalled or on their way there; those of later requests stall again.</summary>
    public void ReleaseStalls()
    {
        TaskCompletionSource released;
        lock (_lock)
        {
            (released, _released) = (_released, NewRelease());
        }

        released.SetResult();
    }

    /// <summary>The faults that hit a request, in the order of their adding; counts the request.</summary>
    internal List<FaultHit> Match(string path, bool body)
    {
        var hits = new List<FaultHit>();
        lock (_lock)
        {
            foreach (var planned in _faults)
            {
                if (planned.Fault.IsOfBody == body && planned.TryHit(path, out var count))
                {
                    hits.Add(new FaultHit(planned.Fault, count, _released.Task));
                }
            }
        }

        return hits;
    }

    private static TaskCompletionSource NewRelease() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A fault and how often it met which path. Guarded by the plan's lock.</summary>
    private sealed class PlannedFault(Fault fault)
    {
        private readonly Dictionary<string, int> _requests = new(StringComparer.Ordinal);
        private int _hits;

        public Fault Fault => fault;

        public bool TryHit(string path, out int count)
        {
            count = 0;
            if (!PathPattern.Matches(fault.Path, path) || _hits >= fault.TotalTimes)
            {
                return false;
            }

            count = _requests[path] = _requests.GetValueOrDefault(path) + 1;
            if (count > fault.Times || !Drawn(path, fault.PerRequest ? count : 0))
            {
                return false;
            }

            _hits++;
            return true;
        }

        private bool Drawn(string path, int request)
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(path));
            var random = SeededRandom.For((ulong)fault.Seed, BitConverter.ToUInt64(hash), (ulong)request);
            return random.Chance(fault.Share);
        }
    }
}
