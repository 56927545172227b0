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
    """Say in at most three lines how balanced each split is, and how many emotions are too short."""
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
    """Write the selection, its summary and the coverage; fail on too little audio if params say so."""
    watch = Stopwatch("balance")
    corpora = params.corpora()
    rules = params.section(BalanceParams, "balance")
    clips = candidates.join(corpora)
    single = clips.dialogue.isna()
    # a dialogue keeps all turns, and its labels are of the text, not of the acting: emotions are not balanced
    dialogues = clips[~single].assign(chosen=True, copies=0, reason=None)
    held_out = dialogues[dialogues.split == "validation"].groupby(["corpus", "dialogue"]).ngroups
    made, metrics = splits.balance_splits(clips[single], rules, dialogues=held_out)
    metrics = splits.with_dialogues(metrics, dialogues)
    compared = balance_metrics.compared(metrics)
    covered = coverage.coverage(made, rules.min_minutes, corpora)
    lines = overview(compared, metrics, covered)
    messages = covered.pop("messages")
    if rules.require_min_minutes and not covered["met"]:
        raise UserError(
            "balance.require_min_minutes: an emotion has too little training audio:\n"
            + "\n".join(filter(None, messages.values()))
            + "\nFollow these hints, or set balance.require_min_minutes: false"
        )
    made = pd.concat([store.conform(part, tables.Balance) for part in (made, dialogues)])
    store.write(made, tables.Balance, TABLE)
    write_metrics("balance", compared, {**metrics, "messages": messages})
    write_metrics("coverage", coverage.compared(covered), covered)
    print("\n".join(f"balance: {line}" for line in lines))
    watch.end(len(made), made.reason, float(made.seconds.sum()))


if __name__ == "__main__":
    main(run)
