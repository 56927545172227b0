"""The order of the test files: whole builds first, so that no worker is left alone with one at the end."""

import pytest

LONG = ("test_pipeline", "test_readme", "test_remote")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files, and keep the order within each."""
    items.sort(key=lambda item: not item.path.name.startswith(LONG))
