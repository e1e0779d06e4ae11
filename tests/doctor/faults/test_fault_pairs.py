"""Fifteen faults, each by a small script that has it and the same script without it.

A script has one line with HERE, the line to find. The change that removes the fault stands beside it.
"""

from __future__ import annotations

import pytest

CLASSES = """
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
x = torch.randn(512, 8)
y = (x[:, 0] * 2 + x[:, 1] > 0).long() + (x[:, 2] > 0.5).long()
"""

NUMBERS = """
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
x = torch.randn(512, 6)
y = torch.sin(2 * x[:, :1]) + x[:, 1:2] * x[:, 2:3]
"""

MLP = "model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3))\n"

LOOP = """
for step in range(120):
    rows = torch.arange(step * 64, step * 64 + 64) % 512
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

PAIRS = [
    (
        "optim/lr-schedule",
        CLASSES + MLP + "optimizer = torch.optim.SGD(model.parameters(), lr=0.5)\n"
        "scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.7)\n"
        + LOOP.format(loss="F.cross_entropy(model(x[rows]), y[rows])")
        + "    scheduler.step()  # HERE\n",
        ("    scheduler.step()", "    if step % 30 == 29: scheduler.step()"),
    ),
    (
        "optim/weight-decay-too-high",
        CLASSES + MLP + "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=0.9)  # HERE\n"
        + LOOP.format(loss="F.cross_entropy(model(x[rows]), y[rows])"),
        ("weight_decay=0.9", "weight_decay=1e-5"),
    ),
    (
        "optim/accumulation-scale",
        CLASSES + MLP + "optimizer = torch.optim.SGD(model.parameters(), lr=0.4, momentum=0.9)\n"
        "for step in range(1600):\n"
        "    rows = torch.arange(step * 16, step * 16 + 16) % 512\n"
        "    loss = F.cross_entropy(model(x[rows]), y[rows])\n"
        "    loss.backward()  # HERE\n"
        "    if step % 20 == 19:\n"
        "        optimizer.step()\n"
        "        optimizer.zero_grad()\n",
        ("    loss.backward()", "    (loss / 20).backward()"),
    ),
    (
        "loss/not-differentiable",
        NUMBERS + "model = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 1))\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
        + LOOP.format(loss="F.mse_loss(torch.round(model(x[rows])), y[rows])  # HERE"),
        ("torch.round(model(x[rows]))", "model(x[rows])"),
    ),
    (
        "loss/swapped-arguments",
        CLASSES + "t = (y > 0).float()\n" + MLP.replace("3)", "1)")
        + "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
        + LOOP.format(loss="F.binary_cross_entropy_with_logits(t[rows], model(x[rows]).squeeze(1))  # HERE"),
        ("(t[rows], model(x[rows]).squeeze(1))", "(model(x[rows]).squeeze(1), t[rows])"),
    ),
    (
        "loss/log-of-zero",
        CLASSES + "t = (y > 0).float()\n" + MLP.replace("3)", "1)")
        + "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
        "def entropy(p, t):\n"
        "    return (t * torch.log(t / p) - (1 - t) * torch.log(1.001 - p)).mean()  # HERE\n"
        + LOOP.format(loss="entropy(model(x[rows]).squeeze(1).sigmoid(), t[rows])"),
        ("t * torch.log(t / p)", "t * torch.log((t + 1e-6) / p)"),
    ),
    (
        "loss/keeps-graph",
        CLASSES + MLP + "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\nhistory = []\n"
        + LOOP.format(loss="F.cross_entropy(model(x[rows]), y[rows])")
        + "    history.append(loss)  # HERE\n",
        ("history.append(loss)", "history.append(loss.item())"),
    ),
    (
        "model/vanishing-gradients",
        CLASSES + "layers = []\nfor i in range(6):\n"
        "    layers += [nn.Linear(8, 8), nn.Sigmoid()]  # HERE\n"
        "model = nn.Sequential(*layers, nn.Linear(8, 3))\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
        + LOOP.format(loss="F.cross_entropy(model(x[rows]), y[rows])"),
        ("nn.Sigmoid()", "nn.ReLU()"),
    ),
    (
        "model/exploding-gradients",
        CLASSES + "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(4))\n"
        "        self.out = nn.Linear(8, 3)\n"
        "    def forward(self, x):\n"
        "        everyone = torch.ones(8, 8) + 6 * torch.eye(8)\n"
        "        for layer in self.layers:\n"
        "            x = torch.relu(layer(x)) @ everyone  # HERE\n"
        "        return self.out(x)\n"
        "model = Net()\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)\n"
        + LOOP.format(loss="F.cross_entropy(model(x[rows]), y[rows])"),
        ("torch.relu(layer(x)) @ everyone", "torch.relu(layer(x)) * 1.5"),
    ),
    (
        "model/ignores-input",
        CLASSES + "t = (y > 0).float()[:, None]\n"
        "model = nn.Sequential(\n"
        "    nn.Linear(8, 32),\n"
        "    nn.ReLU(),\n"
        "    nn.Linear(32, 1),\n"
        "    nn.Softmax(dim=1),  # HERE\n"
        ")\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
        + LOOP.format(loss="F.binary_cross_entropy(model(x[rows]), t[rows])"),
        ("nn.Softmax(dim=1)", "nn.Sigmoid()"),
    ),
    (
        "model/mixes-samples",
        CLASSES + "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.gru = nn.GRU(2, 12, bidirectional=True, batch_first=True)\n"
        "        self.out = nn.Linear(24, 3)\n"
        "    def forward(self, x):\n"
        "        _, state = self.gru(x.view(len(x), 4, 2))\n"
        "        return self.out(state.reshape(len(x), 24))  # HERE\n"
        "model = Net()\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
        + LOOP.format(loss="F.cross_entropy(model(x[rows]), y[rows])"),
        ("state.reshape(len(x), 24)", "state.transpose(0, 1).reshape(len(x), 24)"),
    ),
    (
        "model/sees-the-future",
        "import torch\nfrom torch import nn\nimport torch.nn.functional as F\ntorch.manual_seed(0)\n"
        "walk = torch.cumsum(torch.randn(400, 17) * 0.3, dim=1)\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.first = nn.Conv1d(1, 16, 3)\n"
        "        self.out = nn.Conv1d(16, 1, 1)\n"
        "    def forward(self, x):\n"
        "        padded = F.pad(x.unsqueeze(1), (1, 1))  # HERE\n"
        "        return self.out(torch.relu(self.first(padded))).squeeze(1)\n"
        "model = Net()\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
        "for step in range(60):\n"
        "    series = walk[torch.arange(step * 40, step * 40 + 40) % 400]\n"
        "    loss = F.mse_loss(model(series[:, :-1]), series[:, 1:])\n"
        "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n",
        ("(1, 1))", "(2, 0))"),
    ),
    (
        "model/tiny-batch-norm",
        NUMBERS + "from torch.utils.data import DataLoader, TensorDataset\n"
        "y = (y - y.mean()) / y.std()\n"
        "loader = DataLoader(TensorDataset(x, y), batch_size=2, shuffle=True)  # HERE\n"
        "model = nn.Sequential(\n    nn.Linear(6, 48), nn.BatchNorm1d(48), nn.ReLU(),\n"
        "    nn.Linear(48, 48), nn.BatchNorm1d(48), nn.ReLU(),\n    nn.Linear(48, 1),\n)\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)\n"
        "for epoch in range(EPOCHS):\n"
        "    for a, b in loader:\n"
        "        loss = F.mse_loss(model(a), b)\n"
        "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()\n".replace("EPOCHS", "3"),
        ("batch_size=2", "batch_size=64"),
    ),
    (
        "model/saturated-units",
        NUMBERS.replace("512", "16384").replace("y = ", "y = torch.sin(2 * x[:, :1]) + x[:, 1:2]  # ")
        + "weights = [\n    (4 * torch.randn(6, 64)).requires_grad_(),  # HERE\n"
        "    (4 * torch.randn(64, 64)).requires_grad_(),\n"
        "    (0.1 * torch.randn(64, 1)).requires_grad_(),\n]\n"
        "optimizer = torch.optim.Adam(weights, lr=5e-3)\n"
        "def model(x):\n"
        "    for w in weights[:-1]:\n"
        "        x = torch.tanh(x @ w)\n"
        "    return x @ weights[-1]\n"
        + LOOP.replace("512", "16384").replace("120", "300").format(loss="F.mse_loss(model(x[rows]), y[rows])"),
        ("4 * torch.randn", "0.2 * torch.randn"),
    ),
    (
        "model/too-small",
        NUMBERS + "model = nn.Sequential(nn.Linear(6, 1), nn.Tanh(), nn.Linear(1, 1))  # HERE\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
        + LOOP.format(loss="F.mse_loss(model(x[rows]), y[rows])").replace("120", "400"),
        ("nn.Linear(6, 1), nn.Tanh(), nn.Linear(1, 1)", "nn.Linear(6, 64), nn.Tanh(), nn.Linear(64, 1)"),
    ),
]  # fmt: skip
LONG = [  # half a minute each; scripts of the corpus show the same
    "optim/accumulation-scale", "model/tiny-batch-norm", "model/vanishing-gradients", "model/exploding-gradients",
    "loss/log-of-zero", "model/too-small", "loss/swapped-arguments", "optim/weight-decay-too-high",
    "optim/lr-schedule",
]  # fmt: skip

CERTAIN = {
    "loss/not-differentiable",
    "model/ignores-input",
    "model/mixes-samples",
}  # named before any experiment


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "script", "change"),
    [pytest.param(*p, id=p[0], marks=pytest.mark.long if p[0] in LONG else ()) for p in PAIRS],
)
def test_a_fault_is_named_with_its_line_and_its_absence_is_not(doctor, fault, script, change):
    assert script.count("HERE") == 1, "the script must mark one line"
    assert change[0] in script, "the change must fit the script"
    line = next(i for i, text in enumerate(script.splitlines(), 1) if "HERE" in text)

    prove = fault not in CERTAIN
    found, _ = doctor(script, prove=prove)
    silent, _ = doctor(script.replace(*change), prove=prove)

    assert [f.fault for f in found.findings][:1] == [fault], found.to_json()
    assert abs((found.findings[0].line or 0) - line) <= 3
    assert [f.fault for f in silent.findings if f.severity != "note"] == []
