"""Stages in one process, in the order of dvc.yaml's graph: `python -m tests.whole [STAGE ...]`, or all.

For builds most of whose time would go into starting Python and DVC again and again. What DVC itself does
with an edit or a kill is tested by the builds that use it.
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
    """The stages of dvc.yaml."""
    return dict(yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"])


def paths(entry: dict[str, Any], keys: tuple[str, ...], corpus: str) -> list[Path]:
    """The paths that a stage states under some keys."""
    stated = [item for key in keys for item in entry.get(key, [])]
    names = [next(iter(item)) if isinstance(item, dict) else item for item in stated]
    return [Path(name.replace("${item.corpus}", corpus)) for name in names]


def graph(stages: dict[str, Any], corpora: list[str]) -> dict[Node, set[Node]]:
    """Each stage with those that make what it depends on."""
    nodes = {
        (name, corpus): entry
        for name, entry in stages.items()
        for corpus in (corpora if "matrix" in entry else [""])
    }
    outs = {node: paths(entry, ("outs", "metrics", "plots"), node[1]) for node, entry in nodes.items()}
    return {
        node: {
            other
            for other, made in outs.items()
            for out in made
            for dep in paths(entry, ("deps",), node[1])
            if other != node and (dep in (out, *out.parents) or out in dep.parents)
        }
        for node, entry in nodes.items()
    }


def concerned(stages: dict[str, Any], section: str) -> set[str]:
    """Stages that an edit of a section of params.yaml may run: those that state it, and all that follow."""
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
