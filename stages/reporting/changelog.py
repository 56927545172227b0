"""Command `changes`: changes between two versions of the dataset, as Markdown.

In `python -m stages changes OLD [NEW]`, OLD and NEW are git revisions: tags, branches or commits. The
default of NEW is the current build, committed or not. No audio is fetched.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from stages.reporting import revisions, version_diff
from stages.reporting.markdown import table, text
from stages.reporting.plots import in_order
from stages.reporting.revisions import Revision

SHOWN = 10
"""Maximum number of clips that a list names; the others are counted."""
HEADINGS = {"rerendered": "re-rendered", "redescribed": "re-described", "moved": "moved split"}
COUNTS = ("minutes", "samples", "clips", "speakers", "words")
"""Keys of metrics/validate.json that are in the section Balance, not in Quality."""


def pair(old: Any, new: Any) -> str:
    """Format `old -> new`, or one value if both have the same text."""
    before, after = text(old), text(new)
    return after if before == after else f"{before} -> {after}"


def some(names: Iterable[str]) -> str:
    """Format the first names of a list, and the number of the others."""
    names = sorted(names)
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def clips(changed: pd.DataFrame) -> str:
    """Format a table of changed clips per corpus and emotion; empty if none changed."""
    flags = changed[list(version_diff.FLAGS)]
    if not flags.any(axis=None):
        return ""
    flags = flags.assign(unchanged=~flags.any(axis="columns"))
    counts = flags.groupby([changed.corpus, changed.emotion]).sum()
    rows = [
        [corpus, emotion, *counts.loc[(corpus, emotion)]]
        for corpus, group in changed.groupby("corpus")
        for emotion in in_order(group.emotion)
    ]
    head = [HEADINGS.get(flag, flag) for flag in flags]
    return table(["corpus", "emotion", *head], [*rows, ["**all**", "", *counts.sum()]])


def reasons(changed: pd.DataFrame) -> str:
    """Format a table of added, removed and relabelled clips, with reasons; empty if there are none."""
    # `samples` is null if the inventory of that version lacks the clip
    gone = changed.reason_new.fillna("not chosen").mask(changed.samples_new.isna(), "no longer in its corpus")
    came = ("was not used: " + changed.reason_old).fillna("was not chosen")
    came = came.mask(changed.samples_old.isna(), "new in its corpus")
    rows = [
        [what, cause, len(group), some(group.clip_id)]
        for what, causes in (("removed", gone), ("added", came))
        for cause, group in changed[changed[what]].groupby(causes)
    ]
    relabelled = changed[changed.relabelled]
    for name in version_diff.LABELS:
        if f"{name}_old" in relabelled:
            differing = relabelled[relabelled[f"{name}_old"].ne(relabelled[f"{name}_new"])]
            for (old, new), group in differing.groupby([f"{name}_old", f"{name}_new"]):
                rows.append(["relabelled", f"{name}: {pair(old, new)}", len(group), some(group.clip_id)])
    return table(["what", "why", "clips", "which"], rows) if rows else ""


def balance(old: Revision, new: Revision, by: str) -> str:
    """Format a table of minutes, clips and speakers of both versions; empty if nothing differs."""
    before, after = (version_diff.balance(version.inventory, by) for version in (old, new))
    if before.equals(after):
        return ""
    names = in_order([*before.index, *after.index])
    before, after = before.reindex(names), after.reindex(names)
    rows = [[name, *map(pair, before.loc[name], after.loc[name])] for name in names]
    return table([by, *(column.replace("_", " ") for column in after.columns)], rows)


def quality(old: Revision, new: Revision) -> str:
    """Format a table of measures of the rendered files per emotion; empty if nothing differs."""
    found = [version.metrics.get("validate", {}) for version in (old, new)]
    before, after = ({"all": one.get("all", {}), **one.get("by_emotion", {})} for one in found)
    if before == after:
        return ""
    columns = [key for key in after["all"] if key not in COUNTS]
    rows = [
        [name, *(pair(before.get(name, {}).get(key), after.get(name, {}).get(key)) for key in columns)]
        for name in ["all", *in_order({*before, *after} - {"all"})]
    ]
    return table(["emotion", *columns], rows)


def licenses(old: Revision, new: Revision) -> str:
    """Format a table of clips per corpus and license; empty if nothing differs."""
    counted = version_diff.licenses(old.inventory, new.inventory)
    if counted.old.equals(counted.new):
        return ""
    return table(["corpus", "license", "clips, old", "clips, new"], counted.reset_index().to_numpy())


def inputs(old: Revision, new: Revision) -> str:
    """Format a table of changed parameters and code per stage, from `dvc.lock`; empty if nothing differs."""
    before, after = version_diff.inputs(old.lock), version_diff.inputs(new.lock)
    rows = []
    for stage in after | before:
        if stage not in before or stage not in after:
            rows.append([stage, "stage added" if stage in after else "stage removed", ""])
            continue
        params, files = (
            version_diff.differences(before[stage][kind], after[stage][kind]) for kind in ("params", "files")
        )
        if params or files:
            values = ", ".join(f"{name}: {pair(*values)}" for name, values in params.items())
            rows.append([stage, values, ", ".join(files)])
    return table(["stage", "parameters", "code and files"], rows) if rows else ""


def report(old: Revision, new: Revision) -> str:
    """Format the complete comparison; a section without differences is left out."""
    changed = version_diff.clips(old.inventory, new.inventory)
    step, cause = version_diff.bump(changed, same_format=old.format_version == new.format_version)
    sections = {
        "Clips": clips(changed),
        "Which, and why": reasons(changed),
        "Balance": "\n\n".join(filter(None, (balance(old, new, by) for by in ("emotion", "corpus")))),
        "Quality": quality(old, new),
        "Licenses": licenses(old, new),
        "Parameters and code": inputs(old, new),
    }
    found = [f"## {head}\n\n{body}" for head, body in sections.items() if body]
    same = step == "no" and not found
    summary = "Nothing changed." if same else f"Minimum version step: **{step}**; {cause}."
    return "\n\n".join([f"# {old.name} -> {new.name}", summary, *found])


def run(old: str, new: str = revisions.WORKSPACE) -> None:
    """Print the comparison of two revisions."""
    print(report(revisions.read(old), revisions.read(new)))
