"""Which clips, and how many augmented copies? Equal minutes per emotion, other attributes near their targets.

Train and validation are balanced each for itself: `selection` decides how much of each cell, `whole_clips`
which clips. Within a cell the best come first. Their merit: listeners heard the intended emotion (2), nobody
knows (0), they heard another (-2); plus 0 to 1 for the signal-to-noise ratio from 10 to 30 dB, beyond
which it is loudness of speech more than quality; plus 0 to 1 for the alignment score from -5 to 0; less 1 if
noise reduction is needed. It is rounded to tenths and ties go by a digest of the clip's id, so that a
selection does not hang on measuring noise, nor on the order of clips.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stages.lib import evenness, files, groups, params, selection, shortfall, store, tables, whole_clips
from stages.lib.errors import UserError, main
from stages.lib.rules import Rules
from stages.lib.summary import Stopwatch

TABLE = Path("data/tables/balance.parquet")
METRICS = Path("metrics/balance.json")
COVERAGE = Path("metrics/coverage.json")
ROOM = 0.25
"""Share of the tolerance that cells use up; as much again is for whole clips, see `whole_clips.AIM`."""


class Balanced(NamedTuple):
    """One side, balanced.

    Attributes:
        clips: columns of `tables.Balance`, and `apart`.
        gap: see `evenness`.
    """

    clips: pd.DataFrame
    gap: float


def sentence(transcript: str) -> str:
    """What makes two transcripts the same sentence: letters and digits, in lower case."""
    return " ".join(re.findall(r"[^\W_]+", transcript.lower().replace("'", "").replace("’", "")))


def merit(clips: pd.DataFrame) -> pd.Series:
    """See the module.

    Args:
        clips: columns `perceived`, `emotion`, `snr_db`, `score`, `denoised`.
    """
    heard = np.where(clips.perceived.isna(), 0.0, np.where(clips.perceived == clips.emotion, 2.0, -2.0))
    clean = ((clips.snr_db.fillna(10.0) - 10) / 20).clip(0, 1)
    sure = ((clips.score + 5) / 5).clip(0, 1).fillna(0.5)  # no score: the corpus ships the words
    return (heard + clean + sure - clips.denoised).round(1)


def balance(clips: pd.DataFrame, rules: Rules) -> Balanced:
    """Choose from the kept clips of one side.

    Args:
        clips: columns `clip_id`, `CELL`, `speaker`, `sentence`, `seconds`, `merit`; in any order.
        rules: of the side.

    Returns:
        The clips, sorted by id, with `chosen`, `copies`, `reason` and `apart`.

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
    plan = selection.program(there, rules, ROOM)
    choice = whole_clips.settle(there, plan, rules)
    made = there.assign(chosen=choice.chosen, copies=choice.copies)
    made["apart"] = made.emotion.isin(groups.apart(there, rules))
    left = clips[~asked].assign(chosen=False, copies=0, apart=False, reason="emotion_excluded")
    every = pd.concat([made.assign(reason=reasons(made, plan.level, rules)), left], ignore_index=True)
    return Balanced(every.sort_values("clip_id", ignore_index=True), proven_gap(there, plan, choice, rules))


def all_of(clips: pd.DataFrame) -> pd.DataFrame:
    """Every clip, as `balance` returns them, for a dataset that is not to be balanced."""
    every = clips.assign(chosen=True, copies=0, apart=False, reason=pd.Series(None, clips.index, dtype="str"))
    return every.sort_values("clip_id", ignore_index=True)


def proven_gap(clips: pd.DataFrame, plan: selection.Plan, choice: whole_clips.Choice, rules: Rules) -> float:
    """How much more, in minutes per minute taken, a perfect choice could be worth."""
    best = selection.program(clips, rules, spread=0).value
    parts = [np.bincount(plan.groups.of_clip, clips.seconds * times) / 60 for times in choice]
    taken = float(sum(part.sum() for part in parts))
    return (best - selection.worth(plan, rules, *parts)) / max(taken, 1e-9)


def reasons(clips: pd.DataFrame, level: float, rules: Rules) -> pd.Series:
    """Why each clip was not chosen: the first of `tables.UNCHOSEN` that holds; null if chosen.

    Args:
        clips: columns `speaker`, `sentence`, `emotion`, `seconds`, `chosen`, `copies`.
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
        "sentence_cap": with_it("sentence") > full * rules.max_sentence_minutes,
        "emotion_capped": with_it("emotion") > 60 * level,
    }
    reason = pd.Series("over_target", index=clips.index, dtype="str")
    for name in reversed(masks):
        reason = reason.mask(masks[name], name)
    return reason.mask(clips.chosen)


def join(corpora: list[str]) -> pd.DataFrame:
    """All that the selection rests on, one row per kept clip.

    Raises:
        UserError: a kept clip has no measurable length.
    """
    catalog = store.read_all("catalog", corpora, tables.Catalog).drop(columns="style")
    screen = store.read(Path("data/tables/screen.parquet"), tables.Screen)
    split = store.read(Path("data/tables/split.parquet"), tables.Split)
    style = store.read_all("style", corpora, tables.Style)
    for name, table in (("screen", screen), ("style", style)):
        store.same_clips(catalog, table, name)
    clips = catalog.merge(screen[["clip_id", "verdict"]], on="clip_id", validate="1:1")
    clips = clips[clips.verdict != "drop"].assign(denoised=lambda kept: kept.verdict == "keep_denoised")
    clips = clips.merge(split[["speaker", "split"]], on="speaker", validate="m:1")
    quality = store.read_all("quality", corpora, tables.Quality)[["clip_id", "sample_rate", "snr_db"]]
    align = store.read_all("align", corpora, tables.Align)[["clip_id", "score"]]
    for table in (style[["clip_id", "style", "sentence_type", "length_class"]], quality, align):
        clips = clips.merge(table, on="clip_id", validate="1:1")
    loudness = store.read_all("loudness", corpora, tables.Loudness)[["clip_id", "denoised", "start", "end"]]
    clips = clips.merge(loudness, on=["clip_id", "denoised"], validate="1:1")
    if len(uncut := clips[clips.start.isna()].clip_id):
        raise UserError(
            f"balance: {len(uncut)} kept clips have no cut in the loudness table, e.g. "
            f"{', '.join(uncut[:5])}; tighten screen.min_speech_s in params.yaml"
        )
    clips["seconds"] = ((clips.end - clips.start) / clips.sample_rate).astype("float64")
    clips = clips.assign(emotion=clips.emotion_intended, perceived=clips.emotion_perceived)
    return clips.assign(sentence=clips.transcript.map(sentence), merit=merit)


def both(clips: pd.DataFrame, rules: Rules) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Balance each side; the table, and the content of `metrics/balance.json`.

    Args:
        clips: of `join`.
        rules: the section `balance`.
    """
    parts, found = [], {}
    for side in tables.SPLITS:
        own = rules if side == "train" else rules.for_validation()
        there = clips[clips.split == side]
        made = balance(there, own) if rules.equal else Balanced(all_of(there), 0.0)
        parts.append(made.clips)
        found[side] = evenness.figures(made.clips, own, made.gap)
    counts = {key: sum(found[side]["clips"][key] for side in found) for key in found["train"]["clips"]}
    return pd.concat(parts, ignore_index=True), {"all": {"clips": counts}, **found}


def whole(talks: pd.DataFrame) -> pd.DataFrame:
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
        if names := metrics[side]["apart"]:
            found.append(f"{side}: {names}: too scarce for equal minutes, set apart (balance.scarce_below)")
        if reason := metrics[side]["why_not"]:
            found.append(f"{side}: {reason}")
    return found + [facts["say"] for facts in covered["emotions"].values() if facts["say"]]


def run() -> None:
    """Write the selection, its figures and the coverage; fail on too little audio if params ask for that."""
    watch = Stopwatch("balance")
    corpora = params.corpora()
    rules = params.section(Rules, "balance")
    clips = join(corpora)
    alone = clips.dialogue.isna()
    made, metrics = both(clips[alone], rules)
    talks = whole(clips[~alone])
    metrics = with_dialogues(metrics, talks)
    covered = shortfall.coverage(made, rules.min_minutes, corpora)
    said = warnings(metrics, covered)
    if rules.require_coverage and not covered["met"]:
        raise UserError(
            "balance.require_coverage: an emotion has too little training audio:\n" + "\n".join(said)
            + "\nDo what they say, or set balance.require_coverage: false"
        )  # fmt: skip
    made = pd.concat([store.conform(made, tables.Balance), store.conform(talks, tables.Balance)])
    store.write(made, tables.Balance, TABLE)
    files.write_json(METRICS, metrics)
    files.write_json(COVERAGE, covered)
    for line in said:
        print(f"balance: {line}")
    watch.end(len(made), made.reason, float(made.seconds.sum()))


if __name__ == "__main__":
    main(run)
