"""Speed and quality of balancing: `python -m benchmarks.balance`, from the root; some two minutes.

It balances 300,000 synthetic clips: with caps that bind no speaker, with caps that bind every speaker, and
with attributes as skewed as real ones and caps that bind speakers and sentences; and all names of
CREMA-D and RAVDESS, with CREMA-D's own votes and demographics (read from `EXPRESSIVE_CORPORA`, default
../shared/corpora) and typical durations. Clips are split by speaker, as in the pipeline.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.balancing.balance_params import BalanceParams
from stages.balancing.candidates import normalized, selection_priority
from stages.balancing.coverage import coverage
from stages.balancing.speaker_split import position
from stages.balancing.splits import balance_splits
from stages.core import params, tables
from stages.corpora import crema_d, ravdess
from stages.corpora.base import Clip, read_csv
from tests.plain_style import plain

CORPORA = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))
EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")


def synthetic(rows: int, seed: int = 0) -> pd.DataFrame:
    """Make clips as `stages.balancing.candidates.join` does: 500 speakers of five corpora, all uneven."""
    draw = np.random.default_rng(seed)
    speaker = draw.integers(0, 500, rows)
    clips = pd.DataFrame(
        {
            "clip_id": [f"x_{i:06d}" for i in range(rows)],
            "emotion": draw.choice(EMOTIONS, rows, p=[0.27, 0.05, 0.18, 0.14, 0.14, 0.06, 0.07, 0.09]),
            "style": draw.choice(["normal", "whispering"], rows, p=[0.95, 0.05]),
            "sentence_type": draw.choice(tables.SENTENCE_TYPES, rows, p=[0.7, 0.2, 0.1]),
            "length_class": draw.choice(tables.LENGTH_CLASSES, rows, p=[0.3, 0.5, 0.2]),
            "gender": np.where(speaker // 5 % 2, "male", "female"),
            "corpus": [f"corpus_{i % 5}" for i in speaker],
            "speaker": [f"s{i}" for i in speaker],
            "normalized_transcript": [f"t{i}" for i in draw.integers(0, 20_000, rows)],
            "seconds": draw.gamma(4, 0.8, rows) + 0.5,
            "selection_priority": draw.normal(1, 0.5, rows).round(1),
            "perceived": None,
        }
    )
    return add_split(clips)


def skewed(rows: int, seed: int = 0, speakers: int = 1500, sentences: int = 2000) -> pd.DataFrame:
    """Make clips of many corpora: few emotions, styles, speakers, sentences and corpora have most of them.

    A sentence has one type and length.
    """
    draw = np.random.default_rng(seed)

    def draw_some(values: Sequence[str], size: int, exponent: float) -> NDArray[np.str_]:
        ranks = np.arange(1, len(values) + 1) ** -exponent
        return draw.choice(values, size, p=ranks / ranks.sum())

    corpus = draw_some([f"corpus_{i}" for i in range(8)], speakers, 1.0)
    gender = draw_some(["female", "male", "unknown"], speakers, 0.7)
    kind = draw_some(tables.SENTENCE_TYPES, sentences, 2.0)
    length = draw_some(["medium", "short", "long"], sentences, 0.8)
    speaker = draw_some([str(i) for i in range(speakers)], rows, 0.8).astype(int)
    text = draw_some([str(i) for i in range(sentences)], rows, 0.9).astype(int)
    clips = synthetic(rows, seed).assign(
        emotion=draw_some(EMOTIONS, rows, 1.2),
        style=draw_some(sorted(tables.STYLES), rows, 1.2),
        sentence_type=kind[text],
        length_class=length[text],
        gender=gender[speaker],
        corpus=corpus[speaker],
        speaker=[f"s{i}" for i in speaker],
        normalized_transcript=[f"t{i}" for i in text],
    )
    return add_split(clips)


def add_split(clips: pd.DataFrame) -> pd.DataFrame:
    """Add the split of each speaker."""
    positions = clips.speaker.map(lambda speaker: position(speaker, 9))
    return clips.assign(split=np.where(positions < 0.15, "validation", "train"))


def make_named() -> pd.DataFrame:
    """Make all clips of CREMA-D and RAVDESS from their names: some 2.5 and 1.9 s of speech each (sd 0.4)."""
    sexes = {r["ActorID"]: r["Sex"] for r in read_csv(CORPORA / "crema_d/VideoDemographics.csv", ["ActorID"])}
    votes = crema_d.perceived_emotions(CORPORA / "crema_d/processedResults/tabulatedVotes.csv")
    clips = [
        ("crema_d", 2.5, crema_d._clip(Path(f"{name}.wav"), sexes, votes)) for name in sorted(crema_d.NAMES)
    ]
    clips += [("ravdess", 1.9, ravdess._clip(Path(f"{name}.wav"))) for name in sorted(ravdess.NAMES)]
    draw = np.random.default_rng(0)
    rows = [
        {
            **make_row(corpus, clip, max(draw.normal(seconds, 0.4), 0.8)),
            "snr_db": draw.normal(30 if corpus == "ravdess" else 22, 5),
            "score": draw.normal(-2.2, 0.8),
            "denoised": False,
        }
        for corpus, seconds, clip in clips
    ]
    return add_split(add_styles(rows)).assign(selection_priority=selection_priority)


def make_row(corpus: str, clip: Clip, seconds: float) -> dict[str, Any]:
    """Make the columns of a candidate from a clip of a corpus and its length."""
    return {
        "clip_id": f"{corpus}_{clip.name}",
        "corpus": corpus,
        "speaker": f"{corpus}_{clip.speaker}",
        "gender": clip.gender,
        "transcript": clip.transcript,
        "normalized_transcript": normalized(clip.transcript),
        "emotion": clip.emotion_intended,
        "perceived": clip.emotion_perceived,
        "style": clip.style,
        "seconds": seconds,
    }


def add_styles(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Join rows with their plain styles."""
    clips = pd.DataFrame(rows)
    return clips.drop(columns="style").merge(plain(clips), on="clip_id")


def report(title: str, clips: pd.DataFrame, rules: BalanceParams, corpora: list[str]) -> None:
    """Balance; print the time, minutes per emotion, and the metrics of each strategy."""
    began, cpu = perf_counter(), process_time()
    made, found = balance_splits(clips, rules)
    took, used = perf_counter() - began, process_time() - cpu
    print(f"\n{title}: {len(clips):,} clips in {took:.1f} s ({used:.1f} s of CPU)")
    for part in tables.SPLITS:
        facts = found[part]
        print(
            f"  {part}: {facts['clips']['chosen']:,} clips and {facts['clips']['copies']:,} copies; emotions "
            f"within {facts['emotion_imbalance']:.2%}; optimality gap {facts['optimality_gap']:.2%}; scarce: "
            f"{facts['scarce_emotions'] or 'none'}; excluded: {facts['excluded_by_reason']}"
        )
        print(pd.DataFrame(facts["minutes_by"]["emotion"]).T.to_string())
        print(pd.json_normalize([*facts["strategies"].values()]).set_axis([*facts["strategies"]]).to_string())
    covered = coverage(made, rules.min_minutes, corpora)["messages"] if corpora else {}
    print(*filter(None, covered.values()), sep="\n")


def main() -> None:
    """Balance all sets of clips, and print each result."""
    rules = params.section(BalanceParams, "balance")
    loose = rules.model_copy(update={"max_speaker_minutes": 200.0, "max_sentence_minutes": 200.0})
    clips = synthetic(300_000)
    report("synthetic, caps that bind no speaker", clips, loose, [])
    report("synthetic, 30 minutes per speaker", clips, rules, [])
    report("skewed, 30 minutes per speaker and per sentence", skewed(300_000), rules, [])
    if (CORPORA / "crema_d").exists():
        report("crema_d and ravdess, all names", make_named(), rules, ["crema_d", "ravdess"])


if __name__ == "__main__":
    main()
