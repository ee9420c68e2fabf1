namespace Keystone.Storage.Jobs;

/// <summary>
/// A job whose work is told as one story: an iterator that yields after each call that may block.
/// <para>
/// What enters: the story (<see cref="Work"/>) and what becomes of the job when it fails (<see cref="Recover"/>). What leaves: the steps
/// of the story, one at a time. What always holds: a story that failed is over, its finally blocks have run, and it is told anew from its
/// beginning if the job goes on; the job is done when a story comes to its end.
/// </para>
/// </summary>
internal abstract class StoryJob(string name, JobPriority priority) : IJob
{
    private IEnumerator<JobStep>? _story;
    private bool _isStopping;

    public string Name => name;

    public JobPriority Priority => priority;

    /// <summary>Set by whoever started the job, as soon as the host has handed it over.</summary>
    public IJobHandle? Handle { get; set; }

    /// <summary>Whether the job was told to end. Read by anyone.</summary>
    protected bool IsStopping => Volatile.Read(ref _isStopping);

    /// <summary>Lets the job end at the next place where its story may.</summary>
    public void Stop()
    {
        Volatile.Write(ref _isStopping, true);
        Handle?.Wake();
    }

    public JobStep Step()
    {
        // The first step may come before whoever started the job has noted its handle; a wait begun without it would miss its wake.
        if (Handle is null)
        {
            return JobStep.Again;
        }

        try
        {
            _story ??= Work().GetEnumerator();
            return _story.MoveNext() ? _story.Current : End();
        }
        catch (StoreException failure)
        {
            _story = null;
            return Recover(failure);
        }
    }

    /// <summary>The story, from its beginning.</summary>
    protected abstract IEnumerable<JobStep> Work();

    /// <summary>Turns a failure of the story into a state of the store, and says when it is told anew, or that the job is done.</summary>
    protected abstract JobStep Recover(StoreException failure);

    /// <summary>What is to be done after the last step of the story. Called once, if no failure ended the job before.</summary>
    protected virtual JobStep End() => JobStep.Done;

    /// <summary>Runs what a story that was not finished left to be done. Only while no host steps the job.</summary>
    protected void Abandon()
    {
        _story?.Dispose();
        _story = null;
    }
}
