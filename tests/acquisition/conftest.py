"""A loopback server, an empty project and a small corpus, for the tests of this folder."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acquisition.tiny import Tiny
from tests.servers import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as it:
        yield it


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project as working directory."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def tiny(server: Server, project: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    made = Tiny(server, project.with_name("mine"))
    monkeypatch.setitem(sys.modules, "stages.corpora.tiny", made.facts)  # type: ignore[arg-type]
    return made
