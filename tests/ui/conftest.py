"""Pages run without a browser."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def every_page_runs_beside_packages_that_were_searched(installed_packages_are_searched_once: None) -> None:
    """Each test of this folder opens pages."""
