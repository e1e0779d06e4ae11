"""Runs that exist, side by side: what they reached and what they differ in."""

import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

import vitreous as vt
from vitreous.cli.app import app
from vitreous.errors import RunError
from vitreous.training.side_by_side import side_by_side


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, rate in (("slow", 0.001), ("fast", 0.01)):
        settings = {"optimizer.lr": rate, "train.baselines": False, "train.checks": False}
        vt.train("iris", model="linear", epochs=5, settings=settings, out=folder / name)
    vt.train("wine", model="linear", epochs=1, settings={"train.baselines": False}, out=folder / "other")
    return folder


def shown(found):
    console = Console(width=80)
    with console.capture() as captured:
        console.print(found)
    return captured.get()


def test_H9_runs_are_compared_by_settings_and_figures(runs):
    found = side_by_side([runs / "slow", runs / "fast"])
    assert found.settings == {"optimizer.lr": [0.001, 0.01]}
    assert found.same_data
    assert [r["test.accuracy"] for r in found.results] == [
        vt.Run(runs / name).result["test.accuracy"] for name in ("slow", "fast")
    ]
    text = shown(found)
    assert "optimizer.lr" in text and "0.001" in text and "test accuracy" in text


def test_other_data_and_equal_recipes_are_said(runs):
    assert "different data" in shown(side_by_side([runs / "slow", runs / "other"]))
    assert "recipes are the same" in shown(side_by_side([runs / "slow", runs / "slow"]))


def test_the_command(runs):
    ran = CliRunner().invoke(app, ["compare", str(runs / "slow"), str(runs / "fast"), "--json"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.output)["settings"] == {"optimizer.lr": [0.001, 0.01]}


def test_a_folder_without_a_run(runs, tmp_path):
    with pytest.raises(RunError, match="no run in this folder"):
        side_by_side([runs / "slow", tmp_path])
