"""DailyTalk: two actors read 2,541 dialogues of DailyDialog; each utterance is a separate file.

    dailytalk/metadata.json                                        dialogue -> utterance -> text, emotion, ...
    dailytalk/data/<dialogue>/<utterance>_<speaker>_d<dialogue>.wav   44.1 kHz mono, and a .txt beside it

The speaker of an utterance is in its file name and in metadata.json, which must agree. The emotions are
labels of the text, not of the acting. Speaker 0 is the model's voice, speaker 1 the user's;
`compose` puts the utterances of a dialogue one after the other. The files do not state the actors' genders.
"""

from collections.abc import Iterator
from pathlib import Path

from stages.core.errors import UserError
from stages.corpora.base import Clip, Correction, Local, decode, name_parts, recordings
from stages.corpora.base.turns import ClipTurns, Turn
from stages.corpora.formats import daily_dialog
from stages.corpora.formats.daily_dialog import ACTORS, CITATION, EMOTIONS, LICENSE, METADATA

__all__ = ["CITATION", "EMOTIONS", "LICENSE"]

SOURCE = Local(
    howto="unpack dailytalk.zip, to which https://github.com/keonlee9420/DailyTalk links",
    tables=(METADATA,),
)
LANGUAGE = "en-US"
SAMPLE_RATE = 44100
N_CLIPS = daily_dialog.UTTERANCES
NAMES: dict[str, str] = {}
CORRECTIONS: dict[str, Correction] = {}
ROLES = {"0": "main", "1": "partner"}


def clips(root: Path) -> Iterator[Clip]:
    """See `stages.corpora.base.Corpus.clips`."""
    return (clip for clip, _ in utterances(root))


def clip_turns(root: Path) -> Iterator[ClipTurns]:
    """Return the turn of each clip; see `ClipTurns`."""
    return (ClipTurns(clip.name, [turn], {}) for clip, turn in utterances(root))


def utterances(root: Path) -> Iterator[tuple[Clip, Turn]]:
    """Return each recording with its turn."""
    dialogues = daily_dialog.read(root)
    return (_clip(path, dialogues) for path in recordings(root))


def _clip(path: Path, dialogues: dict[str, list[Turn]]) -> tuple[Clip, Turn]:
    number, speaker, name = name_parts(path, r"(\d+)_([01])_d(\d+)", "23/0_1_d23.wav")
    if path.parent.name != name:
        raise UserError(f"{path}: expected the folder {name}, as in the name of the file; move it there")
    turns = decode(dialogues, name, f"dialogue in {METADATA}", path)
    turn = decode({str(turn.number): turn for turn in turns}, number, f"utterance in {METADATA}", path)
    if turn.speaker != speaker:
        raise UserError(f"{path}: expected speaker {turn.speaker}, as in {METADATA}, found speaker {speaker}")
    clip = Clip(
        path=path,
        name=f"{name}_{int(number):02d}",
        speaker=turn.speaker,
        gender="unknown",
        transcript=turn.text,
        corpus_label=turn.label,
        emotion_intended=turn.emotion,
        intensity="unspecified",
        label_source="text",
        dialogue=name,
        turn=turn.number,
        role=ROLES[turn.speaker],
        split_group=ACTORS,
    )
    return clip, turn
