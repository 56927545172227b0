"""Reading of `params.yaml`: one section per stage, validated by a frozen model that rejects unknown keys."""

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
    """Base class of the parameters of a stage: frozen, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=Section)


def names(folder: Path) -> set[str]:
    """List the names of the modules in a folder, for example the corpora."""
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")}


def near(name: object, known: set[str]) -> str:
    """Return `" (did you mean 'x'?)"`, or an empty string if no known name is similar."""
    matches = get_close_matches(str(name), sorted(known), n=1)
    return f" (did you mean '{matches[0]}'?)" if matches else ""


@lru_cache(maxsize=4)
def _parsed(text: str) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def load(path: Path = PARAMS) -> dict[str, Any]:
    """Read the complete file.

    Raises:
        UserError: the file does not exist, is not YAML, or has no sections.
    """
    try:
        document = _parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: not found; run from the root of the repository") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(document, dict):
        raise UserError(f"{path}: expected one section per stage, found {type(document).__name__}")
    return document


def unknown_sections(document: dict[str, Any]) -> list[str]:
    """Describe each section that no stage has."""
    known = {*pipeline.stages(), "corpora"}
    listed = ", ".join(sorted(known))
    return [
        f"unknown section '{key}'{near(key, known)}; known: {listed}" for key in document if key not in known
    ]


def corpora(path: Path = PARAMS) -> list[str]:
    """List the corpora of this build, in the order of `params.yaml`.

    Raises:
        UserError: the value is not a list of names, has a name twice, or an unknown corpus.
    """
    chosen = load(path).get("corpora")
    if not isinstance(chosen, list) or not chosen or not all(isinstance(name, str) for name in chosen):
        raise UserError(f"{path}: corpora: expected a list such as [demo], found {chosen!r}")
    known = names(STAGES / "corpora")
    for name in chosen:
        if name not in known:
            listed = ", ".join(sorted(known))
            raise UserError(f"{path}: corpora: unknown corpus {name!r}{near(name, known)}; known: {listed}")
    if len(set(chosen)) < len(chosen):
        raise UserError(f"{path}: corpora: expected each corpus once, found {chosen}")
    return chosen


def section(model: type[S], *keys: str, path: Path = PARAMS) -> S:
    """Read one section, e.g. `section(Trim, "trim")` or `section(Source, "fetch", "ravdess")`.

    Raises:
        UserError: the section is missing, has an unknown key, or a value of the wrong type or range.
    """
    values: Any = load(path)
    for level, key in enumerate(keys):
        if not isinstance(values, dict) or key not in values:
            raise UserError(f"{path}: section '{'.'.join(keys[: level + 1])}' is missing")
        values = values[key]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = [_explain(model, keys, fault) for fault in error.errors()]
        raise UserError("\n".join(f"{path}: {line}" for line in lines)) from None


def _explain(model: type[Section], keys: tuple[str, ...], fault: Any) -> str:
    name = ".".join([*keys, *(str(part) for part in fault["loc"])])
    if fault["type"] == "extra_forbidden":
        known = _keys(model, fault["loc"][:-1])
        listed = f"; known: {', '.join(sorted(known))}" if known else ""
        return f"{name}: unknown key{near(fault['loc'][-1], known)}{listed}"
    if fault["type"] == "missing":
        return f"{name}: missing"
    if fault["type"] == "value_error":
        return f"{name}: {fault['msg'].removeprefix('Value error, ')}"
    return f"{name}: {fault['msg']}, found {fault['input']!r}"


def _keys(model: type[BaseModel], place: tuple[str | int, ...]) -> set[str]:
    """Return the keys of a section within a section; none inside a list."""
    for part in place:
        field = model.model_fields.get(str(part))
        if field is None or not (
            isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        ):
            return set()
        model = field.annotation
    return set(model.model_fields)
