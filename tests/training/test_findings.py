"""What the doctor finds within a training of ours: said when it is wrong, silent when it is right, never in the way."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.training_finds import BROKEN, HEALTHY

import vitreous as vt
from vitreous import report
from vitreous.cli.live import JsonLines, finding_lines
from vitreous.record.taps import Taps
from vitreous.report.page import render
from vitreous.report.run_files import read


class Heard(vt.Listener):
    def __init__(self):
        self.events = []

    def note(self, text):
        assert "not examined" not in text, text

    def finding(self, finding):
        self.events.append(("finding", finding))

    def epoch(self, line):
        self.events.append(("epoch", line["epoch"]))

    @property
    def findings(self):
        return [about for event, about in self.events if event == "finding"]


@pytest.fixture
def own_model(tmp_path):
    """A network of one's own, as `my_model.py:Name`."""
    path = tmp_path / "my_model.py"
    path.write_text(Path(__file__).with_name("training_finds.py").read_text())
    return lambda name: f"{path}:{name}"


@pytest.mark.parametrize(("name", "fault", "text"), BROKEN)
def test_a_fault_of_the_network_is_named_with_its_line_before_the_first_epoch_ends(
    quick, own_model, name, fault, text
):
    heard = Heard()
    run = quick("wine", model=own_model(name), epochs=2, listener=heard)
    (finding,) = heard.findings
    assert finding["fault"] == fault
    assert heard.events[0][0] == "finding"
    source = Path(own_model(name).partition(".py:")[0] + ".py").read_text().splitlines()
    assert text in source[finding["line"] - 1]
    assert run.result["findings"] == [finding]


@pytest.mark.parametrize("name", HEALTHY)
def test_a_right_network_of_ones_own_raises_nothing(quick, own_model, name):
    heard = Heard()
    assert quick("wine", model=own_model(name), epochs=3, listener=heard).result["findings"] == []
    assert heard.findings == []


@pytest.mark.parametrize(
    ("data", "settings"),
    [
        ("iris", {"model.name": "mlp"}),
        ("diabetes", {"model.name": "mlp", "train.epochs": 10}),
        ("breast_cancer", {"model.name": "perceptron", "train.epochs": 5}),
        ("digits", {"model.name": "cnn", "train.epochs": 1}),
        ("digits", {"model.name": "mlp", "train.epochs": 1, "model.activation": "sigmoid"}),
        ("digits", {"model.name": "mlp", "train.epochs": 3, "optimizer.name": "sgd", "optimizer.lr": 0.3}),
        ("digits", {"model.name": "mlp", "train.epochs": 2, "train.accumulate": 4, "train.loss": "focal"}),
        ("wine", {"model.name": "mlp", "train.epochs": 5, "data.normalize": False}),
        ("wine", {"model.name": "mlp", "train.batch_size": "full", "train.record_every": 7}),
    ],
)
def test_healthy_runs_and_unusual_settings_raise_nothing(quick, data, settings):
    assert quick(data, settings=settings).result["findings"] == []


def test_what_nobody_could_learn_is_no_fault(quick):
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(240, 6)).astype("f4"), generator.integers(0, 3, 240)
    assert quick((x, y), model="mlp").result["findings"] == []
    weak = (x[:, 0] + 3 * generator.normal(size=240)).astype("f4")
    assert quick((x, weak), model="mlp").result["findings"] == []


@pytest.mark.parametrize(("data", "rate"), [("digits", 1.0), ("diabetes", 1.0)])
def test_a_rate_a_thousand_times_too_high_is_named_at_the_end(quick, data, rate):
    heard = Heard()
    run = quick(data, model="mlp", lr=rate, epochs=6, listener=heard)
    (finding,) = run.result["findings"]
    assert finding["fault"] == "optim/lr-too-high"
    assert not finding["certain"]
    assert f"{rate:g} ->" in finding["fix"]
    assert [event for event, _ in heard.events] == ["epoch"] * 6 + ["finding"]


@pytest.mark.parametrize(("data", "rate"), [("digits", 1e-7), ("wine", 1e-7), ("diabetes", 1e-8)])
def test_a_rate_far_too_low_is_named_at_the_end(quick, data, rate):
    (finding,) = quick(data, model="mlp", lr=rate, epochs=6).result["findings"]
    assert finding["fault"] == "optim/lr-too-low"
    assert not finding["certain"]
    assert f"{rate:g} ->" in finding["fix"]


def test_a_loss_that_is_no_number_is_explained_before_the_error(quick):
    heard = Heard()
    with pytest.raises(vt.TrainingError, match="not a finite number"):
        quick(
            "diabetes",
            model="mlp",
            lr=1e18,
            listener=heard,
            settings={"optimizer.name": "sgd", "train.clip_norm": 0},
        )
    (finding,) = heard.findings
    assert finding["fault"] == "optim/lr-too-high"
    assert any(row["what"] == "first loss that is not a number" for row in finding["evidence"])
    assert Taps.active is None


def test_the_weights_and_the_history_are_the_same_to_the_last_bit(quick):
    runs = [
        quick("digits", model="cnn", epochs=2, settings={"train.findings": wanted, "model.dropout": 0.2})
        for wanted in (True, False)
    ]
    weights = [(run.folder / "model.safetensors").read_bytes() for run in runs]
    assert weights[0] == weights[1]
    timeless = [
        [{k: v for k, v in line.items() if "second" not in k} for line in run.history] for run in runs
    ]
    assert timeless[0] == timeless[1]
    assert [line["layers"] for line in runs[0].record] == [line["layers"] for line in runs[1].record]
    assert runs[1].result["findings"] == []


def test_nothing_stays_behind(quick, own_model):
    quick("wine", model=own_model("Good"), epochs=1)
    assert Taps.active is None
    assert torch._C._len_torch_function_stack() == 0
    with pytest.raises(vt.ModelError):
        quick("wine", model=own_model("Fails"), epochs=1)
    assert Taps.active is None


def test_an_examination_that_fails_is_a_note_and_the_run_goes_on(quick, monkeypatch):
    notes = []

    class Notes(vt.Listener):
        def note(self, text):
            notes.append(text)

    def fail(*_, **__):
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("vitreous.doctor.runs.verdict", fail)
    assert quick("iris", model="mlp", epochs=1, listener=Notes()).result["findings"] == []
    assert "not examined: ZeroDivisionError: of ours" in notes


def test_the_report_and_the_terminal_say_it(quick, own_model, capsys):
    from rich.console import Console

    run = quick("wine", model=own_model("Detached"), epochs=2)
    page = render(read(run.folder))
    assert "What is wrong with it" in page
    assert "model/disconnected" in page
    assert "my_model.py, line" in page
    Console(width=80, color_system=None).print(report.terminal(run.folder))
    assert "Wrong with this training: model/disconnected" in capsys.readouterr().out
    healthy = quick("wine", model=own_model("Good"), epochs=2)
    assert "What is wrong with it" not in render(read(healthy.folder))


def test_a_hostile_finding_stays_text(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    bad = "<script>alert(1)</script>\x1b[31m"
    finding = dict.fromkeys(("fault", "summary", "fix", "file"), bad) | {
        "line": "7", "certain": "yes", "explains": [bad], "evidence": [{"what": bad, "value": bad}, 3],
    }  # fmt: skip
    (folder / "result.json").write_text(json.dumps({"findings": [finding, "text", None]}))
    page = render(read(folder))
    assert "<script>alert" not in page
    assert "\x1b" not in page
    lines = finding_lines(
        {"fault": bad, "summary": "x " * 80, "line": 3, "file": bad, "fix": bad, "certain": True}
    )
    assert not any("\x1b" in line or len(line) > 80 for line in lines)


def test_programs_hear_of_it_as_json(capsys):
    import sys

    JsonLines(sys.stdout).finding({"fault": "a/b", "line": None, "value": math.nan})
    assert json.loads(capsys.readouterr().out) == {
        "event": "finding",
        "fault": "a/b",
        "line": None,
        "value": None,
    }


def test_a_run_that_is_only_short_has_nothing_wrong(quick):
    """Two epochs of 18 steps: the loss falls, and the accuracy is still that of chance."""
    run = quick("digits", model="mlp", epochs=2, settings={"model.hidden": [16, 12]})
    assert run.result["findings"] == []
