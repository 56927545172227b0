"""All stages in one process, in the order of dvc.yaml's graph: `python -m tests.whole [STAGE ...]`.

For builds of many corpora, most of whose time would go into starting Python and DVC some eighty times. What
DVC does with them is tested by the builds that use it.
"""

import importlib
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from stages.lib import params

Node = tuple[str, str]
"""Stage and corpus; "" for a stage that runs once."""


def paths(entry: dict[str, Any], keys: tuple[str, ...], corpus: str) -> list[Path]:
    """The paths that a stage states under some keys."""
    stated = [item for key in keys for item in entry.get(key, [])]
    names = [next(iter(item)) if isinstance(item, dict) else item for item in stated]
    return [Path(name.replace("${item.corpus}", corpus)) for name in names]


def order(stages: dict[str, Any], corpora: list[str]) -> list[Node]:
    """Every stage after those that make what it depends on."""
    nodes = {
        (name, corpus): entry
        for name, entry in stages.items()
        for corpus in (corpora if "matrix" in entry else [""])
    }
    outs = {node: paths(entry, ("outs", "metrics", "plots"), node[1]) for node, entry in nodes.items()}
    graph = {
        node: {
            other
            for other, made in outs.items()
            for out in made
            for dep in paths(entry, ("deps",), node[1])
            if other != node and (dep in (out, *out.parents) or out in dep.parents)
        }
        for node, entry in nodes.items()
    }
    return list(TopologicalSorter(graph).static_order())


def main(chosen: list[str]) -> None:
    """Run the chosen stages, or all."""
    stages = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]
    for stage, corpus in order(stages, params.corpora()):
        if not chosen or stage in chosen:
            importlib.import_module(f"stages.{stage}").run(*filter(None, [corpus]))


if __name__ == "__main__":
    main(sys.argv[1:])
