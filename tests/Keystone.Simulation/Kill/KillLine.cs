using System.Globalization;
using System.Text;

namespace Keystone.Simulation.Kill;

/// <summary>What a line of the writer says.</summary>
internal enum KillWord
{
    /// <summary>It begins to open the store.</summary>
    Opening,

    /// <summary>The store is open and every lane has written.</summary>
    Ready,

    /// <summary>An operation of a lane was acknowledged.</summary>
    Acknowledged,

    /// <summary>How much the engine has done in the background since it was opened.</summary>
    Figures,
}

/// <summary>
/// A line from the writer to the suite: a word and two numbers. A line is one write of a few bytes to a pipe, which is whole or not
/// there whenever the writer dies; and a lane begins no operation before the line of the last one is in the pipe.
/// </summary>
internal readonly record struct KillLine(KillWord Word, long First = 0, long Second = 0)
{
    public static KillLine Parse(string text)
    {
        string[] parts = text.Split(' ');
        return new KillLine(
            Enum.Parse<KillWord>(parts[0]),
            long.Parse(parts[1], CultureInfo.InvariantCulture),
            long.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    public void WriteTo(Stream pipe)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Word} {First} {Second}\n"));
        lock (pipe)
        {
            pipe.Write(bytes);
            pipe.Flush();
        }
    }
}
