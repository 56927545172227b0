"""Killed at the worst moment, a build goes on where it was and ends in the same bytes."""

from pathlib import Path

from tests.pipeline import Clone


def test_killed_in_align_and_in_render_ends_in_the_committed_build(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "clone", workers=2)
    align, render = "data/tables/align/.demo.parquet.journal", "data/tables/.render.parquet.journal"
    clone.kill("align", align)
    done = (clone.folder / align).read_text().count("\n")
    assert not (clone.folder / "data/tables/align/demo.parquet").exists()
    clone.kill("render", render)
    assert not (clone.folder / align).exists()
    assert not (clone.folder / "data/data_stereo").exists()
    rendered = (clone.folder / render).read_text().count("\n")
    ran, opened = clone.repro()
    assert ran == ["render", "validate", "ledger"]
    samples = len(list((clone.folder / "data/data_stereo").glob("*.wav")))
    # each sample is opened twice: for its digest, and for its samples
    assert opened["render"] <= 2 * (samples - rendered)
    assert done >= 20
    assert clone.run("git", "status", "--porcelain") == ""
    hidden = [path.name for path in (clone.folder / "data").rglob(".*")]
    assert [name for name in hidden if name != ".gitkeep"] == []
