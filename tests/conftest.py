"""The order of the test files: whole builds first, so that no worker is left alone with one at the end."""

import os

import hypothesis
import pytest

os.environ["DVC_NO_ANALYTICS"] = "1"  # in repositories that tests set up it would report to a live address
# as many processes as cores: threads would wait for each other, and burn a core meanwhile
os.environ["OPENBLAS_NUM_THREADS"] = "1"
# other processes have the cores too: no example fails for having taken long
hypothesis.settings.register_profile("shared", deadline=None)
hypothesis.settings.load_profile("shared")

BUILDS = ("test_remote", "test_pipeline_edits", "test_readme", "test_pipeline_user_supplied",
          "test_pipeline_corpora", "test_pipeline_kills")  # fmt: skip
"""Longest first."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files, keep the order within each, and mark those of builds, for `-m`."""
    rank = {name: place for place, name in enumerate(BUILDS)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))
    for item in items:
        if item.path.stem in rank:
            item.add_marker("build")
