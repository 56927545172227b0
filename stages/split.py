"""Train or validation? Decided per speaker, by a digest of the speaker's id and a seed.

Speakers who cannot be parted - the two actors of every dialogue of DailyTalk - share a `split_group`, whose
digest decides for all of them.

A speaker's side depends on nothing but the seed and his own id, so a corpus or speaker that is added never
moves anybody else.
"""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field

from stages.core import params, store, tables
from stages.core.errors import UserError, main
from stages.core.summary import Stopwatch, pick, significant, write_metrics
from stages.text import transcripts
from stages.text.text_normalization import normalised

TABLE = Path("data/tables/split.parquet")
SHARES = (0.10, 0.20)
"""Bounds of the validation share, by clips and by seconds."""


class Split(params.Section):
    """The seed, and the share of speakers that go to validation."""

    seed: int = Field(ge=0)
    validation_share: float = Field(ge=SHARES[0], le=SHARES[1])


def position(speaker: str, seed: int) -> float:
    """A speaker's place in [0, 1), uniform over speakers and over seeds."""
    digest = hashlib.sha256(f"{seed}:{speaker}".encode()).hexdigest()
    return int(digest[:13], 16) / 16**13


def assign(clips: pd.DataFrame, settings: Split) -> pd.DataFrame:
    """One row per speaker.

    Args:
        clips: columns `speaker`, `corpus`, `kept`, `seconds` and, where speakers share one, `split_group`.
        settings: seed and share.

    Returns:
        Columns of `tables.Split`.
    """
    kept = clips.assign(clips=clips.kept.astype(int), seconds=clips.seconds.where(clips.kept, 0.0))
    kept["split_group"] = kept.get("split_group", kept.speaker)
    speakers = kept.groupby("speaker", as_index=False).agg(
        corpus=("corpus", "first"),
        split_group=("split_group", "first"),
        clips=("clips", "sum"),
        seconds=("seconds", "sum"),
    )
    places = speakers.split_group.map(lambda unit: position(unit, settings.seed))
    side = (places < settings.validation_share).map({True: "validation", False: "train"})
    return speakers.assign(position=places, split=side.astype("str"))


def faults(clips: pd.DataFrame, speakers: pd.DataFrame) -> list[str]:
    """What is wrong with a split; empty if nothing is.

    Args:
        clips: columns `speaker`, `emotion_intended`, `seconds`; kept clips only.
        speakers: columns `speaker`, `split`.
    """
    sides = clips.speaker.map(speakers.set_index("speaker").split)
    balance_validation = clips[sides == "validation"]
    shares = {
        "clips": len(balance_validation) / max(len(clips), 1),
        "seconds": balance_validation.seconds.sum() / max(clips.seconds.sum(), 1e-9),
    }
    found = [
        f"{share:.1%} of the {unit} are in validation, expected {SHARES[0]:.0%} to {SHARES[1]:.0%}"
        for unit, share in shares.items()
        if not SHARES[0] <= share <= SHARES[1]
    ]
    if len(balance_validation) < tables.MIN_VALIDATION_SAMPLES:
        found.append(
            f"{len(balance_validation)} validation clips, expected at least {tables.MIN_VALIDATION_SAMPLES}"
        )
    for side in tables.SPLITS:
        lacking = set(clips.emotion_intended) - set(clips[sides == side].emotion_intended)
        if lacking:
            found.append(f"no clip of {', '.join(sorted(lacking))} in {side}")
    return found


def working_seed(clips: pd.DataFrame, settings: Split, tries: int = 1000) -> int | None:
    """The next seed, if any, whose split has no fault.

    Args:
        clips: columns `speaker`, `corpus`, `kept`, `emotion_intended`, `seconds`.
        settings: the seed to start after, and the share.
        tries: how many seeds to look at.
    """
    kept = clips[clips.kept]
    if _groups(kept) < 2:
        return None  # one side stays empty
    for seed in range(settings.seed + 1, settings.seed + 1 + tries):
        tried = assign(clips, settings.model_copy(update={"seed": seed}))
        if not faults(kept, tried):
            return seed
    return None


def check(clips: pd.DataFrame, speakers: pd.DataFrame, settings: Split) -> None:
    """Refuse a split that cannot be trained or evaluated on.

    Raises:
        UserError: what is wrong, and a seed that mends it.
    """
    kept = clips[clips.kept]
    if kept.empty:
        raise UserError(f"split: screen dropped all {len(clips)} clips; see metrics/screen.json")
    found = faults(kept, speakers)
    if found:
        seed = working_seed(clips, settings)
        cure = (
            f"set split.seed: {seed} in params.yaml, which gives a split without these faults"
            if seed is not None
            else f"no seed of the next 1,000 does: {kept.speaker.nunique()} speakers{_units(kept)} are too "
            "few or too uneven; add speakers or a corpus"
        )
        raise UserError(f"split.seed {settings.seed}: {'; '.join(found)}.\n{cure}")


def _groups(clips: pd.DataFrame) -> int:
    return int(clips.get("split_group", clips.speaker).nunique())


def _units(clips: pd.DataFrame) -> str:
    units = _groups(clips)
    return f" in {units} groups that cannot be parted" if units < clips.speaker.nunique() else ""


def metrics(clips: pd.DataFrame, speakers: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    """Speakers, clips, minutes and the share of each side.

    Args:
        clips: columns `speaker`, `seconds`; kept clips only.
        speakers: columns `speaker`, `split`, `clips`.
    """
    heard = speakers[speakers.clips > 0]
    return {
        side: {
            "speakers": len(group),
            "clips": int(group.clips.sum()),
            "minutes": significant(group.seconds.sum() / 60),
            "share_of_clips": significant(group.clips.sum() / len(clips)),
            "share_of_seconds": significant(group.seconds.sum() / clips.seconds.sum()),
        }
        for side in tables.SPLITS
        if len(group := heard[heard.split == side])
    }


def repeated_sentences(clips: pd.DataFrame) -> dict[str, float]:
    """How much of validation is said in training too, word for word: leakage by sentence.

    Corpora of acted speech repeat few sentences (RAVDESS two, CREMA-D twelve), so with speakers kept apart
    every sentence of validation may have been trained on.

    Args:
        clips: columns `transcript`, `split`; validation clips whose words are not known are left out.
    """
    said = clips.assign(sentence=clips.transcript.map(normalised))
    trained = set(said.sentence[said.split == "train"])
    balance_validation = said.sentence[(said.split == "validation") & (said.sentence != "")]
    distinct = pd.Series(balance_validation.unique())
    return {
        "validation_sentences": len(distinct),
        "in_training": int(distinct.isin(trained).sum()),
        "share_of_sentences": round(float(distinct.isin(trained).mean()), 4) if len(distinct) else 0.0,
        "share_of_clips": round(float(balance_validation.isin(trained).mean()), 4)
        if len(balance_validation)
        else 0.0,
    }


def sentences(clips: pd.DataFrame) -> dict[str, Any]:
    """Leakage by sentence in all and per corpus; a corpus's validation is held against all of training.

    Args:
        clips: columns `corpus`, `transcript`, `split`; kept clips only.
    """
    by_corpus = {
        str(corpus): repeated_sentences(clips[(clips.split == "train") | (clips.corpus == corpus)])
        for corpus in sorted(clips.corpus[clips.split == "validation"].unique())
    }
    return {"all": repeated_sentences(clips), "by_corpus": by_corpus}


def run() -> None:
    """Write the side of each speaker and the shares of the sides."""
    watch = Stopwatch("split")
    corpora = params.corpora()
    settings = params.section(Split, "split")
    clips = transcripts.read_all(corpora)
    spans = store.read_all("trim", corpora, tables.Trim)
    screen = store.read(Path("data/tables/screen.parquet"), tables.Screen)
    rates = store.read_all("quality", corpora, tables.Quality)
    clips = clips.merge(screen.drop(columns="corpus"), on="clip_id", validate="1:1")
    clips = clips.merge(spans, on="clip_id", validate="1:1")
    clips = clips.merge(rates[["clip_id", "sample_rate"]], on="clip_id", validate="1:1")
    seconds = ((clips.end - clips.start) / clips.sample_rate).astype("float64").fillna(0.0)
    clips = clips.assign(kept=clips.verdict != "drop", seconds=seconds)
    speakers = assign(clips, settings)
    check(clips, speakers, settings)
    store.write(speakers, tables.Split, TABLE)
    kept = clips[clips.kept]
    sides = kept.assign(split=kept.speaker.map(speakers.set_index("speaker").split))
    shares = metrics(kept, speakers)
    overlap = sentences(sides)
    compared: dict[str, Any] = {
        split: pick(found, ("speakers", "minutes")) for split, found in shares.items()
    }
    compared["sentence_overlap_share"] = overlap["all"]["share_of_sentences"]
    write_metrics("split", compared, {**shares, "sentence_overlap": overlap})
    watch.end(len(clips), clips.reason, float(kept.seconds.sum()))


if __name__ == "__main__":
    main(run)
