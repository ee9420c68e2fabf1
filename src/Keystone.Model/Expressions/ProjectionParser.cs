namespace Keystone.Model.Expressions;

/// <summary>The text of a projection into its paths: <c>path { , path }</c>.</summary>
internal static class ProjectionParser
{
    public static ProjectionSyntax Parse(string text, ExpressionLimits limits)
    {
        var reader = new SyntaxReader(text, ExpressionKind.Projection, limits);
        var paths = new List<PathNode>();
        do
        {
            paths.Add(reader.Path());
        }
        while (reader.Take(TokenKind.Comma));

        reader.Expect(TokenKind.End);
        reader.Faults.Report();
        return new ProjectionSyntax(reader.Slots, [.. paths]) { Tokens = reader.TokenCount };
    }
}
