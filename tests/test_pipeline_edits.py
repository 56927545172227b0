"""Edits of a build of the demo corpus: an edit runs what it concerns, and what is killed goes on.

The tests go on from one another: each edits the build that the last one left. What DVC runs after an edit
follows from dvc.yaml. DVC itself is asked for two edits; for others, what it would run is run in one process.
"""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests import rendered, whole
from tests.pipeline import ROOT, Clone
from tests.test_pipeline_corpora import BAD, GOOD, ravdess_tree

LAST = {"attribution", "survey", "render", "validate", "report", "ledger"}
OTHER_SEED = 16
"""Of a split that has every emotion on both sides, as the default has."""
CONCERNED = {
    "augment": {"augment", "compose", *LAST},
    "balance": {"balance", "augment", "compose", *LAST},
    "split": {"split", "balance", "augment", "compose", *LAST},
    "screen": {"screen", "split", "balance", "augment", "compose", *LAST},
    "loudness": {"loudness", "style", "balance", "augment", "compose", *LAST},
}
"""Section of params.yaml -> what an edit of it may run; a stage whose inputs come out the same is skipped."""


@pytest.mark.parametrize("section", CONCERNED)
def test_an_edit_concerns(section: str) -> None:
    assert whole.concerned(whole.described(ROOT), section) == CONCERNED[section]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """The committed build: from this repository's cache or, where that has none, from nothing."""
    made = Clone(tmp_path_factory.mktemp("edits") / "clone")
    made.restore()
    made.repro()
    return made


@pytest.mark.parametrize(("stage", "table", "made"), [
    ("align@demo", "data/tables/align/demo.parquet", "data/tables/align/demo.parquet"),
    ("render", "data/tables/render.parquet", "data/data_stereo"),
])  # fmt: skip
def test_killed_halfway_it_goes_on_and_ends_in_the_committed_build(
    clone: Clone, stage: str, table: str, made: str
) -> None:
    before = clone.bytes()
    memory, outcome = clone.folder / table, clone.folder / made
    journal = memory.with_name(f".{memory.name}.journal")
    memory.unlink()
    if outcome.is_dir():
        shutil.rmtree(outcome)
    clone.kill(stage, journal)
    assert not outcome.exists()
    rows = journal.read_text().count("\n")
    ran, opened = clone.repro("--force", "--single-item", stage)
    assert ran == [stage]
    # each recording is opened twice: for its digest, and for its samples
    assert opened[stage] <= 2 * (len(pd.read_parquet(memory)) - rows)
    assert clone.bytes() == before
    assert clone.run("git", "status", "--porcelain") == ""
    assert [path for path in (clone.folder / "data").rglob(".*") if path.name != ".gitkeep"] == []


def test_rendering_keeps_pitch_and_duration(clone: Clone) -> None:
    assert rendered.changes(clone.folder) == {}


def test_second_repro_does_nothing(clone: Clone) -> None:
    assert clone.repro() == ([], {})


def test_the_readme_shows_real_lines(clone: Clone) -> None:
    shown = (clone.folder / "README.md").read_text(encoding="utf-8").split("```json\n")[1]
    lines = (clone.folder / "data/expressive_dataset.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(shown.partition("```")[0].splitlines()) == 3
    assert set(shown.partition("```")[0].splitlines()) <= set(lines)


def test_new_screen_decodes_nothing_but_what_is_new(clone: Clone) -> None:
    before = clone.inodes()
    clone.edit(screen={"min_snr_db": 36.0})
    ran, opened = clone.repro()
    assert {"screen", "split", "render"} <= set(ran) <= CONCERNED["screen"]
    assert set(opened) <= {"render"}
    assert json.loads((clone.folder / "metrics/screen.json").read_text())["all"]["reasons"]["low_snr"] > 5
    missing = len(set(before) - set(clone.inodes())) // 2
    assert missing > 5


def test_corpora_come_and_go_without_touching_each_other(clone: Clone, tmp_path: Path) -> None:
    tree = ravdess_tree(tmp_path / "ravdess")
    # all of it, sound or not; and clips that were screened out come back
    source = {"ravdess": {"source": str(tree), "clips": GOOD + len(BAD)}}
    clone.edit(corpora=["demo", "ravdess"], fetch=source, screen={"min_snr_db": 5.0})
    ran, opened = clone.repro()
    reasons = json.loads((clone.folder / "metrics/screen.json").read_text())["by_corpus"]["ravdess"][
        "reasons"
    ]
    assert {reason: reasons.get(reason) for reason in BAD} == dict.fromkeys(BAD, 1)
    assert [stage for stage in ran if stage.endswith("@demo")] == []
    assert {stage for stage in opened if not stage.endswith("@ravdess")} <= {"render"}
    clone.edit(corpora=["demo"])
    ran, opened = clone.repro()
    assert {"screen"} <= set(ran) <= {"release", *CONCERNED["screen"]}
    assert set(opened) <= {"render"}
    assert clone.run("git", "diff", "--name-only", "--", "metrics", "data") == ""
    committed = yaml.safe_load(clone.run("git", "show", "HEAD:dvc.lock"))["stages"]
    found = yaml.safe_load((clone.folder / "dvc.lock").read_text())["stages"]
    assert {stage: found[stage]["outs"] for stage in committed} == {
        stage: entry["outs"] for stage, entry in committed.items()
    }


def test_new_augment_renders_only_copies(clone: Clone) -> None:
    before = clone.inodes()
    clone.edit(augment={"max_tempo_change": 0.05, "min_noise_snr_db": 25.0})
    opened = clone.whole(*CONCERNED["augment"])
    assert set(opened) <= {"render"}
    after = clone.inodes()
    assert set(after) == set(before)
    changed = {name for name in before if after[name] != before[name]}
    assert changed
    assert changed <= {name for name in before if "__a" in name}


def test_new_balance_renders_only_what_is_new(clone: Clone) -> None:
    before = clone.inodes()
    clone.edit(balance={"max_copies": 0, "max_augmented_share": 0.0})
    opened = clone.whole(*CONCERNED["balance"])
    assert set(opened) <= {"render"}
    after = clone.inodes()
    assert {name for name in set(after) & set(before) if after[name] != before[name]} == set()
    assert len(after) < len(before)


def test_new_seed_moves_speakers_and_renders_only_what_is_new(clone: Clone) -> None:
    manifest = clone.folder / "data/expressive_valid.jsonl"
    before, rendered = manifest.read_text(), clone.bytes()
    clone.edit(split={"seed": OTHER_SEED})
    opened = clone.whole(*CONCERNED["split"])
    assert set(opened) <= {"render"}
    assert manifest.read_text() != before
    after = clone.bytes()
    both = {n for n in after if n.startswith("data/data_stereo") and n in rendered}
    assert {n for n in both if after[n] != rendered[n]} == set()


def test_new_loudness_aligns_nothing(clone: Clone) -> None:
    clone.edit(loudness={"target_lufs": -24.0})
    opened = clone.whole(*CONCERNED["loudness"])
    # `style` reads which clips have a denoised row from the table of `loudness`, and measures none again
    assert set(opened) <= {"loudness@demo", "render"}
    found = json.loads((clone.folder / "metrics/validate.json").read_text())
    assert found["all"]["lufs_mean"] == -24.0
