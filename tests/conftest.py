"""The order of the test files: complete builds first, so that no worker is alone with one at the end."""

import os

import hypothesis
import pytest

os.environ["DVC_NO_ANALYTICS"] = "1"  # else DVC reports to a live address
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # there are as many processes as cores: threads would only wait
# no deadline, because other processes use the cores too
hypothesis.settings.register_profile("shared", deadline=None)
hypothesis.settings.load_profile("shared")

BUILDS = ("test_remote", "test_pipeline_edits", "test_readme", "test_pipeline_user_supplied",
          "test_pipeline_corpora", "test_pipeline_kills")  # fmt: skip
"""Longest first."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files, keep the order in each, and mark the builds, for `-m`."""
    rank = {name: place for place, name in enumerate(BUILDS)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))
    for item in items:
        if item.path.stem in rank:
            item.add_marker("build")
