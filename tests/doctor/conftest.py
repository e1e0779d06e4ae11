"""One process with torch loaded runs every script of these tests."""

import time
from pathlib import Path

import pytest

from vitreous.doctor.diagnose import Options, examine
from vitreous.doctor.runner import Runner

PATIENCE = 600.0  # seconds for one script: the machine may be busy, and what is found must not depend on that


@pytest.fixture(scope="session")
def doctor(tmp_path_factory):
    """Examines a script given as text: doctor(source, prove=True) -> verdict, evidence."""
    folder = tmp_path_factory.mktemp("scripts")
    start = folder / "start.py"
    start.write_text("import sklearn.datasets\n")
    with Runner(start, [], folder) as runner:
        count = iter(range(10_000))

        def run(source, *arguments, prove=True, steps=None):
            runner.script = folder / f"script{next(count)}.py"
            runner.arguments = list(arguments)
            Path(runner.script).write_text(source)
            options = Options(seconds=PATIENCE, prove=prove, steps=steps)
            return examine(runner, options, time.monotonic() + PATIENCE)

        yield run
