"""Stage `settings`: a check of params.yaml. It is the first stage, so faults are reported before any work."""

from pathlib import Path

from stages.checks import settings
from stages.core import files
from stages.core.errors import main

CHECKED = Path("data/settings.ok")
"""Dependency of the other stages. Its content is constant, so an edit of params.yaml does not rerun all."""


def run() -> None:
    """Check all settings, print notes, and write the file that the other stages depend on."""
    settings.run()
    files.write_text(CHECKED, "params.yaml has no faults\n")


if __name__ == "__main__":
    main(run)
