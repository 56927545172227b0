"""The texts and labels of DailyDialog, for DailyTalk and DailyTalkContiguous.

Readers labelled the texts (Li et al. 2017) before the recordings were made: the labels do not describe the
acting, and `label_source` is "text". The emotion codes and the two levels of `metadata.json`
(dialogue, utterance, both as strings) are those that DailyTalk's own preprocessing reads; `speaker`, `text`
and `act` those of another reader. Unverified: the name `topic`; if wrong, an error has file and key.
"""

import json
from pathlib import Path
from typing import Any

from stages.core.errors import UserError
from stages.corpora.base import decode
from stages.corpora.base.turns import Turn

LICENSE = "CC-BY-SA-4.0"
CITATION = (
    "Lee K, Park K, Kim D (2023). DailyTalk: Spoken Dialogue Dataset for Conversational Text-to-Speech. "
    "ICASSP 2023. https://doi.org/10.1109/ICASSP49357.2023.10095751"
)
DIALOGUES = 2541
UTTERANCES = 23_773
ACTORS = "dailytalk_actors"
"""Both actors speak in every dialogue, here and in DailyTalkContiguous: the split cannot separate them."""
METADATA = "metadata.json"
EMOTIONS = {
    "no emotion": "neutral", "happiness": "happy", "surprise": "surprised", "sadness": "sad",
    "anger": "angry", "disgust": "disgust", "fear": "fearful",
}  # fmt: skip
PLAIN = "no emotion"
SPEAKERS = {"0": "0", "1": "1"}
KEYS = ("text", "emotion", "act", "topic", "speaker")


def read(root: Path) -> dict[str, list[Turn]]:
    """Read the turns of each dialogue, in order, from the `metadata.json` below a folder.

    Raises:
        UserError: no such file or several, not JSON, unknown keys or codes, or turns not numbered 0, 1, 2 ...
    """
    found = sorted(path for path in root.rglob(METADATA) if path.is_file())
    if len(found) != 1:
        raise UserError(
            f"{root}: expected one {METADATA} (of DailyTalk) below this folder, found {len(found)}"
        )
    path = found[0]
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): _turns(path, str(name), dialogue) for name, dialogue in content.items()}
    except (ValueError, AttributeError, TypeError) as error:  # not JSON, or JSON of another shape
        raise UserError(f"{path}: expected JSON of dialogues of utterances, found: {error}") from None


def _turns(path: Path, name: str, dialogue: dict[str, dict[str, Any]]) -> list[Turn]:
    numbers = sorted(int(number) for number in dialogue)
    if numbers != list(range(len(numbers))):
        raise UserError(f"{path}: dialogue {name}: expected utterances 0, 1, 2, ..., found {numbers}")
    return [_turn(path, f"dialogue {name}, utterance {n}", n, dialogue[str(n)]) for n in numbers]


def _turn(path: Path, where: str, number: int, utterance: dict[str, Any]) -> Turn:
    missing = [key for key in KEYS if key not in utterance]
    if missing:
        raise UserError(f"{path}: {where}: expected {', '.join(KEYS)}, not found: {', '.join(missing)}")
    label = str(utterance["emotion"])
    return Turn(
        number=number,
        speaker=decode(SPEAKERS, str(utterance["speaker"]), f"speaker of {where}", path),
        text=str(utterance["text"]),
        label=label,
        emotion=decode(EMOTIONS, label, f"emotion of {where}", path),
        act=str(utterance["act"]),
        topic=str(utterance["topic"]),
    )
