"""Can this params.yaml be built? It is the first stage, so a fault is told before any work begins."""

from pathlib import Path

from stages.checks import settings
from stages.core import files
from stages.core.errors import main

CHECKED = Path("data/settings.ok")
"""The other stages follow from this file. Its content is constant, so an edit of params.yaml runs no more."""


def run() -> None:
    """Check all settings, print notes, and write the file that the other stages follow from."""
    settings.run()
    files.write_text(CHECKED, "params.yaml has no faults\n")


if __name__ == "__main__":
    main(run)
