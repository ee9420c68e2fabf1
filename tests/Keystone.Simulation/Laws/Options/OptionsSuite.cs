namespace Keystone.Simulation.Laws.Options;

/// <summary>One history over all option sets: their answers must be the same.</summary>
internal static class OptionsSuite
{
    /// <summary>Runs one seed. Returns the one history that it was.</summary>
    public static long Run(int seed)
    {
        List<(string What, int Hash)> first = new HistoryRun(seed, OptionSet.All[0]).Run();
        foreach (OptionSet set in OptionSet.All[1..])
        {
            List<(string What, int Hash)> answers;
            try
            {
                answers = new HistoryRun(seed, set).Run();
            }
            catch (Exception broken)
            {
                throw new InvalidOperationException($"over \"{set.Name}\": {broken.Message}", broken);
            }

            LawFailure.Require(answers.Count == first.Count, $"\"{set.Name}\" gives {answers.Count} answers, not {first.Count}");
            for (int i = 0; i < first.Count; i++)
            {
                LawFailure.Require(
                    answers[i] == first[i],
                    $"answer {i}: \"{OptionSet.All[0].Name}\" has {first[i].What}, \"{set.Name}\" has {answers[i].What}");
            }
        }

        return 1;
    }
}
