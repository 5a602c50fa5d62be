"""What every test may ask for, and what no test may be disturbed by."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
SHARED_DATA = Path(__file__).resolve().parents[1] / "../shared/data"

# A slow machine is no defect. In CI the same examples come each time, so that a failure is the change's own.
settings.register_profile("house", deadline=None, derandomize=IN_CI)
settings.load_profile("house")

# Streamlit reads these above .streamlit/config.toml, in this process (AppTest) and in servers started from it.
for _name in [name for name in os.environ if name.startswith("STREAMLIT_")]:
    del os.environ[_name]

# A developer's own site settings change defaults; tests see the published ones.
os.environ["IRONREPORT_CONFIG"] = os.devnull


@pytest.fixture(scope="session")
def not_here() -> Callable[[str], NoReturn]:
    """Say what a test wants and does not find: it is skipped, but fails in CI, where nothing is left out unseen."""
    return pytest.fail if IN_CI else pytest.skip


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """Folder of the checkout, where ``app.py`` stands."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data(not_here: Callable[[str], NoReturn]) -> Path:
    """Folder of real exams beside the checkout; they are never copied into it."""
    if not SHARED_DATA.is_dir():
        not_here("The folder ../shared/data with real exams is not beside this checkout.")
    return SHARED_DATA.resolve()
