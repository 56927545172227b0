"""The check of all settings: each fault gets one sentence before any work begins."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.checks import settings
from stages.core import params, pipeline
from stages.core.errors import UserError

ROOT = Path(__file__).parents[2]
GOOD = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A folder with the committed settings; the function changes values by dotted name."""
    monkeypatch.chdir(tmp_path)
    for folder in ("data/asr", "data/aligner", "data/noise", ".dvc/tmp"):
        Path(folder).mkdir(parents=True)
    shutil.copy(ROOT / ".dvc/config", ".dvc/config")

    def write(**change: Any) -> None:
        document = yaml.safe_load(yaml.safe_dump(GOOD))
        for name, value in change.items():
            *sections, key = name.split("__")
            inner = document
            for section in sections:
                inner = inner[section]
            inner[key] = value
        Path("params.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")

    write()
    return write


def test_the_committed_settings_have_no_fault(edit: Callable[..., None], capsys: Any) -> None:
    settings.run()
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "params.yaml: no faults"
    assert printed[1].startswith("no default remote is set; before the first `dvc push`: dvc remote add")
    assert len(printed) == 2


def test_every_section_has_a_model() -> None:
    import importlib

    models = {
        stage
        for stage in pipeline.stages()
        if settings._section_model(importlib.import_module(f"stages.{stage}"), stage)
    }
    assert models == set(GOOD) - {"corpora", "fetch"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"scren": {}}, "unknown section 'scren' (did you mean 'screen'?)"),
        ({"corpora": "demo"}, "corpora: expected a list such as [demo], found 'demo'"),
        ({"corpora": ["ravdes"]}, "corpora: unknown corpus 'ravdes' (did you mean 'ravdess'?)"),
        ({"compose__fade": 1}, "compose.fade: unknown key (did you mean 'fade_s'?)"),
        ({"trim__pad_s": -1}, "trim.pad_s: Input should be greater than or equal to 0, found -1"),
        ({"style__length__long_min_words": 0}, "style.length"),
        ({"balance__emotions": ["hapy"]}, "balance.emotions"),
        ({"balance__targets__style__shares": {"wispering": 1.0}},
         "style.shares: unknown value 'wispering' (did you mean 'whispering'?)"),
        ({"balance__targets__gendre": {}}, "balance.targets.gendre: unknown key (did you mean 'gender'?)"),
        ({"trim__vad_low_db": 14.0}, "trim: expected vad_low_db of at most vad_high_db"),
        ({"fetch__ravdess__expected_clps": 1}, "unknown key (did you mean 'expected_clips'?)"),
        ({"licensing__intended_use": "sell"}, "licensing.intended_use"),
        ({"fetch": 3}, "section 'fetch.demo' is missing"),
        ({"fetch__ravdes": {}}, "fetch.ravdes: unknown corpus (did you mean 'ravdess'?)"),
        ({"fetch__demo__sed": 1}, "fetch.demo.sed: unknown key (did you mean 'seed'?)"),
        ({"corpora": ["ravdess"], "fetch__ravdess__source": "gone"}, "source: file or folder gone not found"),
        ({"corpora": ["esd"]}, "fetch.esd.source: set the path of your copy. "),
        ({"corpora": ["custom"]}, "fetch.custom.metadata: file or folder recordings/metadata.csv not found"),
        ({"transcribe__model_dir": "none"}, "transcribe.model_dir: folder none not found; create it"),
        ({"align__ctc__model_dir": "none"}, "align.ctc.model_dir: folder none not found; create it"),
        ({"augment__noise_folder": "none"}, "augment.noise_folder: folder none not found; create it"),
    ],
)  # fmt: skip
def test_a_fault_is_told(edit: Callable[..., None], change: dict[str, Any], fault: str) -> None:
    edit(**change)
    with pytest.raises(UserError) as caught:
        settings.run()
    assert any(fault in line for line in str(caught.value).splitlines())


def test_all_faults_are_told_at_once(edit: Callable[..., None]) -> None:
    edit(scren={}, trim__pad_s=-1, split__sed=1, transcribe__model_dir="none")
    with pytest.raises(UserError) as caught:
        settings.run()
    assert len(str(caught.value).splitlines()) == 4


def test_what_the_intended_use_excludes_is_told(edit: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "esd").mkdir()
    edit(corpora=["demo", "esd"], fetch__esd__source="esd", licensing__intended_use="commercial")
    notes = settings.check().notes
    assert notes[0] == "esd: all clips under LicenseRef-ESD will be dropped: no commercial use (licensing)"


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (",LicenseRef-mine", "custom: unknown license 'LicenseRef-mine'"),
        (",CC-BY-40", "line 2, column 'license': .* found 'CC-BY-40' .did you mean 'CC-BY-4.0'"),
        ("", "line 2, column 'license': empty, but required"),  # a row with too few cells
    ],
)
def test_a_wrong_row_of_metadata_is_told(
    edit: Callable[..., None], tmp_path: Path, cells: str, fault: str
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    header, row = "file,transcript,emotion,speaker,consent,license", "a.wav,Hi,happy,me,own_voice"
    (folder / "metadata.csv").write_text(f"{header}\n{row}{cells}\n")
    edit(corpora=["custom"])
    with pytest.raises(UserError, match=fault):
        settings.run()


def test_stages_are_those_of_dvc_yaml() -> None:
    listed = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert pipeline.stages() == tuple(listed)
    assert {f"{stage}.py" for stage in listed} == {
        path.name for path in params.STAGES.glob("*.py") if not path.name.startswith("__")
    }
