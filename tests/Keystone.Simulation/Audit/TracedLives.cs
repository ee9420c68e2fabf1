using Keystone.Testing.Audit;

namespace Keystone.Simulation.Audit;

/// <summary>A directory for one store, and one trace of all its processes.</summary>
internal sealed class TracedLives
{
    private readonly string _root = Directory.CreateTempSubdirectory("keystone-audit-").FullName;
    public string StorePath => Path.Combine(_root, "store");

    public string TracePath => Path.Combine(_root, "trace");

    private string AuditPath => Path.Combine(_root, "audit");

    /// <summary>Starts the next life.</summary>
    public TracedProcess Start(int shownBytesMax, IEnumerable<string> command) => new(TracePath, AuditPath, shownBytesMax, command);

    /// <summary>Looks at all lives. Every process has ended.</summary>
    public AuditCounts Audit()
    {
        OrderAudit audit = new(StorePath, AuditPath);
        using StreamReader trace = File.OpenText(TracePath);
        audit.Run(trace);
        return audit.Counts;
    }

    public void Delete() => Directory.Delete(_root, recursive: true);
}
