namespace Keystone.Model.Expressions;

/// <summary>
/// Paths of one projection or one update exclude each other when one leads to the other, or into the other (they overlap), or when one
/// takes a value for a list and the other for a map (they conflict). An overlap is reported before a conflict.
/// </summary>
internal static class PathRule
{
    public static void Require(Binding binding, ReadOnlySpan<PathNode> paths, ExpressionKind kind)
    {
        var root = new Step();
        (PathNode First, PathNode Second)? conflict = null;
        foreach (PathNode path in paths)
        {
            PathNode? overlapped = root.Add(binding, path, ref conflict);
            if (overlapped is not null)
            {
                throw ExpressionError.Overlap(kind, binding.Show(overlapped), binding.Show(path));
            }
        }

        if (conflict is { } pair)
        {
            throw ExpressionError.Conflict(kind, binding.Show(pair.First), binding.Show(pair.Second));
        }
    }

    /// <summary>A place in the document that paths go through or end at.</summary>
    private sealed class Step
    {
        private Dictionary<string, Step>? _named;
        private Dictionary<int, Step>? _indexed;

        /// <summary>The first path that went through here.</summary>
        private PathNode? _first;
        private bool _isEnd;

        /// <summary>Adds a path below this root, and answers an earlier one that it overlaps.</summary>
        public PathNode? Add(Binding binding, PathNode path, ref (PathNode First, PathNode Second)? conflict)
        {
            Step step = this;
            foreach (PathPart part in path.Parts)
            {
                if (step._isEnd)
                {
                    return step._first;
                }

                step._first ??= path;
                if (part.IsIndex ? step._named is not null : step._indexed is not null)
                {
                    conflict ??= (step.FirstOther(part.IsIndex), path);
                }

                step = part.IsIndex
                    ? Child(step._indexed ??= [], part.Index)
                    : Child(step._named ??= new(StringComparer.Ordinal), binding.NameOf(part));
            }

            if (step._first is not null)
            {
                return step._first;
            }

            step._first = path;
            step._isEnd = true;
            return null;
        }

        private PathNode FirstOther(bool isIndex)
            => (isIndex ? _named!.Values.First()._first : _indexed!.Values.First()._first)!;

        private static Step Child<TKey>(Dictionary<TKey, Step> children, TKey key)
            where TKey : notnull
        {
            if (!children.TryGetValue(key, out Step? child))
            {
                child = new Step();
                children.Add(key, child);
            }

            return child;
        }
    }
}
