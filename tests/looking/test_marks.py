"""Row K12: a finding of a run leads to the layers that it names, in the report and in a look at the run."""

import re
from pathlib import Path

import pytest
from tests.training import training_finds
from typer.testing import CliRunner

import vitreous as vt
from vitreous.cli.app import app
from vitreous.looking.target import look_at
from vitreous.report.layers import named_in

SETTINGS = {"train.baselines": False, "train.checks": False, "train.threads": 1}
LAYERS = {
    "features": False,
    "body.0": True,
    "body.1": False,
    "hidden1.linear": True,
    "conv1": True,
    "head": True,
}


@pytest.mark.parametrize(
    ("what", "unit", "wanted"),
    [
        ("parameters without any gradient", "(body.0.weight, body.0.bias)", ["body.0"]),
        ("outputs of body.1 that are zero", "%", ["body.1"]),
        ("outputs of head that are zero", "%", ["head"]),
        ("growth at each conv1", "times", ["conv1"]),
        ("parameters with requires_grad off", "of 6, as head.bias", ["head"]),
        ("gradient norm of the first layer over the last", "", ["body.0"]),
        ("the head of the features, in body.10 and xbody.0.weight", "", []),
        ("weight layers", "", []),
    ],
)
def test_row_K12_a_layer_is_known_by_its_name_and_by_its_parameters(what, unit, wanted):
    finding = {"fault": "x", "summary": "it is wrong", "evidence": [{"what": what, "value": 3, "unit": unit}]}
    assert named_in(finding, LAYERS) == wanted


@pytest.mark.parametrize("finding", [{}, {"evidence": None}, {"evidence": [3, {"what": {}}]}, {"summary": 7}])
def test_a_damaged_finding_names_nothing(finding):
    assert named_in(finding, LAYERS) == []


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose first layer gets no gradient, as the doctor has found."""
    model = f"{Path(training_finds.__file__)}:Detached"
    out = tmp_path_factory.mktemp("marks") / "the run"
    return vt.train("wine", model=model, epochs=1, out=out, settings=SETTINGS)


def test_row_K12_the_report_says_the_layers_and_the_command(run):
    (finding,) = run.result["findings"]
    assert finding["fault"] == "model/disconnected"
    text = re.sub(r"<[^>]+>", "", run.report().read_text(encoding="utf-8"))
    assert f"vitreous look &#39;{run.folder}&#39; --html look.html" in text
    assert "body.0" in text[text.index("model/disconnected") : text.index("vitreous look")]


def test_row_K12_a_look_at_the_run_marks_the_layers(run, tmp_path, tab):
    trace = look_at(str(run.folder))
    (mark,) = trace.marks
    assert (mark.fault, mark.layers) == ("model/disconnected", ("body.0",))
    path = tmp_path / "look.html"
    found = CliRunner().invoke(app, ["look", str(run.folder), "--html", str(path), "--views", "neurons"])
    assert found.exit_code == 0, found.output
    said = " ".join(found.output.split())
    assert "Found in this run: model/disconnected (body.0)" in said
    assert re.search(r"\b0 !", found.output), "the layer's row in the table"
    page = tab(path)
    state = page.locator("header .state", has_text="Found in this run")
    assert "model/disconnected" in state.inner_text()
    state.get_by_role("link", name="body.0").click()
    step = next(s for s in trace.steps if s.module == "body.0")
    assert page.locator(f"#step-{step.number}").evaluate("e => e.open")
    assert page.locator(".network .marked").count() == 1
    assert page.locator(f".network a[href='#step-{step.number}'] .marked").count() == 1
    assert page.locator("#structure table").last.get_by_text("! found").count() == 1


def test_row_K12_a_right_run_has_no_marks_nor_one_whose_result_is_gone(tmp_path, run):
    right = vt.train("iris", model="linear", epochs=20, lr=0.05, out=tmp_path / "right", settings=SETTINGS)
    assert right.result["findings"] == []
    assert look_at(str(right.folder)).marks == []
    (run.folder / "result.json").write_text("{", encoding="utf-8")
    assert look_at(str(run.folder)).marks == []
