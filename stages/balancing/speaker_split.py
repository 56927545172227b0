"""Assignment of speakers to train and validation, by a digest of a seed and of the speaker's group.

Speakers who cannot be separated (the two actors of every dialogue of DailyTalk) are one `split_group`; any
other speaker is a group. The split of a group depends only on the seed and the name of the group, so an added
corpus or speaker never moves another speaker.
"""

import hashlib
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from stages.core import tables
from stages.core.errors import UserError
from stages.core.params import Section
from stages.core.summary import significant
from stages.text.text_normalization import normalize

SHARES = (0.10, 0.20)
"""Minimum and maximum share of validation, by clips and by seconds."""


class SplitParams(Section):
    """The section `split` of params.yaml: the seed, and the share of speakers in validation."""

    seed: int = Field(ge=0)
    validation_share: float = Field(ge=SHARES[0], le=SHARES[1])


def position(group: str, seed: int) -> float:
    """Compute the pseudo-random position of a group in [0, 1)."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).hexdigest()
    return int(digest[:13], 16) / 16**13


def assign(clips: pd.DataFrame, settings: SplitParams) -> pd.DataFrame:
    """Assign each speaker to a split.

    Args:
        clips: columns `speaker`, `split_group`, `corpus`, `kept`, `seconds`.
        settings: seed and share.

    Returns:
        Columns of `tables.Split`.
    """
    counted = clips.assign(clips=clips.kept.astype(int), seconds=clips.seconds.where(clips.kept, 0.0))
    columns = {"corpus": "first", "split_group": "first", "clips": "sum", "seconds": "sum"}
    speakers = counted.groupby("speaker", as_index=False).agg(columns)
    positions = speakers.split_group.map(lambda group: position(group, settings.seed))
    split = np.where(positions < settings.validation_share, "validation", "train")
    return speakers.assign(position=positions, split=split)


def faults(clips: pd.DataFrame, speakers: pd.DataFrame) -> list[str]:
    """List the faults of a split; empty if there are none.

    Args:
        clips: columns `speaker`, `emotion_intended`, `seconds`; kept clips only.
        speakers: columns `speaker`, `split`.
    """
    split = clips.speaker.map(speakers.set_index("speaker").split)
    held_out = clips[split == "validation"]
    shares = {
        "clips": len(held_out) / max(len(clips), 1),
        "seconds": held_out.seconds.sum() / max(clips.seconds.sum(), 1e-9),
    }
    found = [
        f"{share:.1%} of the {unit} are in validation, expected {SHARES[0]:.0%} to {SHARES[1]:.0%}"
        for unit, share in shares.items()
        if not SHARES[0] <= share <= SHARES[1]
    ]
    if len(held_out) < tables.MIN_VALIDATION_SAMPLES:
        found.append(f"{len(held_out)} validation clips, expected at least {tables.MIN_VALIDATION_SAMPLES}")
    for name in tables.SPLITS:
        if missing := set(clips.emotion_intended) - set(clips.emotion_intended[split == name]):
            found.append(f"no clip of {', '.join(sorted(missing))} in {name}")
    return found


def working_seed(clips: pd.DataFrame, settings: SplitParams) -> int | None:
    """Find the next seed whose split has no faults; None if none of the next 1,000 seeds has.

    Args:
        clips: columns as for `assign`, and `emotion_intended`.
        settings: share, and the seed after which the search starts.
    """
    kept = clips[clips.kept]
    if kept.split_group.nunique() < 2:
        return None  # one split would be empty
    for seed in range(settings.seed + 1, settings.seed + 1001):
        if not faults(kept, assign(clips, settings.model_copy(update={"seed": seed}))):
            return seed
    return None


def check(clips: pd.DataFrame, speakers: pd.DataFrame, settings: SplitParams) -> None:
    """Check that a split of `assign` is fit for training and evaluation.

    Raises:
        UserError: the split has faults; the message lists them, and a seed without faults if there is one.
    """
    kept = clips[clips.kept]
    if kept.empty:
        raise UserError(f"split: screen dropped all {len(clips)} clips; see metrics/screen.json")
    if found := faults(kept, speakers):
        if (seed := working_seed(clips, settings)) is not None:
            fix = f"Set split.seed: {seed} in params.yaml, which gives a split without these faults"
        else:
            count, groups = kept.speaker.nunique(), kept.split_group.nunique()
            joint = f" in {groups} groups that cannot be separated" if groups < count else ""
            fix = (
                f"None of the next 1,000 seeds gives a split without faults: {count} speakers{joint} are too "
                "few or too uneven. Add speakers or a corpus"
            )
        raise UserError(f"split.seed {settings.seed}: {'; '.join(found)}.\n{fix}")


def summarize(clips: pd.DataFrame, speakers: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    """Summarize each split: speakers, clips, minutes, shares; from kept clips and the result of `assign`."""
    return {
        str(split): {
            "speakers": len(group),
            "clips": int(group.clips.sum()),
            "minutes": significant(group.seconds.sum() / 60),
            "share_of_clips": significant(group.clips.sum() / len(clips)),
            "share_of_seconds": significant(group.seconds.sum() / clips.seconds.sum()),
        }
        for split, group in speakers[speakers.clips > 0].groupby("split")
    }


def sentence_overlap(clips: pd.DataFrame) -> dict[str, Any]:
    """Compute the overlap of sentences, in all and per corpus: validation sentences that occur in training.

    Acted corpora repeat few sentences (RAVDESS two, CREMA-D twelve), so training may have every sentence of
    validation although no speaker is in both. Each corpus is compared with the training clips of all corpora.

    Args:
        clips: columns `corpus`, `transcript` (empty: unknown, left out), `split`; kept clips only.
    """
    clips = clips.assign(sentence=clips.transcript.map(normalize))
    training_sentences = set(clips.sentence[clips.split == "train"])
    held_out = clips[clips.split == "validation"]
    groups = held_out.groupby("corpus").sentence
    by_corpus = {str(corpus): _overlap(sentences, training_sentences) for corpus, sentences in groups}
    return {"all": _overlap(held_out.sentence, training_sentences), "by_corpus": by_corpus}


def _overlap(sentences: pd.Series, training_sentences: set[str]) -> dict[str, float]:
    known = sentences[sentences != ""]
    distinct = known.drop_duplicates()
    repeated = int(distinct.isin(training_sentences).sum())
    return {
        "validation_sentences": len(distinct),
        "in_training": repeated,
        "share_of_sentences": round(repeated / max(len(distinct), 1), 4),
        "share_of_clips": round(int(known.isin(training_sentences).sum()) / max(len(known), 1), 4),
    }
