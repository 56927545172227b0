"""`params.yaml`: one message for each mistake, with the name of the key, what was found and what is known."""

import re
from pathlib import Path

import pytest
import yaml

from stages.balancing.speaker_split import SplitParams
from stages.core import params
from stages.core.errors import UserError
from stages.screening.drop_rules import ScreenParams

GOOD = yaml.safe_load(Path("params.yaml").read_text())


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    return path


def test_the_committed_params_are_valid() -> None:
    assert params.corpora() == ["demo"]
    assert params.section(SplitParams, "split").seed == GOOD["split"]["seed"]


def test_a_comment_explains_each_value() -> None:
    lines = Path("params.yaml").read_text().splitlines()
    pairs = zip(["", *lines], lines, strict=False)
    values = [(before, line) for before, line in pairs if re.fullmatch(r"[^#]*:[^#]*[^#:\s]\s*", line)]
    assert len(values) > 100
    assert [line for before, line in values if not before.lstrip().startswith("#")] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("corpora: [demo: 1]", r"expected a list such as \[demo\]"),
        ("corpora: [ravdes]", r"unknown corpus 'ravdes' \(did you mean 'ravdess'\?\)"),
        ("corpora: [demo, demo]", "expected each corpus once"),
        ("corpora: []", r"expected a list such as \[demo\], found \[\]"),
        ("corpora: demo", "expected a list such as"),
        ("corpora: [demo", "not valid YAML"),
        ("just text", "expected one section per stage, found str"),
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        params.corpora(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("split: {validation_share: 0.15, sed: 2}", r"split.sed: unknown key \(did you mean 'seed'\?\)"),
        ("split: {seed: 1}", "split.validation_share: missing"),
        ("split: {seed: 1, validation_share: 0.5}", r"split.validation_share: .*0.2, found 0.5"),
        ("split: {seed: one, validation_share: 0.15}", "split.seed: .*integer.*found 'one'"),
        ("corpora: [demo]", "section 'split' is missing"),
        ("split: 3", "split: "),
    ],
)
def test_wrong_sections_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        params.section(SplitParams, "split", path=written(tmp_path, text))


def test_limits_that_exclude_each_other_are_refused(tmp_path: Path) -> None:
    section = {**GOOD["screen"], "min_speech_s": 5.0, "max_speech_s": 4.0}
    with pytest.raises(UserError, match="max_speech_s must be above min_speech_s"):
        params.section(ScreenParams, "screen", path=written(tmp_path, yaml.safe_dump({"screen": section})))


def test_one_error_names_all_faults_of_a_section(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        params.section(SplitParams, "split", path=written(tmp_path, "split: {sed: 1, validation_share: 2}"))
    assert len(str(caught.value).splitlines()) == 3


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="run from the root of the repository"):
        params.load(tmp_path / "params.yaml")
