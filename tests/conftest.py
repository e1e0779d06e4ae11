"""What all tests share."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

# Two test processes share the cores: threads of one that wait for work must not take them from the other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The doctor's tests first, seconds each: at the end, one process would have them all for itself."""
    items.sort(key=lambda item: "doctor" not in item.path.parts)


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


@pytest.fixture(scope="session")
def browser():
    """A real browser, one for all tests of a process: Playwright does not start twice in one."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip("no chromium on this machine")
    with api.sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield opened
        opened.close()
