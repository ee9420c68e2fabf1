using Keystone.Storage.Files;

namespace Keystone.Testing.Audit;

/// <summary>What a trace tells of a file: what was written and is not known to be on stable storage, and whether its name is.</summary>
internal sealed class AuditedFile(string path, int createdLine)
{
    private readonly List<AuditedWrite> _pending = [];

    public FileKind Kind { get; } = FileNames.Parse(Path.GetFileName(path), out _);

    public long Number { get; } = FileNames.Parse(Path.GetFileName(path), out long number) == FileKind.Foreign ? 0 : number;

    public int CreatedLine { get; } = createdLine;

    /// <summary>Whether the directory was synced since it was created.</summary>
    public bool IsNamed { get; set; }

    /// <summary>A write or a sync of it has failed: what it holds is not known, and will not be.</summary>
    public bool IsLost { get; private set; }

    /// <summary>How far it was ever written.</summary>
    public long Length { get; private set; }

    /// <summary>Whether groups were written to it, so that every later write is part of one.</summary>
    public bool HasGroups { get; set; }

    /// <summary>The first bytes that were written to a small file.</summary>
    public byte[] FirstBytes { get; set; } = [];

    /// <summary>Whether everything that was written is on stable storage.</summary>
    public bool IsWhole => _pending.Count == 0 && !IsLost;

    public bool IsFillWhole => !_pending.Exists(w => w.Kind == AuditedWriteKind.Plain) && !IsLost;

    public bool AreGroupsWhole => !_pending.Exists(w => w.Kind != AuditedWriteKind.Plain) && !IsLost;

    /// <summary>As <see cref="AreGroupsWhole"/>, an empty group aside: nothing depends on one.</summary>
    public bool AreBodiesWhole => !_pending.Exists(w => w.Kind == AuditedWriteKind.Group) && !IsLost;

    public void Begin(TracedCall write, AuditedWriteKind kind) => _pending.Add(new AuditedWrite(write, kind));

    public void End(TracedCall write)
    {
        IsLost |= write.Result < 0;
        Length = Math.Max(Length, write.Number(3) + Math.Max(0, write.Result ?? 0));
    }

    /// <summary>A sync has ended: what had been written when it began is on stable storage, if it succeeded.</summary>
    public void Sync(TracedCall sync)
    {
        IsLost |= sync.Result < 0;
        _pending.RemoveAll(w => sync.HasSucceeded && w.Call.EndLine < sync.BeginLine);
    }

    /// <summary>A new life reads what is there, and writes again what is not known to be durable.</summary>
    public void ForgetGroups() => _pending.RemoveAll(w => w.Kind != AuditedWriteKind.Plain);
}

/// <summary>What a write holds.</summary>
internal enum AuditedWriteKind
{
    Plain = 0,
    Group,
    EmptyGroup,
}

internal sealed record AuditedWrite(TracedCall Call, AuditedWriteKind Kind);
