"""Losses and outputs that a script writes out of plain operations; HERE is the line that has to be named."""

import runpy

import pytest

from vitreous.doctor.compare import compare
from vitreous.doctor.faults import load
from vitreous.record.session import Session

START = """
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
x = torch.randn(400, 6)
kind = x[:, :4].argmax(1)
yes = (x[:, 0] > 0).float()
sign = 2 * yes - 1
"""

LOOP = """
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, OUTPUTS))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    for rows in torch.randperm(400).split(40):
        z, k, y, t = net(x[rows]), kind[rows], yes[rows], sign[rows]
        s = z[:, 0]
BODY
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""

SOFTMAX = "loss/softmax-before-cross-entropy"
OWN_SOFTMAX = ["e = (z - z.amax(1, keepdim=True)).exp()", "p = e / e.sum(1, keepdim=True)  # HERE"]
WHOLE_SUM = ["e = torch.exp(p)", "loss = (e.sum(1).log() - p.gather(1, k[:, None])[:, 0]).mean()"]
LOG_SUM = ["m = p.max(1, keepdim=True).values", "lse = torch.log(torch.sum(torch.exp(p - m), 1)) + m[:, 0]"]
PICKED = "loss = (lse - p[torch.arange(40), k]).mean()"

SIGMOID = "loss/sigmoid-before-logits-loss"
STABLE = "loss = (p.clamp(min=0) - p * y + torch.log1p(torch.exp(-p.abs()))).mean()"
BY_LOGS = "loss = -(y * torch.log(torch.sigmoid(p)) + (1 - y) * torch.log(1 - torch.sigmoid(p))).mean()"

LABELS, SQUARED = "data/label-range", "loss/mse-for-classification"

WRONG = {
    "both by hand": (SOFTMAX, [*OWN_SOFTMAX, *LOG_SUM, PICKED]),
    "the loss by hand": (SOFTMAX, ["p = z.softmax(1)  # HERE", *WHOLE_SUM]),
    "log_softmax": (SOFTMAX, [*OWN_SOFTMAX, "loss = -F.log_softmax(p, 1)[range(40), k].mean()"]),
    "softmax twice": (SOFTMAX, [*OWN_SOFTMAX, "loss = F.nll_loss((p.softmax(1) + 1e-9).log(), k)"]),
    "sigmoid": (SIGMOID, ["p = torch.sigmoid(s)  # HERE", STABLE]),
    "sigmoid by hand": (
        SIGMOID,
        ["p = 1 / (1 + torch.exp(-s))  # HERE", "loss = (F.softplus(p) - p * y).mean()"],
    ),
    "sigmoid twice": (SIGMOID, ["p = s.sigmoid()  # HERE", BY_LOGS]),
    "sigmoid and signs": (SIGMOID, ["p = s.sigmoid()  # HERE", "loss = -F.logsigmoid(t * p).mean()"]),
    "squared error": (
        SQUARED,
        ["gap = z.softmax(1) - F.one_hot(k, 4)  # HERE", "loss = gap.square().mean()"],
    ),
    "squares of logits": (SQUARED, ["d = torch.eye(4)[k] - z  # HERE", "loss = (d * d).sum(1).mean()"]),
    "yes and no": (SQUARED, ["p = torch.sigmoid(s)", "loss = ((p - y) ** 2).mean()  # HERE"]),
    "hinge": (LABELS, ["loss = torch.clamp(1 - y * s, min=0).mean()"]),
    "squared hinge": (
        LABELS,
        ["loss = F.relu(-s * y + 1).square().mean() + 1e-3 * net[0].weight.square().sum()"],
    ),
    "exponential": (LABELS, ["loss = torch.exp(-y * s).mean()"]),
    "logistic": (LABELS, ["loss = torch.log(1 + torch.exp(-y * s)).mean()"]),
    "soft margin": (LABELS, ["loss = F.soft_margin_loss(s, y)"]),
    "hinge embedding": (LABELS, ["loss = nn.HingeEmbeddingLoss()(1 + s.tanh(), y)"]),
    "ranking": (LABELS, ["loss = F.margin_ranking_loss(z[:, 0], z[:, 1], y, margin=0.5)"]),
}
RIGHT = {
    "logits": ["p = z", *LOG_SUM, PICKED],
    "log of softmax": [*OWN_SOFTMAX, "loss = -p[torch.arange(40), k].clamp(min=1e-9).log().mean()"],
    "softmax as a target": ["q = z.detach().softmax(1)", "loss = -(q * F.log_softmax(z, 1)).sum(1).mean()"],
    "logistic": ["p = s", STABLE],
    "probabilities": ["p = s.sigmoid()", "loss = -(y * p.log() + (1 - y) * (1 - p).log()).mean()"],
    "a gate": ["h = (s.sigmoid()[:, None] * z).sum(1)", "loss = (F.softplus(h) - h * y).mean()"],
    "hinge": ["loss = torch.clamp(1 - t * s, min=0).mean()"],
    "signs": ["loss = F.soft_margin_loss(s, t)"],
    "amounts": ["loss = ((s - x[rows, 1]) ** 2).mean()"],
    "yes and no, four times": ["loss = ((z.sigmoid() - (x[rows, :4] > 0).float()) ** 2).mean()"],
    "a mask": ["loss = (y * torch.clamp(1 - t * s, min=0)).sum() / y.sum()"],
    "a masked softmax": [
        "e = torch.exp(z * (z.detach() > 0))",
        "loss = -(e / e.sum(1, keepdim=True))[:, 0].log().mean()",
    ],
}


def suspected(folder, lines):
    """What is suspected of a script that runs in this process, by fault, and the line marked in it."""
    source = START + LOOP.replace("OUTPUTS", "4").replace("BODY", "\n".join(" " * 8 + line for line in lines))
    script, session = folder / "script.py", Session("test", folder)
    script.write_text(source)
    with session.taps.listen():
        session.begin()
        runpy.run_path(str(script))
    evidence = session.finish("end")
    assert not session.taps.errors
    here = [number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# HERE")]
    found = {fault: list(load(fault).suspect(evidence)) for fault in (SOFTMAX, SIGMOID, LABELS, SQUARED)}
    return {fault: suspicions[0] for fault, suspicions in found.items() if suspicions}, here


@pytest.mark.parametrize("name", WRONG)
def test_what_is_written_out_is_known(tmp_path, name):
    fault, lines = WRONG[name]
    found, here = suspected(tmp_path, lines)

    assert list(found) == [fault]
    # labels are coded where the comparison is made
    coded = START.splitlines().index("yes = (x[:, 0] > 0).float()") + 1
    assert [found[fault].place.line] == (here or [coded])


@pytest.mark.parametrize("name", RIGHT)
def test_what_comes_near_is_right(tmp_path, name):
    found, _ = suspected(tmp_path, RIGHT[name])
    assert not found


@pytest.mark.parametrize("name", ["both by hand", "sigmoid by hand", "hinge", "squared error", "yes and no"])
def test_without_it_the_same_loss_is_lower(doctor, name):
    fault, lines = WRONG[name]
    body = "\n".join(" " * 8 + line for line in lines)
    source = START + LOOP.replace("OUTPUTS", "4").replace("BODY", body).replace("range(2)", "range(20)")
    _, evidence = doctor(source, prove=False)
    (suspicion,) = load(fault).suspect(evidence)
    (trial,) = suspicion.trials
    job = doctor.runner.job(interventions=[(fault, trial.settings)], trace=False)
    (changed,) = doctor.runner.run([job])

    assert not changed.not_checked
    assert compare(evidence, changed, suspicion.metric, "").gain >= suspicion.gain
