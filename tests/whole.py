"""Stages in one process, in the order of dvc.yaml's graph: `python -m tests.whole [STAGE ...]`, or all.

For builds that would spend most of their time on starting Python and DVC. Other builds test what DVC itself
does after an edit or a kill.
"""

import importlib
import os
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from stages.core import params

Node = tuple[str, str]
"""Stage and corpus; "" for a stage that runs once."""


def described(root: Path = Path()) -> dict[str, Any]:
    """Read the stages of dvc.yaml."""
    return dict(yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"])


def paths(entry: dict[str, Any], keys: tuple[str, ...], corpus: str) -> list[Path]:
    """Return the paths that a stage states under some keys."""
    stated = [item for key in keys for item in entry.get(key, [])]
    names = [next(iter(item)) if isinstance(item, dict) else item for item in stated]
    return [Path(name.replace("${item.corpus}", corpus)) for name in names]


def graph(stages: dict[str, Any], corpora: list[str]) -> dict[Node, set[Node]]:
    """Map each stage to those that make its dependencies."""
    nodes = [
        (name, corpus)
        for name, entry in stages.items()
        for corpus in (corpora if "matrix" in entry else [""])
    ]
    outs = [
        (node, out) for node in nodes for out in paths(stages[node[0]], ("outs", "metrics", "plots"), node[1])
    ]
    return {
        node: {
            other
            for other, out in outs
            for dep in paths(stages[node[0]], ("deps",), node[1])
            if other != node and (dep in (out, *out.parents) or out in dep.parents)
        }
        for node in nodes
    }


def concerned(stages: dict[str, Any], section: str) -> set[str]:
    """Return the stages that state a section of params.yaml, and all that follow: an edit may run them."""
    follows = graph(stages, ["any"])
    found = {node for node in follows if section in stages[node[0]].get("params", [])}
    for node in TopologicalSorter(follows).static_order():
        if follows[node] & found:
            found.add(node)
    return {name for name, _ in found}


def main(chosen: list[str]) -> None:
    """Run the chosen stages, or all."""
    stages = described()
    for stage, corpus in TopologicalSorter(graph(stages, params.corpora())).static_order():
        name = f"{stage}@{corpus}".rstrip("@")
        if not chosen or {stage, name} & set(chosen):
            os.environ["DVC_STAGE"] = name
            importlib.import_module(f"stages.{stage}").run(*filter(None, [corpus]))


if __name__ == "__main__":
    main(sys.argv[1:])
