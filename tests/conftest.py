"""The order of the test files: whole builds first, so that no worker is left alone with one at the end."""

import os
import sys

import pytest

os.environ["DVC_NO_ANALYTICS"] = "1"  # in repositories that tests set up it would report to a live address
# pandera imports it where it finds it, for some seconds, and no user has it
sys.modules["dask.dataframe"] = None  # type: ignore[assignment]

LONG = ("test_pipeline", "test_readme", "test_remote")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files, and keep the order within each."""
    items.sort(key=lambda item: not item.path.name.startswith(LONG))
