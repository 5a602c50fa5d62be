"""Tests of fits take long: many of them fit hundreds of decays."""

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that ``make quick`` leaves them out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("slow")
