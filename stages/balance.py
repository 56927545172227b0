"""Stage `balance`: equal minutes per emotion, other attributes near their targets.

Chooses clips and the number of their augmented copies, per split; see `stages.balancing.splits`.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from stages.balancing import balance_metrics, candidates, coverage, splits
from stages.balancing.balance_params import BalanceParams
from stages.core import params, store, tables
from stages.core.errors import UserError, main
from stages.core.summary import Stopwatch, write_metrics

TABLE = Path("data/tables/balance.parquet")
DETAILS = Path("metrics/details/balance.json")


def overview(compared: dict[str, Any], metrics: dict[str, Any], covered: dict[str, Any]) -> list[str]:
    """Summarize the balance of each split, and the emotions with too few minutes, in at most three lines."""
    lines = []
    for split in tables.SPLITS:
        found = metrics[split]
        samples = found["clips"]["chosen"] + found["clips"]["copies"]
        missed = "" if found["tolerance_met"] else " (more than balance.tolerance)"
        scarce = f"; too scarce for equal minutes: {names}" if (names := found["scarce_emotions"]) else ""
        lines.append(
            f"{split}: emotions within {found['emotion_imbalance']:.1%}{missed}, "
            f"{samples:,} samples, {compared[split]['minutes']:g} minutes{scarce}"
        )
    totals = {emotion: found["total"] for emotion, found in covered["minutes_by_emotion"].items()}
    if short := [emotion for emotion, total in totals.items() if total < covered["min_minutes"]]:
        shortest = min(short, key=totals.__getitem__)
        lines.append(
            f"{len(short)} of {len(totals)} emotions have less than {covered['min_minutes']:g} minutes to "
            f"train on (balance.min_minutes), {shortest} has only {totals[shortest]:g}; see {DETAILS}"
        )
    return lines


def run() -> None:
    """Write the selection, its metrics and the coverage; fail if minutes that params require are missing."""
    watch = Stopwatch("balance")
    corpora = params.corpora()
    settings = params.section(BalanceParams, "balance")
    clips = candidates.join(corpora)
    single = clips.dialogue.isna()
    # dialogues are not balanced: they keep all turns, and their labels describe the text, not the acting
    dialogues = clips[~single].assign(chosen=True, copies=0, reason=None)
    held_out = dialogues[dialogues.split == "validation"].groupby(["corpus", "dialogue"]).ngroups
    selected, metrics = splits.balance_splits(clips[single], settings, dialogues=held_out)
    metrics = splits.with_dialogues(metrics, dialogues)
    compared = balance_metrics.compared(metrics)
    covered = coverage.coverage(selected, settings.min_minutes, corpora)
    lines = overview(compared, metrics, covered)
    messages = covered.pop("messages")
    if settings.require_min_minutes and not covered["met"]:
        raise UserError(
            "balance.require_min_minutes: an emotion has too little training audio:\n"
            + "\n".join(filter(None, messages.values()))
            + "\nFollow these hints, or set balance.require_min_minutes: false"
        )
    selected = pd.concat([store.conform(part, tables.Balance) for part in (selected, dialogues)])
    store.write(selected, tables.Balance, TABLE)
    write_metrics("balance", compared, {**metrics, "messages": messages})
    write_metrics("coverage", coverage.compared(covered), covered)
    print("\n".join(f"balance: {line}" for line in lines))
    watch.end(len(selected), selected.reason, float(selected.seconds.sum()), verb="excluded")


if __name__ == "__main__":
    main(run)
