"""`params.yaml`, one section per stage, each read into a frozen model that refuses unknown keys."""

from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from stages.core import pipeline
from stages.core.errors import UserError

PARAMS = Path("params.yaml")
STAGES = Path(__file__).parents[1]


class Section(BaseModel):
    """Base of every stage's parameters: frozen, closed, and strict about types."""

    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=Section)


def names(folder: Path) -> set[str]:
    """List the names of the modules in a folder, such as the corpora."""
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")}


def near(name: object, known: set[str]) -> str:
    """Return `" (did you mean 'x'?)"`, or nothing if no known name is close."""
    matches = get_close_matches(str(name), sorted(known), n=1)
    return f" (did you mean '{matches[0]}'?)" if matches else ""


@lru_cache(maxsize=4)
def _parsed(text: str) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def load(path: Path = PARAMS) -> dict[str, Any]:
    """Read the whole file.

    Raises:
        UserError: no such file, not YAML, or a section that no stage reads.
    """
    try:
        document = _parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: not found; run from the root of the repository") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(document, dict):
        raise UserError(f"{path}: expected one section per stage, found {type(document).__name__}")
    known = {*pipeline.stages(), "corpora"}
    for key in document:
        if key not in known:
            listed = ", ".join(sorted(known))
            raise UserError(f"{path}: unknown section '{key}'{near(key, known)}; known: {listed}")
    return document


def corpora(path: Path = PARAMS) -> list[str]:
    """List the corpora of this build, in the order of `params.yaml`.

    Raises:
        UserError: not a list of names, a name twice, or a corpus that has no module.
    """
    chosen = load(path).get("corpora")
    if not isinstance(chosen, list) or not chosen:
        raise UserError(f"{path}: corpora: expected a list such as [demo], found {chosen!r}")
    known = names(STAGES / "corpora")
    for name in chosen:
        if name not in known:
            listed = ", ".join(sorted(known))
            raise UserError(f"{path}: corpora: unknown corpus {name!r}{near(name, known)}; known: {listed}")
    if len(set(chosen)) < len(chosen):
        raise UserError(f"{path}: corpora: a corpus is named twice in {chosen}")
    return chosen


def section(model: type[S], *where: str, path: Path = PARAMS) -> S:
    """Read one section, e.g. `section(Trim, "trim")` or `section(Source, "fetch", "ravdess")`.

    Raises:
        UserError: the section is missing, has an unknown key, or a value of the wrong type or range.
    """
    values: Any = load(path)
    for depth, key in enumerate(where):
        if not isinstance(values, dict) or key not in values:
            raise UserError(f"{path}: section '{'.'.join(where[: depth + 1])}' is missing")
        values = values[key]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = [_explain(model, where, fault) for fault in error.errors()]
        raise UserError("\n".join(f"{path}: {line}" for line in lines)) from None


def _explain(model: type[Section], where: tuple[str, ...], fault: Any) -> str:
    name = ".".join([*where, *(str(part) for part in fault["loc"])])
    if fault["type"] == "extra_forbidden":
        known = set(model.model_fields)
        return f"{name}: unknown key{near(fault['loc'][-1], known)}; known: {', '.join(sorted(known))}"
    if fault["type"] == "missing":
        return f"{name}: missing; {fault['msg']}"
    return f"{name}: {fault['msg']}, found {fault['input']!r}"
