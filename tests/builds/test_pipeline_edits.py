"""Edits of a build of the demo corpus: an edit runs only the stages that it concerns.

The tests depend on each other: each edits the build that the one before left. The stages that DVC would run
are known from dvc.yaml and run in one process. DVC itself runs stages in `make dataset` and in the test of
the README.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from tests import whole
from tests.builds.test_pipeline_corpora import BAD, GOOD, ravdess_tree
from tests.pipeline import ROOT, Clone, committed

LAST = {"attribution", "statistics", "render", "validate", "report", "inventory"}
OTHER_SEED = 16
"""Seed of another split that has every emotion in train and in validation."""
CONCERNED = {
    "augment": {"augment", "compose", *LAST},
    "balance": {"balance", "augment", "compose", *LAST},
    "split": {"split", "balance", "augment", "compose", *LAST},
    "screen": {"screen", "split", "balance", "augment", "compose", *LAST},
    "loudness": {"loudness", "style", "balance", "augment", "compose", *LAST},
    "corpora": {"licensing", "screen", "split", "balance", "augment", "compose", *LAST},
}
"""Section of params.yaml -> stages that an edit of it may run; a stage with unchanged inputs is skipped."""


def written(section: str) -> set[str]:
    """Select the stages up to `render` that an edit concerns."""
    return CONCERNED[section] - LAST | {"render"}


@pytest.mark.parametrize("section", CONCERNED)
def test_an_edit_concerns(section: str) -> None:
    assert whole.concerned(whole.described(ROOT), section) == CONCERNED[section]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return committed(tmp_path_factory.mktemp("edits") / "clone")


def test_second_repro_does_nothing(clone: Clone) -> None:
    assert clone.repro() == ([], {})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"corpora": ["demo", "ravdes"]}, "corpora: unknown corpus 'ravdes' (did you mean 'ravdess'?)"),
        ({"trim": {"pad_s": -1}}, "trim.pad_s: Input should be greater than or equal to 0, found -1"),
    ],
)
def test_a_fault_in_the_settings_stops_the_build_at_once(clone: Clone, change: Any, fault: str) -> None:
    before = (clone.folder / "params.yaml").read_bytes()
    clone.edit(**change)
    printed = clone.run("dvc", "repro", check=False)
    assert f"ERROR: params.yaml: {fault}" in printed
    assert re.findall("Running stage '(.*)'", printed) == ["settings"]
    (clone.folder / "params.yaml").write_bytes(before)
    assert set(clone.repro()[0]) <= {"settings"}


CODE = {
    "balancing/groups": {"balance"},
    "prosody/style_rules": {"style@demo"},
    "reporting/plots": {"attribution", "report"},
}
"""A module -> the stages that an edit of it starts; those that follow start if a table changes."""


def test_an_edit_of_code_concerns_its_subject(clone: Clone) -> None:
    for module, concerned in CODE.items():
        path = clone.folder / "stages" / f"{module}.py"
        before = path.read_text(encoding="utf-8")
        path.write_text(before + "\n\nUNUSED = 0\n", encoding="utf-8")
        assert clone.pending() == concerned
        if module.startswith("balancing"):  # the table is the same, so nothing follows, and no clip is read
            assert clone.repro() == (["balance"], {})
            clone.run("git", "checkout", "dvc.lock")
        path.write_text(before, encoding="utf-8")
    assert clone.pending() == set()


def test_the_readme_shows_real_lines(clone: Clone) -> None:
    shown = (clone.folder / "README.md").read_text(encoding="utf-8").split("```json\n")[1]
    lines = (clone.folder / "data/expressive_dataset.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(shown.partition("```")[0].splitlines()) == 3
    assert set(shown.partition("```")[0].splitlines()) <= set(lines)


def test_new_balance_renders_only_what_is_new(clone: Clone) -> None:
    """This edit comes first: it leaves a quarter of the build, so the later ones render less."""
    before = clone.inodes()
    clone.edit(balance={"emotions": ["neutral", "happy", "sad", "angry"], "max_augmented_share": 0.1})
    opened = clone.whole(*CONCERNED["balance"])
    assert set(opened) <= {"render"}
    after = clone.inodes()
    assert {name for name in set(after) & set(before) if after[name] != before[name]} == set()
    assert len(after) < len(before)


def test_corpora_come_and_go_without_touching_each_other(clone: Clone, tmp_path: Path) -> None:
    before = clone.bytes()
    tree = ravdess_tree(tmp_path / "ravdess")
    source = {"ravdess": {"source": str(tree), "expected_clips": GOOD + len(BAD)}}
    clone.edit(corpora=["demo", "ravdess"], fetch=source)
    stages = whole.described(clone.folder)
    new = {f"{stage}@ravdess" for stage, entry in stages.items() if "matrix" in entry}
    shared = CONCERNED["corpora"]
    assert new <= clone.pending() <= new | shared | {"settings"}
    opened = clone.whole(*new, *written("corpora"))
    assert {stage for stage in opened if not stage.endswith("@ravdess")} <= {"render"}
    reasons = clone.json("metrics/details/screen.json")["by_corpus"]["ravdess"]
    assert {reason: reasons["reasons"].get(reason) for reason in BAD} == dict.fromkeys(BAD, 1)
    clone.edit(corpora=["demo"])
    assert {"screen"} <= clone.pending() <= shared | {"settings"}
    opened = clone.whole(*shared)
    assert set(opened) <= {"render"}
    # the inventory too; tables of the removed corpus have no effect
    assert {name: made for name, made in clone.bytes().items() if "ravdess" not in name} == before


def test_new_screen_renders_only_what_is_new(clone: Clone) -> None:
    before = clone.bytes()
    clone.edit(screen={"min_snr_db": 40.0})
    opened = clone.whole(*written("screen"))
    assert set(opened) <= {"render"}
    assert clone.json("metrics/screen.json")["all"]["reasons"]["low_snr"] > 5
    missing = len(set(before) - set(clone.bytes())) // 2
    assert missing > 5
    clone.edit(screen={"min_snr_db": 5.0})
    opened = clone.whole(*CONCERNED["screen"])
    # each missing recording is opened twice: for its digest and for its samples
    assert opened == {"render": 2 * missing}
    assert clone.bytes() == before


def test_new_augment_renders_only_copies(clone: Clone) -> None:
    before = clone.inodes()
    clone.edit(augment={"max_tempo_change": 0.05, "min_noise_snr_db": 25.0})
    opened = clone.whole(*written("augment"))
    assert set(opened) <= {"render"}
    after = clone.inodes()
    assert set(after) == set(before)
    changed = {name for name in before if after[name] != before[name]}
    assert changed
    assert changed <= {name for name in before if "__a" in name}


def test_new_seed_moves_speakers_and_renders_only_what_is_new(clone: Clone) -> None:
    manifest = clone.folder / "data/expressive_valid.jsonl"
    before, rendered = manifest.read_text(), clone.bytes()
    clone.edit(split={"seed": OTHER_SEED})
    opened = clone.whole(*written("split"))
    assert set(opened) <= {"render"}
    assert manifest.read_text() != before
    after = clone.bytes()
    both = {n for n in after if n.startswith("data/data_stereo") and n in rendered}
    assert {n for n in both if after[n] != rendered[n]} == set()


def test_new_loudness_aligns_nothing(clone: Clone) -> None:
    clone.edit(loudness={"target_lufs": -24.0})
    opened = clone.whole(*written("loudness"), "validate")
    # `style` reads which clips have a denoised row from the table of `loudness`, and measures none again
    assert set(opened) <= {"loudness@demo", "render"}
    found = clone.json("metrics/validate.json")
    assert found["all"]["lufs_mean"] == -24.0
