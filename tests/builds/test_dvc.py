"""dvc.yaml states the deps, params and outs that the stages really have; each stage file has an entry."""

import ast
import subprocess
from pathlib import Path

import pytest
import yaml

from stages.core import code_digest, params
from tests import whole

ROOT = Path(__file__).parents[2]
STAGES = whole.described(ROOT)
CORPORA = sorted(params.names(ROOT / "stages" / "corpora"))
OWN_SECTION = set(yaml.safe_load((ROOT / "params.yaml").read_text())) - {"corpora"}


def declared(stage: str, corpus: str) -> set[str]:
    return {dep.replace("${item.corpus}", corpus) for dep in STAGES[stage]["deps"]}


def code_of(stage: str, corpus: str) -> set[str]:
    """Find the local modules that a stage imports, directly or not, and those of the corpus it loads."""
    entry = Path("stages", f"{stage}.py")
    files = code_digest.closure(entry)
    if "load(corpus)" in (ROOT / entry).read_text():
        files |= code_digest.closure(Path("stages/corpora", f"{corpus}.py"))
    return {file.as_posix() for file in files}


def test_each_stage_file_has_one_entry() -> None:
    assert set(STAGES) == params.names(ROOT / "stages")


def covers(dep: str, file: str) -> bool:
    """Tell whether a dep is this file or a folder that contains it."""
    return Path(dep) in (Path(file), *Path(file).parents)


@pytest.mark.parametrize("stage", STAGES)
def test_deps_cover_every_local_module(stage: str) -> None:
    for corpus in CORPORA:
        deps = declared(stage, corpus)
        missing = {file for file in code_of(stage, corpus) if not any(covers(dep, file) for dep in deps)}
        assert missing == set(), corpus


@pytest.mark.parametrize("stage", STAGES)
def test_deps_name_no_code_that_no_corpus_uses(stage: str) -> None:
    used = set().union(*(code_of(stage, corpus) for corpus in CORPORA))
    for corpus in CORPORA:
        code = {
            dep for dep in declared(stage, corpus) if dep.startswith("stages/") and "checksums" not in dep
        }
        assert {dep for dep in code if not any(covers(dep, file) for file in used)} == set()


def test_no_room_imports_a_stage() -> None:
    scripts = {Path("stages", f"{stage}.py") for stage in STAGES}
    rooms = [path.relative_to(ROOT) for path in (ROOT / "stages").glob("*/**/*.py")]
    assert {str(path): found for path in rooms if (found := code_digest.imported(path) & scripts)} == {}


def test_fetch_depends_on_no_whole_folder_of_code() -> None:
    # others depend on whole folders, which keeps dvc.lock short; but fetching again may mean downloading
    assert {"stages/core", "stages/signal"}.isdisjoint(STAGES["fetch"]["deps"])


@pytest.mark.parametrize("stage", STAGES)
def test_cached_rows_depend_on_the_pinned_requirements(stage: str) -> None:
    text = (ROOT / "stages" / f"{stage}.py").read_text()
    assert ("workers.compute" in text) == (code_digest.PINS in STAGES[stage]["deps"])


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reads_its_own_section_and_declares_it(stage: str) -> None:
    tree = ast.parse((ROOT / "stages" / f"{stage}.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    read = {
        call.args[1].value
        for call in calls
        if ast.unparse(call.func).split(".")[-1] == "section" and isinstance(call.args[1], ast.Constant)
    }
    assert read <= {stage}
    stated = {name.partition(".")[0] for name in STAGES[stage].get("params", [])}
    assert stated - {"corpora"} == read
    assert (stage in OWN_SECTION) == bool(read)
    lists = any(ast.unparse(call.func) == "params.corpora" for call in calls)
    assert lists == ("corpora" in stated)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_a_description(stage: str) -> None:
    assert STAGES[stage]["desc"]


@pytest.mark.parametrize("stage", STAGES)
def test_row_caches_are_persisted(stage: str) -> None:
    if "workers.compute" in (ROOT / "stages" / f"{stage}.py").read_text():
        persisted = [out for out in STAGES[stage]["outs"] if isinstance(out, dict)]
        assert any("tables/" in path and out[path].get("persist") for out in persisted for path in out)


def test_cache_never_links_symbolically() -> None:
    # moshi-finetune resolves the manifest's path: inside the cache it would find no sample
    config = (ROOT / ".dvc" / "config").read_text()
    assert 'type = "reflink,hardlink,copy"' in config


def test_no_index_address_and_no_unpinned_requirement() -> None:
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text()
        assert "://" not in text
        assert "--index-url" not in text
        pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert all("==" in line for line in pinned)
        assert text.count("--hash=sha256:") >= len(pinned)


def test_nothing_big_is_in_git() -> None:
    command = ["git", "ls-files", "data", "*.wav", "*.parquet"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in listed if not name.endswith((".gitkeep", ".csv", "/README.md"))] == []
