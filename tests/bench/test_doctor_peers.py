"""The published tools beside ours: every message kind is mapped, calls are made where a user would write them."""

import json
import subprocess
import sys
from importlib import import_module

import pytest
import torch
from bench.doctor_peers import Said, judge
from bench.peers import doctor as contenders
from bench.peers.doctor import _watching
from tests.faults.corpus import FAULTS, Case
from torch import nn

SCRIPT = """
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
x, y = torch.randn(40, 3), torch.randint(0, 2, (40,))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)))


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        F.cross_entropy(net(x[:10]), y[:10])
print("DONE", sum(p.sum().item() for p in net.parameters()))
"""
CASE = {"fault": "optim/lr-too-low", "accept": ["optim/frozen"], "lines": [20, 21], "split": "tune"}


@pytest.mark.parametrize("name", contenders.names())
def test_every_kind_of_message_means_faults_of_the_catalogue(name):
    module = import_module(f"bench.peers.doctor.{name}")
    assert module.__doc__ and module.PACKAGE
    assert {fault for faults in module.RULES.values() for fault in faults} <= set(FAULTS)
    assert any(module.RULES.values())


def test_the_lint_without_ids_is_read_by_its_words():
    from bench.peers.doctor import pulseml_lint

    assert set(pulseml_lint.WORDING.values()) < set(pulseml_lint.RULES)
    assert (
        pulseml_lint.rule_of("function 'f' calls .backward() but no .zero_grad() appears in it")
        == "no zero_grad"
    )
    assert pulseml_lint.rule_of("something new") == "other"


def test_calls_are_made_where_a_user_would_write_them(tmp_path, capsys):
    heard = []

    class Told(_watching.Session):
        def __init__(self, model, optimizer):
            super().__init__(model, optimizer)
            heard.append(("made", type(model).__name__, type(optimizer).__name__))

        def before_backward(self, loss):
            grads = [p.grad for p in self.model.parameters()]
            heard.append(("before", grads.count(None)))

        def after_backward(self, loss, held_out):
            heard.append(("backward", all(p.grad is not None for p in self.model.parameters())))

        def after_step(self, loss, held_out):
            heard.append(("step", round(loss, 4), held_out is not None))

    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    before = (nn.Module.__call__, torch.Tensor.backward, nn.functional.cross_entropy, sys.modules["__main__"])
    try:
        with _watching.Watcher(Told, str(path)):
            assert _watching.run_script(path) is None
    finally:
        sys.modules["__main__"] = before[3]
        sys.path.remove(str(tmp_path))
    assert heard[0] == ("made", "Net", "SGD")
    assert heard[1:4:2] == [("before", 4), ("step", pytest.approx(heard[3][1]), False)]
    assert [event for event, *_ in heard[1:]] == ["before", "backward", "step"] * 3
    assert [held for event, *rest in heard if event == "step" for held in rest[1:]] == [False, True, True]
    assert (nn.Module.__call__, torch.Tensor.backward, nn.functional.cross_entropy) == before[:3]
    watched = capsys.readouterr().out
    plain = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
    assert watched == plain.stdout  # the same weights, to the last digit


def test_messages_are_judged_generously_and_alarms_are_counted():
    case = Case("somewhere", "cases", CASE)
    said = [Said(("optim/lr-too-high",), None, True), Said(("data/non-finite", "optim/frozen"), 23, True)]
    row = judge(case, "faulty_result", said)
    assert (row["named"], row["first"], row["third"], row["line"]) == ([True], False, True, True)
    assert judge(case, "faulty_result", said[1:])["first"]
    assert judge(case, "faulty_result", [Said(("optim/frozen",), 25, False)])["line"] is False
    assert judge(case, "faulty_result", [Said(("optim/frozen",), 25, False)])["first"]
    assert judge(case, "fixed_result", said)["alarm"]
    assert not judge(case, "fixed_result", [Said(("optim/frozen",), 25, False)])["alarm"]
    other = CASE | {"fault": "train/overfit", "accept": []}
    several = Case("both", "several", {"split": "tune", "faults": [CASE, other]})
    row = judge(several, "faulty_result", said)
    assert (row["named"], row["right"], row["said"]) == ([True, False], 1, 2)


def test_a_contender_is_a_process_that_ends_with_one_line(tmp_path):
    """The lint needs its package; the process around it does not."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    code = "from bench.peers.doctor._watching import Session, main, watched; main(watched(Session))"
    told = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) | {"seconds": 0} == {
        "findings": [], "sessions": 1, "script_error": None, "seconds": 0,
    }  # fmt: skip
    assert "DONE" in told.stderr
