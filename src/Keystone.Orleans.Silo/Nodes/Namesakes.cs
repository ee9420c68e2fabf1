using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace Keystone.Orleans.Silo.Nodes;

/// <summary>
/// Keeps two silos from being one node. Membership knows silos by address and lets names repeat, while stripes are found by the name of
/// their node: of two living silos with one name, each would serve the same keys from a disk of its own.
/// <para>
/// What enters: the members. What leaves: nothing, or the refusal to start. What always holds: a member with this silo's name that
/// answers refuses the start, one that is silent does not. Silence is what a crash leaves in the membership for some seconds, and the
/// lock of the directory and the incarnation of the disk fence such a silo off should it wake.
/// </para>
/// </summary>
internal sealed partial class Namesakes
{
    /// <summary>How long a member is given to answer.</summary>
    private static readonly TimeSpan AnswerTimeMax = TimeSpan.FromSeconds(1);

    private readonly IClusterMembershipService _membership;
    private readonly ILocalSiloDetails _self;
    private readonly NodeDoors _doors;
    private readonly TimeProvider _time;
    private readonly ILogger<Namesakes> _logger;

    public Namesakes(
        IClusterMembershipService membership, ILocalSiloDetails self, NodeDoors doors, TimeProvider time, ILogger<Namesakes> logger)
    {
        _membership = membership;
        _self = self;
        _doors = doors;
        _time = time;
        _logger = logger;
    }

    /// <summary>Asks every member of this silo's name, all at once.</summary>
    /// <exception cref="OrleansConfigurationException">One of them lives.</exception>
    public async Task RequireNoneAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_membership.CurrentSnapshot.Members.Values.Where(IsNamesake)
            .Select(member => RequireSilenceAsync(member.SiloAddress, cancellationToken))).ConfigureAwait(false);
    }

    /// <summary>A member at this silo's own endpoint is its predecessor, whose port this silo would not have if it lived.</summary>
    private bool IsNamesake(ClusterMember member) => member.Name == _self.Name
        && !member.SiloAddress.Endpoint.Equals(_self.SiloAddress.Endpoint)
        && member.Status is SiloStatus.Joining or SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping;

    private async Task RequireSilenceAsync(SiloAddress silo, CancellationToken cancellationToken)
    {
        NodeAnswer answer;
        try
        {
            answer = await _doors.Of(silo).WhoAsync().AsTask().WaitAsync(AnswerTimeMax, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception silence) when (silence is OrleansException or TimeoutException)
        {
            LogSilent(silo, _self.Name);
            return;
        }

        throw new OrleansConfigurationException(
            $"Silo {silo} is a member with the node name '{_self.Name}' and answers; its disk is {answer.DataPath}"
            + (answer.Incarnation == 0 ? "" : $", id {answer.DiskId:x}, incarnation {answer.Incarnation}")
            + $". Two silos cannot be one node: stop that one, or name this one after another node in {nameof(SiloOptions)}.");
    }

    [LoggerMessage(LogLevel.Warning, "Silo {Silo} is a member with this node's name, '{Node}', and does not answer; it is taken for dead.")]
    private partial void LogSilent(SiloAddress silo, string node);
}
