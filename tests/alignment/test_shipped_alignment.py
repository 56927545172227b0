"""Word times that a corpus ships: used only if they pass the checks; and TextGrids of Praat."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stages import align
from stages.alignment import shipped_alignment
from stages.alignment.base import Alignment
from stages.core import store, tables
from stages.core.errors import UserError
from stages.core.files import sha256
from stages.corpora.base import Word
from stages.corpora.formats import textgrid
from tests import makers
from tests.alignment.test_align_stage import SECTION
from tests.trees import textgrid as written

RATE = 16000
FIT = (["oh", "no"], [0.1, 0.3], [0.3, 0.6])


@pytest.mark.parametrize(("start_s", "start"), [(0.3, 4800), (0.29, 4640)], ids=["in order", "end too late"])
def test_times_become_samples_and_words_those_of_the_transcript(start_s: float, start: int) -> None:
    """An end after the start of the next word is set to that start."""
    found = shipped_alignment.check_times((FIT[0], [0.1, start_s], FIT[2]), "Oh, NO!", RATE, RATE)
    assert found == Alignment("aligned", words=("Oh,", "NO!"), starts=(1600, start), ends=(start, 9600))


REFUSED = {
    "none": (None, "Oh, no."),
    "no transcript": (FIT, ""),
    "additional word": (FIT, "Oh, no, no."),
    "other word": (FIT, "Oh, now."),
    "unknown word": ((["oh", "<unk>"], *FIT[1:]), "Oh, no."),
    "not in order": ((FIT[0], [0.3, 0.1], [0.6, 0.3]), "Oh, no."),
    "after the end of the clip": ((FIT[0], [0.1, 0.3], [0.3, 1.01]), "Oh, no."),
    "before its start": ((FIT[0], [-0.1, 0.3], [0.3, 0.6]), "Oh, no."),
    "word without duration": ((FIT[0], [0.1, 0.3], [0.1, 0.6]), "Oh, no."),
    "no words": (([], [], []), "Oh, no."),
}


@pytest.mark.parametrize(("shipped", "transcript"), REFUSED.values(), ids=REFUSED)
def test_times_that_fail_are_not_used(shipped: shipped_alignment.Words | None, transcript: str) -> None:
    assert shipped_alignment.check_times(shipped, transcript, RATE, RATE) is None


@given(st.lists(st.floats(0, 10), min_size=2, max_size=12), st.integers(8000, 48000))
def test_used_times_keep_the_contract_of_the_table(times: list[float], rate: int) -> None:
    starts, ends = times[::2], times[1::2]
    shipped = (["a"] * len(ends), starts[: len(ends)], ends)
    found = shipped_alignment.check_times(shipped, " ".join(shipped[0]), 5 * rate, rate)
    if found is not None:
        assert tables.Align.timed.predicate("aligned", *map(list, (found.words, found.starts, found.ends)))
        assert found.ends[-1] <= 5 * rate


def test_the_aligner_replaces_times_that_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "1")
    Path("params.yaml").write_text(yaml.safe_dump({"align": SECTION}))
    path = makers.wav(Path("a.wav"), makers.tone(1.0))
    without = {"path": str(path), "sha256": sha256(path), "transcript": "Oh, no."}
    right = without | dict(zip(("shipped_words", "shipped_starts_s", "shipped_ends_s"), FIT, strict=True))
    Path("none").mkdir()
    makers.save_catalog("demo", [right, {**right, "shipped_words": ["oh", "dear"]}, without])
    align.run("demo")
    table = store.read(store.path("align", "demo"), tables.Align)
    engines = table.engine.str.partition(" ")[0].tolist()
    assert engines == [shipped_alignment.ENGINE, "pocketsphinx", "pocketsphinx"]
    assert (table.starts[0], table.ends[0]) == ([4800, 14400], [14400, 28800])
    assert table.score.isna()[0]


class TestTextGrid:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_words_without_pauses(self, tmp_path: Path, encoding: str) -> None:
        intervals = [(0.0, 0.25, ""), (0.25, 0.5, "l'été"), (0.5, 0.75, "sp"), (0.75, 1.5, 'a ""b""')]
        (tmp_path / "a.TextGrid").write_bytes(written(intervals, 1.5).encode(encoding))
        assert textgrid.words(tmp_path / "a.TextGrid") == (Word("l'été", 0.25, 0.5), Word('a "b"', 0.75, 1.5))

    def test_words_are_read_from_the_stated_tier(self, tmp_path: Path) -> None:
        (tmp_path / "a.TextGrid").write_text(written([], 1.0))
        assert textgrid.words(tmp_path / "a.TextGrid") == ()
        assert textgrid.words(tmp_path / "a.TextGrid", "phones") == (Word("N OW1", 0.0, 1.0),)

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"caf\xe9", b"<html>"])
    def test_other_files_are_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.TextGrid").write_bytes(content)
        with pytest.raises(UserError, match=r"a\.TextGrid: expected a TextGrid"):
            textgrid.words(tmp_path / "a.TextGrid")
