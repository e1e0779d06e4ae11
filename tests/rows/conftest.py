"""Small runs for the rows of the requirements."""

from unittest.mock import patch

import pytest

import vitreous as vt

BARE = {"train.baselines": False, "train.checks": False, "train.threads": 1}


@pytest.fixture(scope="session")
def fit(tmp_path_factory):
    """Trains without checks, baselines and report, in a folder of its own."""
    folder = tmp_path_factory.mktemp("rows")
    number = 0

    def train(data, *, settings=None, **short):
        nonlocal number
        number += 1
        with patch("vitreous.report.write"):
            return vt.train(
                data, out=folder / f"run-{number}", settings={**BARE, **(settings or {})}, **short
            )

    return train
