namespace Keystone.Storage.Jobs;

/// <summary>
/// A piece of background work of the engine: commit, flush, compaction, preparation of segments, removal of files, blocking reads.
/// <para>
/// A job is an object that is stepped, not a thread. One <see cref="Step"/> makes at most one call that may block and then
/// says what the job waits for. The host decides when and on which thread the next step runs: on a dedicated thread in
/// production, in a seeded loop in simulation. What always holds: a host never runs two steps of one job at a time, and
/// whatever happened before a step is visible to it.
/// </para>
/// </summary>
public interface IJob
{
    /// <summary>A short name for thread names, events and traces.</summary>
    string Name { get; }

    /// <summary>How urgent its steps are beside those of other jobs.</summary>
    JobPriority Priority { get; }

    /// <summary>
    /// Does the next piece of work. An exception that leaves it is a programming error: the job has to turn every failure
    /// that can be foreseen into a state of the store.
    /// </summary>
    JobStep Step();
}

/// <summary>How a host weighs the steps of a job against those of others.</summary>
public enum JobPriority
{
    /// <summary>A caller waits for it: commit and reads.</summary>
    Foreground = 0,

    /// <summary>
    /// Nobody waits for it directly: flush and compaction. The operating system's hosts give it a lower scheduling priority.
    /// </summary>
    Background = 1,
}
