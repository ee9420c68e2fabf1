namespace Keystone.Testing.Disk;

/// <summary>
/// Decides what a power loss leaves of each file and each directory. A pure function of the mode, the seed and what was unsynced:
/// the fate of one file does not depend on which others there are.
/// </summary>
internal sealed class PowerLoss(CrashMode mode, int seed)
{
    /// <summary>Directories throw other dice than files of the same number.</summary>
    private const long DirectoryDice = 1L << 32;

    /// <summary>The content of a file after the power loss.</summary>
    public FileImage ContentOf(Inode file)
    {
        FileImage durable = file.Durable;
        FileImage written = Written(file);
        Dice dice = new(seed, file.Id);
        switch (mode)
        {
            case CrashMode.KeepAll:
            case CrashMode.DataOnly:
                return written;
            case CrashMode.EntriesOnly:
                FileImage old = durable.Clone();
                old.SetLength(DrawLength(ref dice, durable.Length, written.Length));
                return old;
            case CrashMode.Prefix:
                int kept = dice.Below(file.History.Count + 2) - 1;
                return kept < 0 ? durable.Clone() : AfterWrites(file, written, kept);
            case CrashMode.RandomSectors:
                return Mixed(file, written, ref dice, sectorsPerUnit: 1);
            case CrashMode.RandomBlocks:
                return Mixed(file, written, ref dice, FileImage.SectorsPerPage);
            case CrashMode.TornLast:
                return file.History.Count == 0 ? written : Torn(file, written, ref dice);
            case CrashMode.Reordered:
                return Reordered(file, written, ref dice);
            default:
                return durable.Clone();
        }
    }

    /// <summary>The names in a directory after the power loss.</summary>
    public Dictionary<string, object> NamesOf(DirectoryNode directory)
    {
        Dice dice = new(seed, DirectoryDice + directory.Id);
        int changes = directory.History.Count;
        return mode switch
        {
            CrashMode.KeepAll or CrashMode.EntriesOnly or CrashMode.TornLast => directory.Written(),
            CrashMode.DropAll or CrashMode.DataOnly => directory.Durable,
            CrashMode.Prefix => WithChanges(directory, 0, dice.Below(changes + 1)),
            CrashMode.Reordered => WithChanges(directory, dice.Below(changes + 1), changes),
            // A journal keeps the order of the changes, other file systems do not.
            _ => dice.Chance(0.5) ? WithChanges(directory, 0, dice.Below(changes + 1)) : WithDrawnNames(directory, ref dice),
        };
    }

    private static Dictionary<string, object> WithChanges(DirectoryNode directory, int from, int to)
    {
        Dictionary<string, object> names = new(directory.Durable, StringComparer.Ordinal);
        for (int index = from; index < to; index++)
        {
            DirectoryNode.Apply(names, directory.History[index]);
        }

        return names;
    }

    /// <summary>
    /// Each name stops at a change of its own, whatever becomes of the others: a rename may lose or keep either of its names.
    /// </summary>
    private static Dictionary<string, object> WithDrawnNames(DirectoryNode directory, ref Dice dice)
    {
        Dictionary<string, object> names = new(directory.Durable, StringComparer.Ordinal);
        HashSet<string> isStopped = new(StringComparer.Ordinal);
        foreach (NameChange change in directory.History)
        {
            if (!isStopped.Contains(change.Name) && dice.Chance(0.5))
            {
                DirectoryNode.Apply(names, change);
            }
            else
            {
                isStopped.Add(change.Name);
            }
        }

        return names;
    }

    /// <summary>The file with all its writes, but for the pages that a failed sync dropped.</summary>
    private static FileImage Written(Inode file)
    {
        FileImage image = file.Durable.Clone();
        image.SetLength(file.Cached.Length);
        for (int page = 0; page < file.Cached.PageCount; page++)
        {
            if (file.IsDirty(page))
            {
                image.SetPage(page, file.Cached.PageAt(page));
            }
        }

        return image;
    }

    /// <summary>The file after some of the writes that are told apart; the later ones are undone.</summary>
    private static FileImage AfterWrites(Inode file, FileImage written, int count)
    {
        FileImage image = written.Clone();
        for (int index = file.History.Count - 1; index >= count; index--)
        {
            PastWrite write = file.History[index];
            int first = FileImage.Locate(write.Offset).Page;
            for (int page = 0; page < write.Replaced.Length; page++)
            {
                image.SetPage(first + page, write.Replaced[page]);
            }
        }

        if (count < file.History.Count)
        {
            image.SetLength(file.History[count].LengthBefore);
        }

        return image;
    }

    /// <summary>
    /// Every unit draws. The middle content is there because a system writes back when it likes: a sector that was written twice
    /// may hold the first of the two.
    /// </summary>
    private static FileImage Mixed(Inode file, FileImage written, ref Dice dice, int sectorsPerUnit)
    {
        FileImage middle = AfterWrites(file, written, dice.Below(file.History.Count + 1));
        double newer = dice.Below(5) * 0.25;
        FileImage image = Widest(file.Durable, written);
        for (int page = 0; page < file.Cached.PageCount; page++)
        {
            if (!file.IsDirty(page))
            {
                continue;
            }

            for (int sector = 0; sector < FileImage.SectorsPerPage; sector += sectorsPerUnit)
            {
                FileImage chosen = dice.Chance(newer) ? written : dice.Chance(0.25) ? middle : file.Durable;
                CopySectors(image, chosen, page, sector, sectorsPerUnit);
            }
        }

        image.SetLength(DrawLength(ref dice, file.Durable.Length, written.Length));
        return image;
    }

    /// <summary>
    /// One end of the last write has arrived, up to a boundary between sectors; the other end holds what was there before it.
    /// </summary>
    private static FileImage Torn(Inode file, FileImage written, ref Dice dice)
    {
        PastWrite last = file.History[^1];
        FileImage before = AfterWrites(file, written, file.History.Count - 1);
        long firstSector = last.Offset / FileImage.SectorBytes;
        long endSector = (last.End + FileImage.SectorBytes - 1) / FileImage.SectorBytes;
        long cut = firstSector + dice.Below(endSector - firstSector + 1);
        bool isHeadKept = dice.Chance(0.5);
        FileImage image = Widest(before, written);
        for (long sector = firstSector; sector < endSector; sector++)
        {
            if (sector < cut == isHeadKept)
            {
                CopySectors(image, written, (int)(sector / FileImage.SectorsPerPage), (int)(sector % FileImage.SectorsPerPage), 1);
            }
        }

        long shortLength = Math.Clamp(cut * FileImage.SectorBytes, before.Length, written.Length);
        image.SetLength(isHeadKept && dice.Chance(0.5) ? shortLength : written.Length);
        return image;
    }

    /// <summary>Sectors that a late write touched are as they were at the end; the others are as they were at the last sync.</summary>
    private static FileImage Reordered(Inode file, FileImage written, ref Dice dice)
    {
        FileImage image = Widest(file.Durable, written);
        for (int index = dice.Below(file.History.Count + 1); index < file.History.Count; index++)
        {
            PastWrite write = file.History[index];
            for (long sector = write.Offset / FileImage.SectorBytes; sector * FileImage.SectorBytes < write.End; sector++)
            {
                CopySectors(image, written, (int)(sector / FileImage.SectorsPerPage), (int)(sector % FileImage.SectorsPerPage), 1);
            }
        }

        image.SetLength(DrawLength(ref dice, file.Durable.Length, written.Length));
        return image;
    }

    /// <summary>The size is a datum of its own: the old one, the new one, or one that the file had on the way.</summary>
    private static long DrawLength(ref Dice dice, long durable, long written)
    {
        long between = durable + dice.Below(written - durable + 1);
        return dice.Below(4) switch
        {
            0 => durable,
            1 => Math.Max(durable, between / FileImage.SectorBytes * FileImage.SectorBytes),
            2 => between,
            _ => written,
        };
    }

    /// <summary>The first image with room for the bytes of the second.</summary>
    private static FileImage Widest(FileImage image, FileImage other)
    {
        FileImage wide = image.Clone();
        wide.SetLength(Math.Max(image.Length, other.Length));
        return wide;
    }

    private static void CopySectors(FileImage target, FileImage source, int page, int sector, int count)
    {
        if (ReferenceEquals(target.PageAt(page), source.PageAt(page)))
        {
            return;
        }

        int within = sector * FileImage.SectorBytes;
        target.SetPage(page, target.PageWith(page, within, source.BytesAt(page).Slice(within, count * FileImage.SectorBytes)));
    }
}
