using System.Globalization;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Sampling;

namespace RawSer.Recipes.Splits;

/// <summary>Divides labelled clips as a <see cref="SplitPlan"/> says. The same clips, plan and seed give the same split everywhere.</summary>
public static class Splitter
{
    /// <summary>Divides the clips.</summary>
    /// <exception cref="CorpusException">The plan does not fit the clips: too few speakers, unknown speakers or corpora, empty parts.</exception>
    public static Split Divide(LabelledClips clips, SplitPlan plan)
    {
        Check(plan);
        var random = new CounterRandom(plan.Seed, "split");
        Split split = plan.Kind switch
        {
            SplitKind.Clip => ByClip(clips, plan, random),
            SplitKind.Corpus => ByCorpus(clips, plan, random),
            _ when plan.Kind == SplitKind.Speaker && plan.TrainSpeakers.Count + plan.ValidationSpeakers.Count + plan.TestSpeakers.Count > 0 => BySpeakerList(clips, plan, random),
            _ => ByGroup(clips, plan, random),
        };
        foreach (SplitPart part in Enum.GetValues<SplitPart>())
        {
            if (split[part].Count == 0)
            {
                throw new CorpusException($"split by {plan.Kind.ToString().ToLowerInvariant()}: the {part.ToString().ToLowerInvariant()} part is empty");
            }
        }

        return split;
    }

    /// <summary>Number of folds that a plan has over some clips: one per corpus for <see cref="SplitKind.Corpus"/>, else the plan's own number.</summary>
    public static int FoldCount(LabelledClips clips, SplitPlan plan) =>
        plan.Kind == SplitKind.Corpus ? clips.Clips.Select(c => c.Corpus).Distinct().Count() : plan.Folds;

    /// <summary>Whether the numbers of a plan make sense, whatever the clips.</summary>
    /// <exception cref="CorpusException">They do not.</exception>
    public static void Check(SplitPlan plan)
    {
        if (plan.ValidationShare is not (> 0 and < 1) || plan.TestShare is not (> 0 and < 1) || plan.ValidationShare + plan.TestShare >= 1)
        {
            throw new CorpusException(
                FormattableString.Invariant($"split shares validation {plan.ValidationShare} and test {plan.TestShare}: each must be between 0 and 1, and both together below 1"));
        }

        if (plan.Folds is 1 or < 0 || plan.Fold < 0 || (plan.Folds > 0 && plan.Kind != SplitKind.Corpus && plan.Fold >= plan.Folds))
        {
            throw new CorpusException($"split fold {plan.Fold} of {plan.Folds}: expected folds 0 (none) or from 2, and a fold below their number");
        }
    }

    private static Split ByClip(LabelledClips clips, SplitPlan plan, CounterRandom random)
    {
        int[] labels = [.. clips.Labels];
        int[] rest, test;
        double validationOfRest = plan.ValidationShare / (1 - plan.TestShare);
        if (plan.Folds == 0)
        {
            (rest, test) = StratifiedAllocation.Draw(labels, clips.Classes.Count, plan.TestShare, random);
        }
        else
        {
            int[] fold = StratifiedAllocation.Folds(labels, clips.Classes.Count, plan.Folds, random);
            rest = [.. Enumerable.Range(0, labels.Length).Where(i => fold[i] != plan.Fold)];
            test = [.. Enumerable.Range(0, labels.Length).Where(i => fold[i] == plan.Fold)];
            validationOfRest = plan.ValidationShare;
        }

        int[] restLabels = [.. rest.Select(i => labels[i])];
        (int[] train, int[] validation) = StratifiedAllocation.Draw(restLabels, clips.Classes.Count, validationOfRest, random);
        return new Split([.. train.Select(i => rest[i])], [.. validation.Select(i => rest[i])], test);
    }

    private static Split ByGroup(LabelledClips clips, SplitPlan plan, CounterRandom random)
    {
        int[] all = [.. Enumerable.Range(0, clips.Clips.Count)];
        Groups groups = Groups.Of(clips, all, plan.Kind);
        if (plan.Folds == 0)
        {
            // Where two parts are equally good, the test part comes before validation.
            int[] part = Parts(groups, plan, [1 - plan.ValidationShare - plan.TestShare, plan.TestShare, plan.ValidationShare], random);
            return new Split(groups.Take(part, 0), groups.Take(part, 2), groups.Take(part, 1));
        }

        int[] fold = GroupAllocation.StratifiedFolds(groups.Classes, plan.Folds);
        int[] rest = [.. all.Where(i => fold[groups.Of(i)] != plan.Fold)];
        int[] test = [.. all.Where(i => fold[groups.Of(i)] == plan.Fold)];
        (int[] train, int[] validation) = HoldOut(clips, rest, plan, random);
        return new Split(train, validation, test);
    }

    private static Split ByCorpus(LabelledClips clips, SplitPlan plan, CounterRandom random)
    {
        string[] corpora = [.. clips.Clips.Select(c => c.Corpus).Distinct().Order(StringComparer.Ordinal)];
        if (corpora.Length < 2)
        {
            throw new CorpusException($"split by corpus: the clips are of {corpora.FirstOrDefault() ?? "no corpus"} alone; at least two corpora are needed");
        }

        string? held = plan.TestCorpus ?? corpora.ElementAtOrDefault(plan.Fold);
        if (held is null || !corpora.Contains(held))
        {
            throw new CorpusException($"split by corpus: '{held ?? $"fold {plan.Fold}"}' is not among the corpora {string.Join(", ", corpora)}");
        }

        int[] rest = [.. Enumerable.Range(0, clips.Clips.Count).Where(i => clips.Clips[i].Corpus != held)];
        (int[] train, int[] validation) = HoldOut(clips, rest, plan with { Kind = SplitKind.Speaker }, random);
        return new Split(train, validation, [.. Enumerable.Range(0, clips.Clips.Count).Where(i => clips.Clips[i].Corpus == held)]);
    }

    private static Split BySpeakerList(LabelledClips clips, SplitPlan plan, CounterRandom random)
    {
        var parts = new Dictionary<string, SplitPart>();
        var known = clips.Clips.Select(c => c.SpeakerKey).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToArray();
        foreach (SplitPart part in Enum.GetValues<SplitPart>())
        {
            IReadOnlyList<string> list = part switch
            {
                SplitPart.Train => plan.TrainSpeakers,
                SplitPart.Validation => plan.ValidationSpeakers,
                _ => plan.TestSpeakers,
            };
            foreach (string name in list.SelectMany(Expand))
            {
                string[] found = [.. known.Where(k => k == name || k.EndsWith("/" + name, StringComparison.Ordinal))];
                if (found.Length == 0)
                {
                    throw new CorpusException($"split: speaker '{name}' does not occur; the speakers are {string.Join(" ", known)}");
                }

                foreach (string speaker in found)
                {
                    if (!parts.TryAdd(speaker, part) && parts[speaker] != part)
                    {
                        throw new CorpusException($"split: speaker '{speaker}' is listed for {parts[speaker]} and for {part}");
                    }
                }
            }
        }

        SplitPart? unlisted = plan.TrainSpeakers.Count == 0 ? SplitPart.Train : null;
        var lists = new Dictionary<SplitPart, List<int>> { [SplitPart.Train] = [], [SplitPart.Validation] = [], [SplitPart.Test] = [] };
        for (int i = 0; i < clips.Clips.Count; i++)
        {
            SplitPart? part = clips.Clips[i].SpeakerKey is string key && parts.TryGetValue(key, out SplitPart listed) ? listed : unlisted;
            if (part is SplitPart taken)
            {
                lists[taken].Add(i);
            }
        }

        if (plan.ValidationSpeakers.Count > 0)
        {
            return new Split(lists[SplitPart.Train], lists[SplitPart.Validation], lists[SplitPart.Test]);
        }

        (int[] train, int[] validation) = HoldOut(clips, [.. lists[SplitPart.Train]], plan, random);
        return new Split(train, validation, lists[SplitPart.Test]);
    }

    private static int[] Parts(Groups groups, SplitPlan plan, ReadOnlySpan<double> shares, CounterRandom random)
    {
        string what = plan.Kind == SplitKind.Sentence ? "sentence" : "speaker";
        return groups.Strata.Length >= shares.Length
            ? GroupAllocation.Parts(groups.Strata, shares, random)
            : throw new CorpusException($"split by {what}: {shares.Length} parts need {shares.Length} {what}s at least, and the clips have {groups.Strata.Length}; use --split clip, or more data");
    }

    private static (int[] Train, int[] Validation) HoldOut(LabelledClips clips, int[] rest, SplitPlan plan, CounterRandom random)
    {
        Groups groups = Groups.Of(clips, rest, plan.Kind);
        int[] part = Parts(groups, plan, [1 - plan.ValidationShare, plan.ValidationShare], random);
        return (groups.Take(part, 0), groups.Take(part, 1));
    }

    // "01-12" with equal widths is a range of numbers; everything else is a name.
    private static IEnumerable<string> Expand(string item)
    {
        int slash = item.LastIndexOf('/');
        string prefix = item[..(slash + 1)], name = item[(slash + 1)..];
        int dash = name.IndexOf('-', StringComparison.Ordinal);
        if (dash <= 0 || !int.TryParse(name[..dash], NumberStyles.None, null, out int first) || !int.TryParse(name[(dash + 1)..], NumberStyles.None, null, out int last))
        {
            return [item];
        }

        return last < first
            ? throw new CorpusException($"split: speakers '{item}': the range is empty; expected for example 01-12")
            : Enumerable.Range(first, last - first + 1).Select(n => prefix + n.ToString(CultureInfo.InvariantCulture).PadLeft(dash, '0'));
    }

    // The groups (speakers or sentences) of some clips, with their clips per class, and per corpus and class.
    private sealed class Groups
    {
        private readonly int[] _clips;
        private readonly Dictionary<int, int> _groupOfClip = [];

        private Groups(LabelledClips clips, int[] members, Func<Clip, string?> key, string what)
        {
            _clips = members;
            string KeyOf(int clip) => key(clips.Clips[clip]) ?? throw new CorpusException(
                $"split by {what}: {clips.Clips[clip].Path} has no {what}; use --split clip, or a manifest with a {what} column");
            string[] names = [.. members.Select(KeyOf).Distinct().Order(StringComparer.Ordinal)];
            string[] corpora = [.. members.Select(i => clips.Clips[i].Corpus).Distinct().Order(StringComparer.Ordinal)];
            Classes = [.. names.Select(_ => new int[clips.Classes.Count])];
            Strata = [.. names.Select(_ => new int[clips.Classes.Count * corpora.Length])];
            foreach (int clip in members)
            {
                int group = Array.BinarySearch(names, KeyOf(clip), StringComparer.Ordinal);
                _groupOfClip[clip] = group;
                Classes[group][clips.Labels[clip]]++;
                Strata[group][(Array.IndexOf(corpora, clips.Clips[clip].Corpus) * clips.Classes.Count) + clips.Labels[clip]]++;
            }
        }

        public int[][] Classes { get; }

        public int[][] Strata { get; }

        public static Groups Of(LabelledClips clips, int[] members, SplitKind kind) =>
            kind == SplitKind.Sentence ? new Groups(clips, members, c => c.SentenceKey, "sentence") : new Groups(clips, members, c => c.SpeakerKey, "speaker");

        public int Of(int clip) => _groupOfClip[clip];

        public int[] Take(int[] partOfGroup, int part) => [.. _clips.Where(i => partOfGroup[_groupOfClip[i]] == part)];
    }
}
