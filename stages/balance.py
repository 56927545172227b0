"""Which clips, and how many augmented copies? Equal minutes per emotion, other attributes near their targets.

Train and validation are balanced each for itself: `selection` decides how much of each cell, `whole_clips`
which clips. Within a cell the best come first, by the selection_priority of `candidates`.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stages.balancing import balance_lp, balance_metrics, candidates, coverage, groups, rounding
from stages.balancing.balance_params import BalanceParams
from stages.core import params, store, tables
from stages.core.errors import UserError, main
from stages.core.summary import Stopwatch, write_metrics

TABLE = Path("data/tables/balance.parquet")
WIDER = (0.05, 0.1, 0.2, 0.5)
"""Tolerances that are tried in turn where the one asked for would leave too small a validation set."""
ROOM = 0.25
"""Share of the tolerance that cells use up; as much again is for whole clips, see `whole_clips.AIM`."""


class Balanced(NamedTuple):
    """One side, balanced.

    Attributes:
        clips: columns of `tables.Balance`, and `scarce`.
        gap: see `evenness`.
    """

    clips: pd.DataFrame
    gap: float


def balance(clips: pd.DataFrame, rules: BalanceParams) -> Balanced:
    """Choose from the kept clips of one side.

    Args:
        clips: columns `clip_id`, `CELL`, `speaker`, `normalized_transcript`, `seconds`, `selection_priority`; in any order.
        rules: of the side.

    Returns:
        The clips, sorted by id, with `chosen`, `copies`, `reason` and `scarce`.

    Raises:
        UserError: none of the clips has one of the emotions that the rules ask for.
    """
    clips = clips.sort_values("clip_id", ignore_index=True)
    asked = clips.emotion.isin(tables.EMOTIONS if rules.emotions == "all" else rules.emotions)
    there = clips[asked].reset_index(drop=True)
    if there.empty:
        raise UserError(
            f"balance.emotions {list(rules.emotions)}: no clip of a side has one of them; found "
            f"{', '.join(sorted(set(clips.emotion))) or 'no clips'}. Name some of these, or `all`"
        )
    plan = balance_lp.solve(there, rules, ROOM)
    choice = rounding.round_to_clips(there, plan, rules)
    made = there.assign(chosen=choice.chosen, copies=choice.copies)
    made["scarce"] = made.emotion.isin(groups.scarce_emotions(there, rules))
    left = clips[~asked].assign(chosen=False, copies=0, scarce=False, reason="emotion_excluded")
    every = pd.concat([made.assign(reason=reasons(made, plan.level, rules)), left], ignore_index=True)
    return Balanced(
        every.sort_values("clip_id", ignore_index=True), optimality_gap(there, plan, choice, rules)
    )


def all_of(clips: pd.DataFrame) -> pd.DataFrame:
    """Every clip, as `balance` returns them, for a dataset that is not to be balanced."""
    every = clips.assign(
        chosen=True, copies=0, scarce=False, reason=pd.Series(None, clips.index, dtype="str")
    )
    return every.sort_values("clip_id", ignore_index=True)


def optimality_gap(
    clips: pd.DataFrame, plan: balance_lp.Plan, choice: rounding.Choice, rules: BalanceParams
) -> float:
    """How much more, in minutes per minute taken, a perfect choice could be worth."""
    best = balance_lp.solve(clips, rules, spread=0).value
    parts = [np.bincount(plan.groups.of_clip, clips.seconds * times) / 60 for times in choice]
    taken = float(sum(part.sum() for part in parts))
    return (best - balance_lp.worth(plan, rules, *parts)) / max(taken, 1e-9)


def reasons(clips: pd.DataFrame, level: float, rules: BalanceParams) -> pd.Series:
    """Why each clip was not chosen: the first of `tables.EXCLUSION_REASONS` that holds; null if chosen.

    Args:
        clips: columns `speaker`, `normalized_transcript`, `emotion`, `seconds`, `chosen`, `copies`.
        level: minutes of each emotion that the plan aims at.
        rules: caps.
    """
    taken = clips.seconds * (clips.chosen + clips.copies)

    def with_it(name: str) -> pd.Series:
        return taken.groupby(clips[name]).transform("sum") + clips.seconds

    full = 60 * (
        1 - rules.tolerance / 2
    )  # seconds of a capped minute; the plan leaves the rest to whole clips
    masks = {
        "speaker_cap": with_it("speaker") > full * rules.max_speaker_minutes,
        "sentence_cap": with_it("normalized_transcript") > full * rules.max_sentence_minutes,
        "emotion_capped": with_it("emotion") > 60 * level,
    }
    reason = pd.Series("over_target", index=clips.index, dtype="str")
    for name in reversed(masks):
        reason = reason.mask(masks[name], name)
    return reason.mask(clips.chosen)


def balance_validation(
    clips: pd.DataFrame, rules: BalanceParams, needed: int
) -> tuple[Balanced, float | None]:
    """Balance validation; where equal minutes would leave too little of it, they are as equal as they can be.

    Args:
        clips: as for `balance`.
        rules: of validation.
        needed: fewest clips. Every emotion that is asked for and there must stay, too.

    Returns:
        The clips, and the tolerance that it took; None: no equality at all.

    Raises:
        UserError: the caps, or the emotions that are asked for, leave too few clips whatever the tolerance.
    """
    for tolerance in (rules.tolerance, *(wider for wider in WIDER if wider > rules.tolerance), None):
        change = {"scarce_below_median_share": np.inf} if tolerance is None else {"tolerance": tolerance}
        made = balance(clips, rules.model_copy(update=change))
        chosen = made.clips[made.clips.chosen]
        asked = made.clips[made.clips.reason != "emotion_excluded"]
        if len(chosen) >= needed and set(chosen.emotion) == set(asked.emotion):
            break
    else:
        raise UserError(
            f"balance: {len(chosen)} validation clips of {chosen.emotion.nunique()} emotions are left of "
            f"{len(asked)} of {asked.emotion.nunique()}, expected at least {needed} (one batch, or the "
            "evaluation loss of moshi-finetune is NaN). Raise balance.max_speaker_minutes or "
            "max_sentence_minutes, name more balance.emotions, or raise split.validation_share"
        )
    if tolerance is None:
        made = made._replace(clips=made.clips.assign(scarce=False))
    return made, tolerance


def validation(clips: pd.DataFrame, rules: BalanceParams, needed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """`balance_validation`, and its figures, which say so if the tolerance had to be widened."""
    made, tolerance = balance_validation(clips, rules, needed)
    found = balance_metrics.summarize(made.clips, rules, made.gap)
    if tolerance != rules.tolerance:
        found["tolerance_used"] = "none" if tolerance is None else tolerance
        found["imbalance_reason"] = (
            f"emotions are {found['emotion_imbalance']:.2%} apart, tolerance {rules.tolerance:.2%}: equal minutes "
            f"would leave fewer than {needed} clips, or none of an emotion; raise split.validation_share or "
            "add speakers"
        )
    return made.clips, found


def balance_splits(
    clips: pd.DataFrame, rules: BalanceParams, beside: int = 0
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Balance each side; the table, and the content of `metrics/details/balance.json`.

    Args:
        clips: of `candidates.join`.
        rules: the section `balance`.
        beside: samples of validation that are made of other clips.
    """
    parts, found = [], {}
    for side in tables.SPLITS:
        own = rules if side == "train" else rules.for_validation()
        there = clips[clips.split == side]
        if rules.enabled and side == "validation":
            made, found[side] = validation(there, own, max(tables.MIN_VALIDATION_SAMPLES - beside, 0))
        else:
            whole_side = balance(there, own) if rules.enabled else Balanced(all_of(there), 0.0)
            made, found[side] = (
                whole_side.clips,
                balance_metrics.summarize(whole_side.clips, own, whole_side.gap),
            )
        parts.append(made)
    counts = {key: sum(found[side]["clips"][key] for side in found) for key in found["train"]["clips"]}
    return pd.concat(parts, ignore_index=True), {"all": {"clips": counts}, **found}


def keep_dialogues(talks: pd.DataFrame) -> pd.DataFrame:
    """Clips of dialogues, all of them chosen: a side or a turn left out would tear its dialogue apart.

    Their labels are of the text and not of the acting, so the equality of emotions does without them.
    """
    return talks.assign(chosen=True, copies=0, reason=None)


def with_dialogues(metrics: dict[str, Any], talks: pd.DataFrame) -> dict[str, Any]:
    """The figures with the clips and minutes of dialogues, which stand beside the balance."""
    clips = {**metrics["all"]["clips"]}
    for key in ("available", "chosen"):
        clips[key] += len(talks)
    beside = {"clips": len(talks), "minutes": round(float(talks.seconds.sum()) / 60, 3)}
    return {**metrics, "all": {**metrics["all"], "clips": clips, "dialogues": beside}}


def warnings(metrics: dict[str, Any], covered: dict[str, Any]) -> list[str]:
    """What the user must not overlook, as sentences."""
    found = []
    for side in tables.SPLITS:
        if names := metrics[side]["scarce_emotions"]:
            found.append(
                f"{side}: {names}: too scarce for equal minutes, set apart (balance.scarce_below_median_share)"
            )
        if reason := metrics[side]["imbalance_reason"]:
            found.append(f"{side}: {reason}")
    return found + [sentence for sentence in covered["messages"].values() if sentence]


def run() -> None:
    """Write the selection, its metrics and the coverage; fail on too little audio if params ask for that."""
    watch = Stopwatch("balance")
    corpora = params.corpora()
    rules = params.section(BalanceParams, "balance")
    clips = candidates.join(corpora)
    alone = clips.dialogue.isna()
    held = clips[~alone & (clips.split == "validation")]
    made, metrics = balance_splits(clips[alone], rules, beside=len(held.groupby(["corpus", "dialogue"])))
    talks = keep_dialogues(clips[~alone])
    metrics = with_dialogues(metrics, talks)
    covered = coverage.coverage(made, rules.min_minutes, corpora)
    said = warnings(metrics, covered)
    if rules.require_min_minutes and not covered["met"]:
        raise UserError(
            "balance.require_min_minutes: an emotion has too little training audio:\n" + "\n".join(said)
            + "\nDo what they say, or set balance.require_min_minutes: false"
        )  # fmt: skip
    made = pd.concat([store.conform(made, tables.Balance), store.conform(talks, tables.Balance)])
    store.write(made, tables.Balance, TABLE)
    everything = {**metrics, "messages": covered.pop("messages")}
    write_metrics("balance", balance_metrics.compared(metrics), everything)
    write_metrics("coverage", coverage.compared(covered), covered)
    for line in said:
        print(f"balance: {line}")
    watch.end(len(made), made.reason, float(made.seconds.sum()))


if __name__ == "__main__":
    main(run)
