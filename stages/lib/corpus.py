"""What a corpus is: the manual for adding one, and the few types that it is written in.

A corpus is one module of some 50-100 lines in `stages/corpora/`; its file name is the corpus's name, and
there is no registry. To add one:

1. Copy the module that is most like yours. Its docstring shows the tree and names the traps.
2. State the facts as UPPERCASE constants, all of them (see `Corpus`): where the files come from and what
   proves them genuine, licence, citation, language, sample rate, number of clips, and the codebooks as dicts.
   What is wrong in the corpus itself is corrected by `CORRECTIONS`: data with a reason, never silent code.
3. Write `clips(root)`: one `Clip` per audio file below `root`, however the user has unpacked it. Look codes
   up with `decode`, list files with `recordings`, read tables with `read_csv`: their errors name the file,
   the code and the codes that were expected. Never guess, skip or default.
4. Leave the rest to the frame: `stages/fetch.py` downloads, verifies, unpacks, copies and counts;
   `stages/catalog.py` finds doubled trees, prefixes ids, takes digests, adds licence and citation, writes.
5. Give the corpus its tree in `tests/trees.py`, in its exact shape, and name it in `TREES` of
   `tests/test_corpora.py`; the conformance suite does the rest. Add its section below `fetch:` and its name
   to `corpora:` in params.yaml.
"""

import csv
import importlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from stages.lib.errors import UserError
from stages.lib.params import Section

V = TypeVar("V")
MANY = 24  # codes that an error spells out


class Word(NamedTuple):
    """A word and its time in the clip, in seconds."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Clip:
    """One recording, in the corpus's own names; vocabularies are those of `stages.lib.tables`.

    Attributes:
        path: of the file, below the `root` that `clips` was given.
        name: the corpus's own name of the clip, unique in the corpus; becomes part of file names.
        speaker: the corpus's own name of the speaker; `tables.UNKNOWN_SPEAKER` if it has none.
        gender: one of `tables.GENDERS`.
        transcript: what is said, as the corpus spells it; empty if unknown.
        label: the corpus's own emotion label.
        emotion_intended: one of `tables.EMOTIONS`, that the speaker was asked for, or that `label_source`
            says; None where there is no label.
        intensity: one of `tables.INTENSITIES`.
        emotion_perceived: one of `tables.EMOTIONS`, that most listeners heard; None if none is known.
        style: one of `tables.STYLES`; None where the corpus states none.
        label_source: one of `tables.LABEL_SOURCES`.
        language: BCP 47 tag of this clip, where it is not the corpus's.
        licence: SPDX id of this clip, where it is not the corpus's.
        consent: one of `tables.CONSENTS`, what allows the use of this voice, where every clip is asked.
        partition: side of the corpus's own split.
        activation: from 1 (calm) to 7 (active), mean of listeners; likewise valence and dominance.
        given_words: word times that the corpus ships; `align` checks them before it uses them.
        sample_rate: of this original in Hz, where it is not the corpus's.
        suspect: one of `tables.SUSPECTS`, where the corpus contradicts itself about this clip.
        source_channel: of the file that holds the voice, counted from 0; None: the only one.
        dialogue: the corpus's own name of the dialogue that the clip is of.
        turn: of the dialogue, counted from 0; None where the clip holds several.
        role: one of `tables.ROLES`; a partner goes to the user's channel.
        split_unit: a name that speakers share who may not be parted by the split; None: the speaker alone.
        rejected: one of `tables.REJECTIONS`, where the corpus's files contradict each other.
    """

    path: Path
    name: str
    speaker: str
    gender: str
    transcript: str
    label: str
    emotion_intended: str | None
    intensity: str
    emotion_perceived: str | None = None
    style: str | None = None
    label_source: str = "acted"
    language: str | None = None
    licence: str | None = None
    consent: str | None = None
    partition: str | None = None
    activation: float | None = None
    valence: float | None = None
    dominance: float | None = None
    given_words: tuple[Word, ...] = ()
    sample_rate: int | None = None
    suspect: str | None = None
    source_channel: int | None = None
    dialogue: str | None = None
    turn: int | None = None
    role: str = "main"
    split_unit: str | None = None
    rejected: str | None = None


@dataclass(frozen=True)
class Archive:
    """The corpus is one zip.

    Attributes:
        urls: the official address, then mirrors; all serve the same bytes.
        name: of the zip; a mirror that the user runs has it below its base address.
        size: in bytes.
        checksum: as published, `md5:...` or `sha256:...`.
    """

    urls: tuple[str, ...]
    name: str
    size: int
    checksum: str


@dataclass(frozen=True)
class FileList:
    """The corpus is many files with a digest each.

    Attributes:
        bases: official base address, then mirrors; a file's address is base + path. files: path of each
        recording -> sha256, or `<algorithm>:<digest>`; the file's stem is the clip's name. tables: path of
        each label table -> sha256. table_bases: base addresses of the tables, where they differ.
    """

    bases: tuple[str, ...]
    files: Mapping[str, str]
    tables: Mapping[str, str] = field(default_factory=dict)
    table_bases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Local:
    """The corpus is given out by form or agreement only: the user places its folder or zip.

    No checksum is published: the digest of what is placed is recorded on first use and enforced after (see
    `stages.lib.placed`).

    Attributes:
        howto: how to get it; what `source: official` is answered with.
        tables: patterns of file names that belong to it beside the recordings.
        listed: from the placed tree, all clips that it should hold -> their speakers, where the corpus has a
            list of its own; `N_CLIPS` and `NAMES` do not count then.
    """

    howto: str
    tables: tuple[str, ...] = ()
    listed: Callable[[Path], Mapping[str, str]] | None = None


@dataclass(frozen=True)
class Vote:
    """What listeners said about a clip.

    Attributes:
        clip: the corpus's own name of the clip.
        modality: one of `tables.MODALITIES`.
        rater: the corpus's own name of the listener; None where it gives only counts.
        label: as the listener said it.
        emotion: one of `tables.EMOTIONS`.
        count: how many said so.
    """

    clip: str
    modality: str
    rater: str | None
    label: str
    emotion: str
    count: int


@dataclass(frozen=True)
class Generated:
    """The corpus is made by `fetch`, the same bytes for the same settings: synthesised, or the user's own.

    Attributes:
        make: writes the tree into an existing empty folder; called with the folder and the settings.
        settings: model of `fetch.<corpus>` in params.yaml, in place of `source` and `clips`.
    """

    make: Callable[[Path, Any], None]
    settings: type[Section]


@dataclass(frozen=True)
class Hub:
    """The corpus is a dataset of the Hugging Face Hub; its recordings are `data_stereo/<n>.wav`.

    Attributes:
        repo: owner and name.
        manifest: JSON lines that name each recording, in the corpus's order.
        settings: model of `fetch.<corpus>` in params.yaml, in place of `source` and `clips`.
    """

    repo: str
    manifest: str
    settings: type[Section]


class Correction(NamedTuple):
    """What to read `instead` of what stands in the corpus, and the reason."""

    instead: str
    reason: str


class Corpus(Protocol):
    """The facts that every module in `stages/corpora/` states.

    One whose clips were judged by listeners has a function more, `votes(root) -> Iterable[Vote]`.
    """

    SOURCE: Archive | FileList | Generated | Hub | Local
    LICENCE: str
    """SPDX id."""
    CITATION: str
    LANGUAGE: str
    """BCP 47 tag."""
    SAMPLE_RATE: int
    """Of the originals, in Hz."""
    N_CLIPS: int
    """Of the whole corpus; 0 where the user decides (custom) or the placed release says (`Local.listed`)."""
    NAMES: Mapping[str, str]
    """Every clip's name -> its speaker, so that errors can tell what is missing; {} if not known."""
    CORRECTIONS: Mapping[str, Correction]

    def clips(self, root: Path) -> Iterable[Clip]:
        """Every recording below `root`; one that the tree holds twice comes twice.

        Raises:
            UserError: a file or table that does not fit the corpus's own rules.
        """


def checksums(name: str) -> dict[str, str]:
    """`stages/corpora/checksums/<name>`, as `sha256sum` writes it: path -> digest."""
    lines = (Path(__file__).parents[1] / "corpora" / "checksums" / name).read_text("utf-8").splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def load(name: str) -> Corpus:
    """The module of a corpus that `params.corpora` has found to exist."""
    return cast(Corpus, importlib.import_module(f"stages.corpora.{name}"))


def recordings(root: Path, suffix: str = ".wav") -> list[Path]:
    """All audio files below a folder, sorted by path.

    Hidden files and folders are no recordings: `.git`, and the `._name.wav` that macOS adds to zips.
    """
    return sorted(
        path
        for path in root.rglob("*")
        if path.suffix.lower() == suffix
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
        and path.is_file()
    )


def decode(codes: Mapping[str, V], code: str, what: str, path: Path) -> V:
    """The meaning of a code in a file's name or table.

    Raises:
        UserError: the codebook has no such code.
    """
    if code not in codes:
        expected = ", ".join(list(codes)[:MANY]) + (", ..." if len(codes) > MANY else "")
        raise UserError(
            f"{path}: unknown {what} '{code}'; expected one of {expected}.\n"
            "If the file is no part of the corpus, move it out of the folder."
        )
    return codes[code]


def read_text(path: Path) -> str:
    """A UTF-8 text, without a byte order mark.

    Raises:
        UserError: not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02x} at position {error.start}"
        raise UserError(
            f"{path}: expected UTF-8, found {found}; take the original file, or save it again as UTF-8"
        ) from None


def read_csv(path: Path, columns: Iterable[str]) -> Iterator[dict[str, str]]:
    """Rows of a UTF-8 table with a header line, as text.

    Raises:
        UserError: not there, not UTF-8, no CSV, or without one of `columns`.
    """
    return (row for _, row in read_lines(path, columns))


def read_lines(path: Path, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """As `read_csv`, each row with the number of the line that it ends in; empty lines count, and are left
    out."""
    if not path.exists():
        raise UserError(f"{path}: not found; the corpus's label tables belong beside its recordings")
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    try:
        missing = sorted(set(columns) - set(reader.fieldnames or ()))
        if missing:
            raise UserError(f"{path}: expected columns {missing}, found only {list(reader.fieldnames or ())}")
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise UserError(f"{path}: line {reader.line_num}: expected CSV, found: {error}") from None
