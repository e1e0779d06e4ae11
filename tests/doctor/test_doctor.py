"""The command and what is around the faults: output, exit status, the script's own files, crashes, watching."""

import json
import subprocess
import sys

import pytest
import torch
from tests.doctor.scripts import CLASSIFIER, REGRESSION, changed, line_of
from torch import nn
from torch.nn import functional as F

import vitreous as vt
from vitreous.doctor.crash import explained
from vitreous.doctor.edits import insert_before, number, receiver, unwrapped
from vitreous.doctor.fault import Edit
from vitreous.doctor.faults import all_faults, load
from vitreous.doctor.page import render
from vitreous.doctor.patch import applied, unified
from vitreous.record.places import Place
from vitreous.record.taps import Taps

NO_CLEARING = changed(CLASSIFIER, ("        optimizer.zero_grad()", None))
HEADINGS = ("What it sees:", "Example:", "Fix:", "Certainty:", "Look-alikes:", "References:")


@pytest.mark.parametrize("name", all_faults())
def test_every_fault_says_what_it_is(name):
    file = all_faults()[name]
    text = file.module.__doc__
    assert [heading for heading in HEADINGS if heading not in text] == []
    assert "Why learning fails:" in text or "Why it matters:" in text
    assert load(name).fault == file.fault
    assert file.module.__name__.endswith(name.replace("/", ".").replace("-", "_"))


def test_json_has_the_public_schema(doctor, tmp_path):
    verdict, evidence = doctor(NO_CLEARING)
    path = tmp_path / "verdict.json"
    verdict.write_json(path)
    found = json.loads(path.read_text())

    assert {"script", "verdict", "seconds", "findings"} <= set(found)
    assert found["verdict"] == "faulty"
    first = found["findings"][0]
    assert set(first) >= {
        "fault",
        "severity",
        "confidence",
        "file",
        "line",
        "summary",
        "evidence",
        "fix",
        "proof",
        "explains",
    }
    assert first["stage"] == "optimizer"
    assert set(first["evidence"][0]) == {"what", "value", "unit", "step"}
    assert set(first["proof"]) == {"changed", "metric", "steps", "as_written", "with_fix"}
    assert len(first["proof"]["as_written"]) == len(first["proof"]["with_fix"])

    page = render(verdict, evidence)
    assert "<script" not in page
    assert "http" not in page.split("</style>")[1]
    assert "optim/no-zero-grad" in page and "loss.backward()" in page and "<svg" in page
    assert "line" in str(verdict) and "loss.backward()" in str(verdict)


def test_the_diff_cures_the_script(doctor):
    verdict, _ = doctor(NO_CLEARING, prove=False)
    diff = unified(verdict)
    assert "+        optimizer.zero_grad()" in diff
    cured = applied(NO_CLEARING, verdict.findings[0].edits)
    healthy, _ = doctor(cured)
    assert healthy.findings == []


def test_a_script_keeps_its_files_arguments_and_name(doctor, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text("before")
    lines = f"""
import os, sys, json
from pathlib import Path
open({str(kept)!r}, "a").write(" and after")
said = open({str(kept)!r}).read()
os.makedirs("results/inner", exist_ok=True)
torch.save(model.state_dict(), "results/inner/model.pt")
again = torch.load("results/inner/model.pt")
Path("results/log.json").write_text(json.dumps(sys.argv[1:]))
print("KEPT", said, "|", sys.argv[1:], __name__, os.path.basename(__file__) == os.path.basename(sys.argv[0]),
      sorted(os.listdir("results")), os.path.exists("results/log.json"), len(again) > 3)
"""
    verdict, evidence = doctor(CLASSIFIER + lines, "--lr", "0.1", prove=False)
    assert verdict.findings == []
    printed = " ".join(
        line.text for line in evidence.printed
    )  # print() writes each of its arguments by itself
    assert "KEPT before and after | ['--lr', '0.1'] __main__ True ['inner', 'log.json'] True True" in printed
    assert kept.read_text() == "before"


@pytest.mark.parametrize(
    ("change", "message", "given", "hint"),
    [
        (("nn.Linear(32, 4)", "nn.Linear(30, 4)"), "cannot be multiplied", "[30, 32] float32", "constructor"),
        (("        loss.backward()", "        loss.backward(); loss.backward()"), "second time", None, "detach"),
        (("criterion(model(xb), yb)", "criterion(model(xb), yb).detach()"), "does not require grad", None, "detach"),
        (("criterion(model(xb), yb)", "criterion(model(xb).long(), yb)"), "not implemented", "int64", "float"),
    ],
)  # fmt: skip
def test_a_crash_is_explained_by_the_tensors_behind_it(doctor, change, message, given, hint):
    source = changed(CLASSIFIER, change)
    verdict, evidence = doctor(source, prove=False)
    facts = dict(explained(evidence))
    assert verdict.verdict == "crashed"
    assert verdict.exit_status in (1, 2)
    assert message in facts["error"]
    marked = "loss.backward()" if "backward" in change[0] else "criterion(model(xb)"
    assert abs(evidence.crash.places[0].line - line_of(source, marked)) <= 1
    if given:
        assert any(given in fact for name, fact in facts.items() if name.startswith("given"))
    assert hint in facts["usually"]


def test_the_command_says_line_fix_and_proof_and_exits_with_one(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(NO_CLEARING)
    told = subprocess.run(
        [sys.executable, "-m", "vitreous", "doctor", "train.py", "--json", "verdict.json", "--time", "300", "--patch"],
        cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert told.returncode == 1, told.stderr
    assert told.stdout.startswith(
        "train.py learns, but not as it should: gradients are never"
    )  # its loss falls
    assert f"line {line_of(NO_CLEARING, 'loss.backward()')}" in told.stdout
    for word in ("optim/no-zero-grad", "fix", "proof", "as written", "+        optimizer.zero_grad()"):
        assert word in told.stdout
    assert json.loads((tmp_path / "verdict.json").read_text())["findings"][0]["fault"] == "optim/no-zero-grad"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["train.py", "verdict.json"]


def test_no_such_script_is_one_line(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "vitreous", "doctor", "nowhere.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert "there is no such file" in told.stderr
    assert "Traceback" not in told.stderr


def test_watching_in_process_names_what_is_certain_and_leaves_nothing():
    torch.manual_seed(0)
    x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with vt.watch() as w:
        for _ in range(12):
            loss = F.cross_entropy(torch.softmax(model(x), 1), y)
            loss.backward()
            optimizer.step()
    assert [f.fault for f in w.verdict().findings] == [
        "optim/no-zero-grad",
        "loss/softmax-before-cross-entropy",
    ]
    assert Taps.active is None
    with pytest.raises(vt.UsageError, match="has ended"):
        _ = vt.watch().evidence


def test_edits_are_made_from_the_syntax_tree(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(
        "if x:\n    opt = Adam(p,\n               lr=0.3)\n    y = F.softmax(net(x), dim=1)\n    opt.step()\n"
    )
    at = lambda line: Place(str(path), line)  # noqa: E731
    assert number(at(2), "lr", 0.003) == Edit(str(path), 3, 3, "               lr=0.003)")
    assert unwrapped(at(4), "softmax") == Edit(str(path), 4, 4, "    y = net(x)")
    assert insert_before(at(5), "opt.zero_grad()") == Edit(str(path), 5, 4, "    opt.zero_grad()")
    assert receiver(at(5), "step") == "opt"


def test_questions_are_asked_of_a_model_that_had_only_small_batches(doctor):
    _, evidence = doctor(f"{CLASSIFIER}model(x[:2])\n", prove=False)
    assert not evidence.not_checked


def test_regression_scripts_have_an_error_measure(doctor):
    _, evidence = doctor(REGRESSION, prove=False)
    errors = evidence.errors
    assert len(errors) == len(evidence.steps) == 180
    assert errors[-1] < 0.3 * errors[0]


def test_layers_that_get_their_shape_in_the_first_call_are_known_by_it(doctor):
    lazy = changed(CLASSIFIER, ("nn.Linear(32, 4)", "nn.LazyLinear(4)"))
    verdict, evidence = doctor(lazy, prove=False)
    assert not verdict.findings
    assert not evidence.not_checked
    (last,) = [p for p in evidence.parameters.values() if p.shape == [4, 32]]
    assert last.first is not None and last.norms
