"""Dataset card, `data/README.md`, and summary that is printed at the end of a build.

The header of the card follows the conventions of the Hub (huggingface.co/docs/hub/datasets-cards); the text
is made from the tables and metrics of the build.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from huggingface_hub import DatasetCardData

from stages.core import tables
from stages.publishing import licenses
from stages.reporting.markdown import escaped, table
from stages.reporting.plots import present

NAME = "Expressive speech for Moshi and CSM"
HUB_LICENSES = {
    "CC0-1.0": "cc0-1.0", "CC-BY-4.0": "cc-by-4.0", "CC-BY-SA-4.0": "cc-by-sa-4.0", "ODbL-1.0": "odbl",
    "CC-BY-NC-4.0": "cc-by-nc-4.0", "CC-BY-NC-SA-4.0": "cc-by-nc-sa-4.0",
    "CC-BY-NC-ND-4.0": "cc-by-nc-nd-4.0",
}  # fmt: skip
"""SPDX id -> name on the Hub; all other licenses are `other` there."""
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(frozen=True)
class Facts:
    """Tables and metrics of a build.

    Attributes:
        timeline: rows of `tables.Timeline`.
        samples: rows of `tables.Validation`.
        metrics: name of a file in metrics/details, without suffix -> content.
    """

    timeline: pd.DataFrame
    samples: pd.DataFrame
    metrics: dict[str, Any]


def header(facts: Facts) -> str:
    """Format the YAML header of the card, with its delimiters."""
    clips = facts.timeline
    names = sorted(set(clips.license))
    unknown = [license for license in names if license not in HUB_LICENSES]
    link: dict[str, Any] = {"license_name": ", ".join(unknown), "license_link": "ATTRIBUTION.md"}
    size = next((name for limit, name in SIZES if len(facts.samples) < limit), "n>1M")
    files = {"train": "expressive_train.jsonl", "validation": "expressive_valid.jsonl"}
    paths = [{"split": split, "path": path} for split, path in files.items()]
    data = DatasetCardData(
        pretty_name=NAME,
        language=sorted(set(clips.language)),
        license=sorted({HUB_LICENSES.get(license, "other") for license in names}),
        **(link if unknown else {}),
        task_categories=["text-to-speech", "audio-to-audio", "audio-classification"],
        tags=["speech", "emotion", "prosody", "moshi", "csm", *sorted(set(clips.corpus))],
        size_categories=[size],
        configs=[{"config_name": "default", "data_files": paths}],
    )
    return f"---\n{data.to_yaml()}\n---\n"


def emotions(facts: Facts) -> str:
    """Format a table with one row per emotion: samples, minutes, speakers, SNR and share of dropped clips."""
    head = ("emotion", "samples", "minutes recorded", "minutes augmented", "speakers", "SNR median, dB",
            "clips dropped")  # fmt: skip
    rows = [
        (emotion, found["samples"], found["minutes"] - found["augmented_minutes"], found["augmented_minutes"],
         found["speakers"], found["snr_db_median"], f"{found['dropped_share']:.1%}")
        for emotion, found in facts.metrics["validate"]["by_emotion"].items()
    ]  # fmt: skip
    return table(head, rows)


def sources(clips: pd.DataFrame) -> list[dict[str, Any]]:
    """List `corpus`, `clips`, `minutes`, sources of `labels`, `license`, `address` per corpus and license."""
    rows = []
    for (corpus, license), group in clips.drop_duplicates("clip_id").groupby(["corpus", "license"]):
        seconds = ((group.end - group.start) / group.sample_rate).sum()
        labels = ", ".join(present(group.label_source, tables.LABEL_SOURCES))
        known = licenses.facts(str(license), str(corpus))
        row = {"corpus": str(corpus), "clips": len(group), "minutes": seconds / 60, "labels": labels}
        rows.append(row | {"license": known.name, "address": known.address})
    return rows


def _source(row: dict[str, Any]) -> list[str]:
    name = f"[{escaped(row['license'])}]({row['address']})" if row["address"] else escaped(row["license"])
    return [escaped(row["corpus"]), f"{row['clips']:,}", f"{row['minutes']:.1f}", row["labels"], name]


def uses(clips: pd.DataFrame) -> str:
    """Describe the uses that the licenses of all clips together permit."""
    all_known = [licenses.facts(license, "timeline") for license in sorted(set(clips.license))]
    allowed = [use for use in licenses.USES if all(licenses.permits(known, use) for known in all_known)]
    forbidden = ", ".join(use for use in licenses.USES if use not in allowed)
    rest = f" Some licenses forbid: {forbidden}." if forbidden else ""
    return f"The licenses of all clips permit: {', '.join(allowed) or 'nothing'}.{rest}"


def gaps(facts: Facts) -> list[str]:
    """List known gaps and pitfalls of the dataset, as sentences."""
    balance, coverage, split = (facts.metrics[name] for name in ("balance", "coverage", "split"))
    synthetic = sorted(set(facts.timeline.corpus[facts.timeline.label_source == "synthetic"]))
    minutes = coverage["minutes_by_emotion"].items()
    reasons = {name: balance[name]["imbalance_reason"] for name in tables.SPLITS}
    shared = split["sentence_overlap"]["all"]["share_of_sentences"]
    return [
        *(f"Synthetic speech, for tests of the pipeline, not for training: {name}." for name in synthetic),
        *(balance["messages"][emotion] for emotion, found in minutes if found["missing"] > 0),
        *(f"{name}: {reason}" for name, reason in reasons.items() if reason),
        f"{shared:.0%} of the validation sentences also occur in training, spoken by other speakers.",
        "Emotion labels are acted, stated or perceived (see label_source); inner states are not known.",
        "Word times, styles and vocal effort are estimates; for their accuracy see docs/pipeline.md.",
    ]


TEXT = """
# {name}

{found[samples]:,} samples, {found[minutes]:.1f} minutes of expressive speech by {found[speakers]} speakers; \
{found[augmented_minutes]:.1f} minutes of it are augmented copies. 24 kHz, 16-bit stereo WAV (left = model, \
right = user), each with a JSON file of word times, transcript, emotion, style, speaker and license.

Training has {split[train][speakers]} speakers and validation {split[validation][speakers]}; no speaker \
is in both. Augmented copies are in training only and are marked `augmented`.

## Contents

{contents}

## Structure

`expressive_train.jsonl` and `expressive_valid.jsonl` name one WAV file per line: `path`, `duration` in \
seconds, `emotion`, `style`, `corpus`, `speaker` and `license`. The JSON file beside each WAV has these \
except the path, and `alignments` (word, start and end in seconds, voice), `transcript`, `corpus_label` (of \
the corpus), `label_source`, `emotion_perceived`, `intensity`, `effort`, `gender`, `language`, \
`citation`, `augmented`, and in `sources` the origin of each clip and every processing step.

## Sources and licenses

{sources}

{uses} `ATTRIBUTION.md` lists the credits that are due and what was changed.

## Intended use

Fine-tuning voice models such as Moshi and CSM for expressive speech, and research into it. Give a trainer the
two manifests as files, not the folder. The dataset is not meant for judging the emotions of real people or
for imitating a speaker.

## Known gaps

{gaps}
"""


def render_card(facts: Facts) -> str:
    """Format the complete card."""
    return header(facts) + TEXT.format(
        name=NAME,
        found=facts.metrics["validate"]["all"],
        split=facts.metrics["split"],
        contents=emotions(facts),
        sources=table(
            ("corpus", "clips", "minutes", "labels are", "license"), map(_source, sources(facts.timeline))
        ),
        uses=uses(facts.timeline),
        gaps="\n".join(f"- {escaped(gap)}" for gap in gaps(facts)),
    )


def summary_text(metrics: dict[str, Any]) -> str:
    """Summarize a build in at most six lines: size, dropped clips, shortest emotion, next steps.

    Args:
        metrics: name of a file in metrics/details -> content; of `validate`, `screen` and `coverage`.
    """
    found, screen_counts = metrics["validate"]["all"], metrics["screen"]["all"]
    minutes = {name: part["minutes"] for name, part in metrics["validate"]["by_emotion"].items()}
    shortest = min(minutes, key=lambda name: (minutes[name], tables.EMOTIONS.index(name)))
    coverage = metrics["coverage"]
    note = "" if coverage["met"] else f"; some have less than {coverage['min_minutes']:g} minutes of training"
    return (
        f"\nDataset: {found['samples']:,} samples, {found['minutes']:.1f} minutes "
        f"({found['augmented_minutes']:.1f} augmented), {found['speakers']} speakers\n"
        f"Dropped: {screen_counts['clips_dropped']:,} of {screen_counts['clips_in']:,} clips\n"
        f"Shortest emotion: {shortest}, {minutes[shortest]:.1f} minutes{note}\n"
        "Next: open data/report.html and data/README.md"
    )
