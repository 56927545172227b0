"""Checks of `params.yaml` before any stage runs. Faults stop a build; notes do not."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

from stages.core import model_folder, params, pipeline
from stages.core.errors import UserError
from stages.core.params import Section

T = TypeVar("T")
OFFICIAL = "official"
"""Value of `source` for a download from the publisher; for some corpora, only their authors supply files."""


class Found(NamedTuple):
    """Results of a check.

    Attributes:
        faults: sentences.
        notes: sentences, for example on clips that the licenses exclude.
    """

    faults: list[str]
    notes: list[str]


def check() -> Found:
    """Check all sections and the folders, sources and licenses that they name; return faults and notes."""
    document = params.load()
    faults = [f"params.yaml: {fault}" for fault in params.unknown_sections(document)]
    notes: list[str] = []
    corpora = _collected(params.corpora, faults) or []
    for stage in pipeline.stages():
        if (model := _section_model(importlib.import_module(f"stages.{stage}"), stage)) is not None:
            _collected(lambda: params.section(model, stage), faults)  # noqa: B023
    fetch = document.get("fetch")
    known = params.names(params.STAGES / "corpora")
    for corpus in sorted({*corpora, *(fetch if isinstance(fetch, dict) else ())}, key=str):
        if corpus in known:
            faults += _fetch_faults(corpus, used=corpus in corpora)
        else:
            faults.append(f"params.yaml: fetch.{corpus}: unknown corpus{params.near(corpus, known)}")
    faults += _missing_folders(document)
    if not faults:
        found = _licenses(corpora, document)
        faults += found.faults
        notes += found.notes
    return Found(faults, [*notes, *_remote_note()])


def run() -> None:
    """Check `params.yaml`, and print the notes.

    Raises:
        UserError: there are faults; the message lists them, one per line.
    """
    found = check()
    if found.faults:
        raise UserError("\n".join(found.faults))
    print("\n".join(["params.yaml: no faults", *found.notes]))


def _collected(load: Callable[[], T], faults: list[str]) -> T | None:
    """Call `load`; add each line of its error to the faults, unless listed; return None after an error."""
    try:
        return load()
    except UserError as error:
        faults += [line for line in str(error).split("\n") if line not in faults]
        return None


def _section_model(module: ModuleType, stage: str) -> type[Section] | None:
    """Find the model of a stage's section; None if the stage has no section.

    A stage script defines or imports its model under the name of the stage, such as `Trim` or `TrimParams`.
    """
    names = {stage, f"{stage}params"}
    found = [
        value
        for name, value in vars(module).items()
        if name.lower() in names and isinstance(value, type) and issubclass(value, Section)
    ]
    return found[0] if found else None


def _fetch_faults(corpus: str, used: bool) -> list[str]:
    """Check the keys and values of `fetch.<corpus>`, and whether the source of a used corpus exists."""
    from stages.corpora.base import load

    faults: list[str] = []
    source = load(corpus).SOURCE
    model = getattr(source, "settings", None) or importlib.import_module("stages.fetch").Source
    settings = _collected(lambda: params.section(model, "fetch", corpus), faults)
    for key, value in settings.model_dump().items() if settings and used else ():
        if key in ("source", "folder", "metadata") and not _available(value):
            faults.append(
                f"params.yaml: fetch.{corpus}.{key}: file or folder {value} not found{_how_to_get(source)}"
            )
        elif key == "source" and value == OFFICIAL and (how := _how_to_get(source)):
            faults.append(f"params.yaml: fetch.{corpus}.source: set the path of your copy{how}")
    return faults


def _available(value: object) -> bool:
    text = str(value)
    return text.startswith((OFFICIAL, "http://", "https://")) or Path(text).expanduser().exists()


def _how_to_get(source: object) -> str:
    """Describe how to get a corpus that only its authors supply; the text follows a sentence."""
    howto = getattr(source, "howto", "")
    return f". {' '.join(howto.split())}" if howto else ""


def _missing_folders(document: dict[str, Any]) -> Iterator[str]:
    """Find folders of models and noise that do not exist."""
    named = {
        "transcribe.model_dir": document.get("transcribe"),
        "align.ctc.model_dir": (document.get("align") or {}).get("ctc"),
        "augment.noise_folder": document.get("augment"),
    }
    for name, section in named.items():
        folder = section.get(name.rpartition(".")[2]) if isinstance(section, dict) else None
        if folder and (missing := model_folder.fault(Path(str(folder)), name)):
            yield f"params.yaml: {missing}"


def _licenses(corpora: list[str], document: dict[str, Any]) -> Found:
    """Find unknown licenses, and clips that the intended use excludes, per corpus."""
    from stages.corpora.base import load
    from stages.publishing import licenses

    faults: list[str] = []
    notes: list[str] = []
    use = document["licensing"]["intended_use"]
    for corpus in corpora:
        module = load(corpus)
        own = getattr(module, "licenses", None)
        stated = _collected(lambda: own(document["fetch"][corpus]), faults) if own else [module.LICENSE]  # noqa: B023
        for name in stated or ():
            license = _collected(lambda: licenses.facts(name, corpus), faults)  # noqa: B023
            if license is not None and not licenses.permits(license, use):
                notes.append(f"{corpus}: all clips under {name} will be dropped: no {use} use (licensing)")
    return Found(faults, notes)


def _remote_note() -> list[str]:
    """Return a note if there is no default remote for `dvc push`."""
    known = [Path(".dvc/config"), Path(".dvc/config.local")]
    texts = [path.read_text(encoding="utf-8") for path in known if path.exists()]
    if any("remote =" in text for text in texts):
        return []
    return ["no default remote is set; before the first `dvc push`: dvc remote add --default storage ADDRESS"]
