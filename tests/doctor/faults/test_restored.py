"""Experiments that restore what a script took away: a graph, a missing half of a step, pairs, classes, the input."""

import subprocess
import sys

import pytest
import torch

from vitreous.doctor import draws
from vitreous.doctor.faults.loss.not_differentiable import _sloping

START = """
import torch
from torch import nn
from torch.nn import functional as F
torch.manual_seed(0)
x = torch.randn(480, 6)
y = (x[:, 0] > 0).long() + 2 * (x[:, 1] > 0).long()
"""
LOOP = """
model = Net()
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
for epoch in range(8):
    for rows in torch.randperm(480).split(40):
        loss = F.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
"""


def network(line, outputs=4):
    """A network with one line between its two layers."""
    return f"""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(6, 32)
        self.head = nn.Linear(32, {outputs})

    def forward(self, x):
        hidden = torch.relu(self.body(x))
        {line}
        return self.head(hidden)
"""


def plain(*changes, net="hidden = hidden + 0"):
    text = START + network(net) + LOOP
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


STEP = "        optimizer.step()\n"
LOSS = "        loss = F.cross_entropy(model(x[rows]), y[rows])\n"
APART = (
    LOSS,
    "        given = x[rows]\n        given = given[torch.randperm(len(given))]\n"
    "        loss = F.cross_entropy(model(given), y[rows])\n",
)
FUNCTION = (
    START + network("hidden = hidden + 0") + "\n"
    "def run(model, optimizer=None):\n"
    "    for rows in torch.randperm(480).split(40):\n"
    "        loss = F.cross_entropy(model(x[rows]), y[rows])\n"
    "        if optimizer is not None:\n"
    "            optimizer.zero_grad()\n            loss.backward()\n            optimizer.step()\n"
    "    return loss.item()\n\n"
    "model = Net()\noptimizer = torch.optim.Adam(model.parameters(), 1e-2)\n"
    "for epoch in range(8):\n    print(epoch, run(model))\n"
)
LOADERS = plain(
    (
        "for epoch in range(8):\n    for rows in torch.randperm(480).split(40):\n",
        "inputs = torch.utils.data.DataLoader(x, batch_size=40, shuffle=True)\n"
        "labels = torch.utils.data.DataLoader(y, batch_size=40, shuffle=True)\n"
        "for epoch in range(8):\n    for given, meant in zip(inputs, labels):\n",
    ),
    (LOSS, "        loss = F.cross_entropy(model(given), meant)\n"),
)

WAYS = {
    "a list of numbers": (
        plain(net="hidden = torch.tensor(hidden.tolist())"),
        "model/disconnected",
        "tolist()",
    ),
    "through numpy": (
        plain(net="hidden = torch.from_numpy(hidden.detach().numpy())"),
        "model/disconnected",
        ".numpy()",
    ),
    "a parameter": (plain(net="hidden = nn.Parameter(hidden)"), "model/disconnected", "nn.Parameter(hidden)"),
    "nothing but a shape": (
        plain(net="hidden = torch.zeros_like(hidden)"),
        "model/ignores-input",
        "zeros_like",
    ),
    "a mask of zeros": (
        plain(net="hidden = hidden * (torch.arange(32) < 0).float()"),
        "model/ignores-input",
        "torch.arange(32) < 0",
    ),
    "summed over the batch": (
        plain(net="hidden = torch.cumsum(hidden, dim=0)"),
        "model/mixes-samples",
        "dim=0",
    ),
    "the chosen class": (
        plain(
            (
                LOSS,
                "        chosen = model(x[rows]).argmax(1).float().requires_grad_()\n"
                "        loss = F.mse_loss(chosen, y[rows].float())\n",
            )
        ),
        "loss/not-differentiable",
        ".argmax(1)",
    ),
    "a number": (
        plain(
            (
                LOSS,
                "        number = F.cross_entropy(model(x[rows]), y[rows]).item()\n"
                "        loss = torch.tensor(number, requires_grad=True)\n",
            )
        ),
        "loss/not-differentiable",
        ".item()",
    ),
    "a list of items": (
        plain(
            (
                LOSS,
                "        apart = F.cross_entropy(model(x[rows]), y[rows], reduction='none')\n"
                "        loss = torch.tensor([one.item() for one in apart], requires_grad=True).mean()\n",
            )
        ),
        "loss/not-differentiable",
        ".item()",
    ),
    "a threshold in a Variable": (
        plain(
            (
                LOSS,
                "        said = (model(x[rows])[:, 0] > 0).float()\n"
                "        loss = F.binary_cross_entropy(said, (y[rows] > 1).float())\n"
                "        loss = torch.autograd.Variable(loss, requires_grad=True)\n",
            )
        ),
        "loss/not-differentiable",
        "> 0).float()\n",
    ),
    "no backward": (plain(("        loss.backward()\n", "")), "optim/no-step", "optimizer.step()"),
    "no step": (plain((STEP, "")), "optim/no-step", "loss.backward()"),
    "neither half": (FUNCTION, "optim/no-step", "run(model))"),
    "too few outputs": (
        plain(("self.head = nn.Linear(32, 4)", "self.head = nn.Linear(32, 3)")),
        "data/label-range",
        "nn.Linear(32, 3)",
    ),
    "another order in the loop": (plain(APART), "data/labels-misaligned", "torch.randperm(len(given))"),
    "two loaders": (LOADERS, "data/labels-misaligned", "labels ="),
    "sorted alone": (
        plain(("\nclass Net", "\ny, _ = torch.sort(y)\n\nclass Net")),
        "data/labels-misaligned",
        "torch.sort",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_what_a_script_took_away_is_named_where_it_did_and_put_back(doctor, way):
    script, fault, text = WAYS[way]
    found, _ = doctor(script)
    first = found.findings[0]
    line = next(n for n, one in enumerate(script.splitlines(keepends=True), 1) if text in one)
    assert first.fault == fault
    assert abs(first.line - line) <= 1
    assert first.proof is not None
    assert first.proof.gain > 0.3, first.proof


def test_the_same_script_without_any_of_it_is_right(doctor):
    assert not [f for f in doctor(plain())[0].findings if f.severity != "note"]


def test_a_generator_that_never_steps_is_named_at_its_own_backward_pass(doctor):
    script = """
import torch
from torch import nn
torch.manual_seed(0)
maker, judge = nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
first, second = torch.optim.Adam(maker.parameters(), 1e-3), torch.optim.Adam(judge.parameters(), 1e-3)
loss = nn.BCEWithLogitsLoss()
for step in range(60):
    real, fake = torch.randn(32, 2) + 2, maker(torch.randn(32, 3))
    second.zero_grad()
    found = loss(judge(real), torch.ones(32, 1)) + loss(judge(fake.detach()), torch.zeros(32, 1))
    found.backward()
    second.step()
    first.zero_grad()
    loss(judge(fake), torch.ones(32, 1)).backward()
"""
    finding = doctor(script, prove=False)[0].findings[0]
    assert (finding.fault, finding.line) == ("optim/no-step", 15)
    stepped = script + "    first.step()\n"
    assert "optim/no-step" not in [f.fault for f in doctor(stepped, prove=False)[0].findings]


def test_a_script_that_only_evaluates_misses_no_step(doctor):
    script = FUNCTION.replace("range(8):\n    print(", "range(8):\n    model.eval()\n    print(")
    assert not [f for f in doctor(script, prove=False)[0].findings if f.fault == "optim/no-step"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("for x, y in loader:\n    x = x[torch.randperm(len(x))]\n", [(2, 2)]),
        ("for x, y in loader:\n    order = torch.randperm(len(x))\n    x = x[order]\n", [(2, 3)]),
        ("for x, y in loader:\n    order = torch.randperm(len(x))\n    x, y = x[order], y[order]\n", []),
        ("for rows in torch.randperm(9).split(3):\n    a = x[rows]\n", []),
        ("x = x[torch.randperm(len(x))]\n", []),
    ],
)
def test_an_order_that_is_drawn_in_a_loop_for_one_name(tmp_path, text, lines):
    path = tmp_path / "script.py"
    path.write_text(text)
    assert list(draws.in_loops(str(path))) == lines


def test_a_threshold_has_the_slope_of_a_sigmoid_and_a_probability_its_own():
    scores = torch.tensor([-2.0, 0.5, 3.0])
    assert torch.allclose(_sloping("__gt__", scores, 1.0), torch.sigmoid(scores - 1))
    assert torch.allclose(_sloping("lt", scores, 1.0), torch.sigmoid(1 - scores))
    assert torch.equal(_sloping("gt", scores.sigmoid(), 0.5), scores.sigmoid())


def test_a_verdict_needs_neither_torch_nor_scikit_learn_in_its_own_process():
    code = (
        "import sys; from vitreous.doctor import diagnose; from vitreous.doctor.faults import all_faults; all_faults();"
        "print(sorted({'torch', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


DRAWN = """
import torch
from torch import nn
from torch.nn import functional as F
torch.manual_seed(0)
x = torch.randn(2000, 12)
y = x[:, :4].sum(1, keepdim=True).sign() * x[:, 4:5]


def batch(size):
    rows = torch.randint(2000, (size,))
    return x[rows], y[rows]


net = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(net.parameters(), 1e-2)
given, meant = batch(32)
for step in range(400):
    loss = F.mse_loss(net(given), meant)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 40 == 39:
        with torch.no_grad():
            others, truth = batch(100)
            print(step, loss.item(), F.mse_loss(net(others), truth).item())
"""


def test_a_batch_that_is_drawn_in_front_of_the_loop_is_named_there_and_proven(doctor):
    first = doctor(DRAWN)[0].findings[0]
    assert (first.fault, first.line) == ("data/repeated-batch", 17)
    assert first.proof is not None
    inside = DRAWN.replace("given, meant = batch(32)\nfor", "for").replace(
        "range(400):\n", "range(400):\n    given, meant = batch(32)\n"
    )
    assert "data/repeated-batch" not in [f.fault for f in doctor(inside)[0].findings]


def test_all_that_there_is_may_be_drawn_once(doctor):
    whole = DRAWN.replace("batch(32)", "batch(2000)").replace("range(400)", "range(150)")
    assert "data/repeated-batch" not in [f.fault for f in doctor(whole)[0].findings]


RARE = """
import torch
from torch import nn
torch.manual_seed(3)
y = (torch.rand(3000) < 0.04).long()
x = torch.randn(3000, 8)
x[:, 0] += 1.2 * y
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(net.parameters(), 1e-2)
criterion = nn.CrossEntropyLoss(weight=torch.tensor([0.52, 12.5]))
for epoch in range(6):
    for rows in torch.randperm(3000).split(50):
        loss = criterion(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
"""


def test_fewer_errors_by_saying_the_commonest_class_are_no_gain_where_the_loss_is_weighted(doctor):
    assert not [f for f in doctor(RARE)[0].findings if f.severity != "note"]


BY_ANOTHER = """
import torch
from sklearn.metrics import log_loss
from torch import nn
torch.manual_seed(0)
x = torch.randn(260, 20)
y = (x[:, :2].sum(1) + torch.randn(260) > 0).float()
net = nn.Sequential(nn.Linear(20, 128), nn.ReLU(), nn.Linear(128, 1))
optimizer = torch.optim.Adam(net.parameters(), 1e-2)
for epoch in range(80):
    for rows in torch.randperm(160).split(20):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[rows])[:, 0], y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 4:
        with torch.no_grad():
            said = torch.sigmoid(net(x[160:]))[:, 0].numpy()
        print(f"epoch {epoch} train loss {loss.item():.4f} val loss {log_loss(y[160:].numpy(), said):.4f}")
"""


def test_a_validation_loss_that_another_library_computes_is_read_from_what_is_printed(doctor):
    assert "train/overfit" in [f.fault for f in doctor(BY_ANOTHER, prove=False)[0].findings]
    shorter = BY_ANOTHER.replace("range(80)", "range(5)")
    assert "train/overfit" not in [f.fault for f in doctor(shorter, prove=False)[0].findings]
