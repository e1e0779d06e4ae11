"""A run folder from a stranger cannot make us run the code it names."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import vitreous as vt

NETWORK = """
from pathlib import Path
from torch import nn

Path({canary!r}).touch()


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(NETWORK.format(canary=str(tmp_path / "canary")))
    return tmp_path


def arrays() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 4)).astype(np.float32)
    return x, (x[:, 0] > 0).astype(int)


def test_own_network_with_two_logits_does_a_binary_task_and_is_used_again(folder: Path) -> None:
    x, y = arrays()
    run = vt.train((x, y), model="net.py:Net", out=folder / "run", epochs=2, baselines=False)
    predicted = vt.Run(folder / "run").predict(x)
    assert len(predicted["prediction"]) == 60
    assert run.result["model"] == "net.py:Net"
    columns = [values for name, values in predicted.items() if name.startswith("probability_")]
    np.testing.assert_allclose(np.sum(columns, axis=0), 1, atol=1e-9)


def test_a_run_trained_elsewhere_needs_trust(folder: Path) -> None:
    x, y = arrays()
    vt.train((x, y), model="net.py:Net", out=folder / "run", epochs=1, baselines=False)
    shutil.move(folder / "run", folder / "sent")
    (folder / "canary").unlink()
    with pytest.raises(vt.RunError, match="--trust"):
        vt.Run(folder / "sent").predict(x)
    with pytest.raises(vt.RunError, match="--trust"):
        (folder / "sent" / "result.json").unlink()
        vt.resume(folder / "sent", data=(x, y))
    assert not (folder / "canary").exists()
    assert vt.Run(folder / "sent", trust=True).predict(x)["prediction"]


def test_a_config_file_cannot_name_code(folder: Path) -> None:
    (folder / "hostile.toml").write_text('[model]\nname = "os:system"\ncommand = "touch canary"\n')
    with pytest.raises(vt.RecipeError, match="names the code"):
        vt.train("iris", config="hostile.toml", out=folder / "run")
    assert not (folder / "canary").exists()
    assert not (folder / "run").exists()
