"""`dvc repro` on the demo corpus: what is committed comes out, killed or not; an edit runs what it concerns.

The tests go on from one another: each edits the build that the last one left.
"""

import json
from pathlib import Path

import pytest

from tests import rendered
from tests.pipeline import Clone
from tests.test_pipeline_corpora import BAD, GOOD, ravdess_tree

LAST = {
    "balance", "augment", "compose", "attribution", "survey", "render", "validate", "report",
    "ledger",
}  # fmt: skip
"""What an edit after the split may run; a stage whose inputs come out the same is skipped."""

OTHER_SEED = 16
"""Of a split that has every emotion on both sides, as the default has."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return Clone(tmp_path_factory.mktemp("edits") / "clone")


def test_killed_in_align_and_in_render_ends_in_the_committed_build(clone: Clone) -> None:
    align, render = "data/tables/align/.demo.parquet.journal", "data/tables/.render.parquet.journal"
    clone.kill("align", align)
    done = (clone.folder / align).read_text().count("\n")
    assert not (clone.folder / "data/tables/align/demo.parquet").exists()
    clone.kill("render", render)
    assert not (clone.folder / align).exists()
    assert not (clone.folder / "data/data_stereo").exists()
    rendered = (clone.folder / render).read_text().count("\n")
    ran, opened = clone.repro()
    assert ran == ["render", "validate", "report", "ledger"]
    samples = len(list((clone.folder / "data/data_stereo").glob("*.wav")))
    # each sample is opened twice: for its digest, and for its samples
    assert opened["render"] <= 2 * (samples - rendered)
    assert done >= 20
    assert clone.run("git", "status", "--porcelain") == ""
    hidden = [path.name for path in (clone.folder / "data").rglob(".*")]
    assert [name for name in hidden if name != ".gitkeep"] == []


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
    assert {"screen", "split", "render"} <= set(ran) <= {"screen", "split", *LAST}
    assert set(opened) <= {"render"}
    assert json.loads((clone.folder / "metrics/screen.json").read_text())["all"]["reasons"]["low_snr"] > 5
    missing = len(set(before) - set(clone.inodes())) // 2
    assert missing > 5
    clone.edit(screen={"min_snr_db": 5.0})
    ran, opened = clone.repro()
    assert opened["render"] == 2 * missing  # digest and samples of what was missing, and of nothing else
    assert set(opened) <= {"render"}
    assert clone.run("git", "status", "--porcelain", "metrics", "dvc.lock") == ""


def test_corpora_come_and_go_without_touching_each_other(clone: Clone, tmp_path: Path) -> None:
    before = clone.bytes()
    tree = ravdess_tree(tmp_path / "ravdess", clone.folder / "data/raw/demo")
    clone.edit(corpora=["demo", "ravdess"], split={"seed": 9})
    # all of it, sound or not
    clone.edit(fetch={"ravdess": {"source": str(tree), "clips": GOOD + len(BAD)}})
    ran, opened = clone.repro()
    reasons = json.loads((clone.folder / "metrics/screen.json").read_text())["by_corpus"]["ravdess"][
        "reasons"
    ]
    assert {reason: reasons.get(reason) for reason in BAD} == dict.fromkeys(BAD, 1)
    assert [stage for stage in ran if stage.endswith("@demo")] == []
    assert {stage for stage in opened if not stage.endswith("@ravdess")} <= {"render"}
    clone.edit(corpora=["demo"])
    ran, opened = clone.repro()
    assert {"screen"} <= set(ran) <= {"release", "screen", "split", *LAST}
    assert set(opened) <= {"render"}
    after = clone.bytes()
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed == set()
    assert {name for name in set(after) - set(before) if "ravdess" not in name} == set()


def test_new_augment_renders_only_copies(clone: Clone) -> None:
    before = clone.inodes()
    clone.edit(augment={"max_tempo_change": 0.05, "min_noise_snr_db": 25.0})
    ran, opened = clone.repro()
    assert {"augment", "render"} <= set(ran) <= LAST - {"balance"}
    assert set(opened) <= {"render"}
    after = clone.inodes()
    assert set(after) == set(before)
    changed = {name for name in before if after[name] != before[name]}
    assert changed
    assert changed <= {name for name in before if "__a" in name}


def test_new_balance_renders_only_what_is_new(clone: Clone) -> None:
    before = clone.inodes()
    clone.edit(balance={"max_copies": 0, "max_augmented_share": 0.0})
    ran, opened = clone.repro()
    assert {"balance", "render"} <= set(ran) <= LAST
    assert set(opened) <= {"render"}
    after = clone.inodes()
    assert {name for name in set(after) & set(before) if after[name] != before[name]} == set()
    assert len(after) < len(before)


def test_new_seed_moves_speakers_and_renders_only_what_is_new(clone: Clone) -> None:
    manifest = clone.folder / "data/expressive_valid.jsonl"
    before, rendered = manifest.read_text(), clone.bytes()
    clone.edit(split={"seed": OTHER_SEED})
    ran, opened = clone.repro()
    assert {"split", "render"} <= set(ran) <= {"split", *LAST}
    assert set(opened) <= {"render"}
    assert manifest.read_text() != before
    after = clone.bytes()
    both = {n for n in after if n.startswith("data/data_stereo") and n in rendered}
    assert {n for n in both if after[n] != rendered[n]} == set()


def test_new_loudness_aligns_nothing(clone: Clone) -> None:
    clone.edit(loudness={"target_lufs": -24.0})
    ran, opened = clone.repro()
    # `style` reads which clips have a denoised row from the table of `loudness`, and measures none again
    assert {"loudness@demo", "render"} <= set(ran) <= {"loudness@demo", "style@demo", *LAST}
    assert set(opened) <= {"loudness@demo", "render"}
    found = json.loads((clone.folder / "metrics/validate.json").read_text())
    assert found["all"]["lufs_mean"] == -24.0
