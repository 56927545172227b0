"""The documentation: drawing of the pipeline, links, length of the README, names of commands."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests import warm
from tests.pipeline import ROOT, USERS

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "stages/README.md", "metrics/README.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))
MODULE = re.compile(r"python -m stages\.|stages/lib|stages\.lib")


def anchors(page: Path) -> set[str]:
    """Derive the anchors of a page's headings on GitHub."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", link)]
    for link in links:
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_is_short_and_names_every_page() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    assert [page.name for page in PAGES[1:] if f"({page.relative_to(ROOT).as_posix()})" not in text] == []


def test_the_drawing_is_that_of_dvc(tmp_path: Path) -> None:
    settings = {**yaml.safe_load((ROOT / "params.yaml").read_text("utf-8")), "corpora": ["demo"]}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(settings))
    (tmp_path / "dvc.yaml").write_text((ROOT / "dvc.yaml").read_text("utf-8"))
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text("[core]\n    no_scm = true\n")
    environment = {"PATH": f"{USERS}:/usr/bin:/bin", "DVC_NO_ANALYTICS": "1", "HOME": str(tmp_path)}
    code, printed = warm.run(("dvc", "dag", "--md"), tmp_path, environment)
    assert code == 0, printed
    drawing = (ROOT / "stages/README.md").read_text("utf-8").split("<!-- dvc dag --md -->\n")[1]
    assert drawing.split("<!-- end -->")[0].strip() == printed.strip(), "run `dvc dag --md` and replace it"


def test_every_stage_and_folder_is_listed() -> None:
    text = (ROOT / "stages/README.md").read_text("utf-8")
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]
    command = ["git", "ls-files", "stages"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    folders = {name.split("/")[1] for name in tracked if name.count("/") > 1}
    assert set(re.findall(r"^\| (\w+) \|", text, re.MULTILINE)) == {*stages, "stage", "folder"}
    assert set(re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)) == folders


def messages(path: Path) -> str:
    """Find the strings of a module that are not docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in documented]
    return "\n".join(node.value for node in strings if isinstance(node.value, str))


def test_no_text_for_users_names_a_module() -> None:
    texts = {page: page.read_text(encoding="utf-8") for page in [*PAGES, ROOT / "params.yaml"]}
    texts |= {path: messages(path) for path in (ROOT / "stages").rglob("*.py")}
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if MODULE.search(text)] == []
