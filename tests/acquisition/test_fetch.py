"""Fetching a corpus: files from servers, generated files, settings."""

from pathlib import Path
from typing import Any

import pytest

from stages.acquisition.download import RETRIES
from stages.core.errors import UserError
from stages.core.params import Section
from stages.corpora.base import Generated
from tests import servers
from tests.acquisition.tiny import COUNT, DOWNLOADS, FILES, HELP, RAW, TABLE, WAVS, Tiny, plant, tree, zipped
from tests.servers import POINTER, Server


class TestFileList:
    @pytest.fixture(autouse=True)
    def _source(self, tiny: Tiny) -> None:
        tiny.file_list()

    def test_each_file_is_requested_once(self, tiny: Tiny, capsys: pytest.CaptureFixture[str]) -> None:
        tiny.fetch()
        assert tree(RAW) == FILES
        assert tiny.requested() == sorted(f"/{path}" for path in FILES)
        assert not (DOWNLOADS / "tree").exists()
        assert "fetch@tiny: 4 clips in, 4 kept, 0 dropped" in capsys.readouterr().out

    def test_verified_files_of_the_last_run_are_reused(self, tiny: Tiny) -> None:
        tiny.fetch()
        tiny.requested()
        (RAW / "wav/1_1.wav").unlink()
        (RAW / "wav/1_2.wav").write_bytes(b"RIFF spoiled")
        (RAW / "wav/2_1.wav").chmod(0o444)  # as DVC leaves files that its cache holds
        tiny.fetch()
        assert tree(RAW) == FILES
        assert tiny.requested() == ["/wav/1_1.wav", "/wav/1_2.wav"]

    def test_a_failure_keeps_the_old_tree_and_the_new_files(self, tiny: Tiny) -> None:
        plant(RAW, {"old.txt": b"old"})
        del tiny.server.files["wav/2_2.wav"]
        url = f"{tiny.server.url}wav/2_2.wav"
        expected = f"tiny: wav/2_2.wav could not be downloaded:\n{url}: HTTP 404 Not Found{HELP}"
        assert tiny.error() == expected
        done = {*tiny.requested()} - {"/wav/2_2.wav"}
        tiny.server.files |= WAVS
        tiny.fetch()
        assert tree(RAW) == FILES
        assert not done & {*tiny.requested()}

    def test_a_mirror_of_the_facts_is_used_if_the_first_address_fails(self, tiny: Tiny) -> None:
        with Server() as mirror:
            tiny.file_list(mirror.url)
            mirror.files = dict(tiny.server.files)
            tiny.server.script = {f"/{path}": [servers.body(POINTER)] for path in WAVS}
            tiny.fetch()
            assert sorted(request.path for request in mirror.log) == sorted(f"/{path}" for path in WAVS)
        assert tree(RAW) == FILES

    def test_the_users_own_mirror_replaces_the_official_address(self, tiny: Tiny) -> None:
        with Server() as mirror:
            mirror.files = {f"base/{path}": content for path, content in FILES.items()}
            tiny.fetch(f"{mirror.url}base")
        assert tree(RAW) == FILES
        assert tiny.requested() == []

    def test_an_incomplete_mirror_needs_its_number_of_clips_and_the_tables(self, tiny: Tiny) -> None:
        del tiny.server.files["wav/2_2.wav"]
        assert tiny.error(tiny.server.url, clips=2) == (
            "tiny: expected 2 clips (the complete corpus has 4), found 3. Missing: 1 of other speakers (2_2)."
            + COUNT.format(3)
        )
        (DOWNLOADS / "tree/labels.csv").unlink()
        del tiny.server.files["labels.csv"]
        assert "labels.csv could not be downloaded" in tiny.error(tiny.server.url, clips=3)
        tiny.server.files |= TABLE
        tiny.fetch(tiny.server.url, clips=3)
        assert sorted(tree(RAW)) == ["labels.csv", "wav/1_1.wav", "wav/1_2.wav", "wav/2_1.wav"]

    def test_a_broken_mirror_is_not_an_incomplete_one(self, tiny: Tiny) -> None:
        tiny.server.script["/wav/2_2.wav"] = [servers.status(500)] * (1 + RETRIES)
        assert "HTTP 500" in tiny.error(tiny.server.url, clips=3)

    def test_other_files_of_a_killed_run_do_not_reach_the_result(self, tiny: Tiny) -> None:
        plant(RAW.with_name(".tiny.old"), {"old.txt": b"old"})  # it was killed while trees were exchanged
        plant(DOWNLOADS / "tree", FILES | {"wav/9_9.wav.part": b"", ".wav/x": b""})
        tiny.fetch()
        assert tree(Path("data/raw")) == {f"tiny/{path}": data for path, data in FILES.items()}
        assert tiny.requested() == []

    def test_a_zip_with_a_folder_around_the_files(self, tiny: Tiny) -> None:
        content = {f"mirror-main/{path}": data for path, data in FILES.items()}
        tiny.mine.write_bytes(zipped(content))
        tiny.fetch(tiny.mine)
        assert tree(RAW) == FILES
        assert tiny.requested() == []
        assert not list(DOWNLOADS.iterdir())


def test_a_generated_corpus_has_settings_in_place_of_a_source(tiny: Tiny) -> None:
    class Settings(Section):
        seed: int

    def make(folder: Path, settings: Any) -> None:
        plant(folder, {path: data + bytes([settings.seed]) for path, data in WAVS.items()})

    tiny.facts.SOURCE = Generated(make, Settings)
    tiny.run("seed: 7")
    assert tree(RAW) == {path: data + b"\7" for path, data in WAVS.items()}
    with pytest.raises(UserError, match=r"fetch\.tiny\.source: unknown key; known: seed"):
        tiny.run("source: official")


def test_wrong_settings_are_an_error(tiny: Tiny) -> None:
    tiny.file_list()
    plant(Path("elsewhere"), FILES)
    assert "found 'offical', and no such file or folder exists" in tiny.error("offical")
    # not the project's own folder
    assert "fetch.tiny.source: String should have at least 1 character" in tiny.error("")
    with pytest.raises(UserError) as caught:
        tiny.run("sorce: official, expected_clips: 0")
    expected = "fetch.tiny.sorce: unknown key (did you mean 'source'?); known: expected_clips, source"
    assert expected in str(caught.value)
    assert "fetch.tiny.expected_clips: Input should be greater than 0, found 0" in str(caught.value)
