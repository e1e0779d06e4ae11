"""What all tests share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Finds a data set that is too large for the repository, or skips the test.

    It is looked for under the environment variable VITREOUS_DATA and in ../shared/data.
    """

    def find(name: str) -> Path:
        beside = Path(__file__).resolve().parents[2] / "shared" / "data"
        folder = Path(os.environ.get("VITREOUS_DATA", beside)) / name
        if not folder.exists():
            pytest.skip(f"{folder} does not exist; set VITREOUS_DATA to the folder that holds {name}")
        return folder

    return find
