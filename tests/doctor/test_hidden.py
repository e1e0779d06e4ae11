"""What one fault keeps from being seen at all is asked for again once that one is removed."""

import time

from tests.doctor.scripts import CLASSIFIER, changed, line_of

from vitreous.doctor import hidden
from vitreous.doctor.diagnose import suspects
from vitreous.doctor.experiments import Laboratory
from vitreous.record.evidence import Evidence

NEVER_MOVES = (
    ("        optimizer.zero_grad()", None),
    ("loss.backward()", "loss.backward()\n        optimizer.zero_grad()"),
)
WRONG_TOTAL = (
    "(out.argmax(1) == y_val).float().mean().item()",
    "(out.argmax(1) == y_val).sum().item() / len(y_train)",
)


def test_a_metric_that_a_network_which_never_moves_does_not_show(doctor):
    """The same share at every evaluation does not tell what it is divided by; that of a learning network does."""
    source = changed(CLASSIFIER, *NEVER_MOVES, WRONG_TOTAL)
    verdict, evidence = doctor(source)
    assert [f.fault for f in verdict.findings] == ["optim/grads-cleared", "eval/wrong-metric"]
    assert verdict.findings[1].line == line_of(source, "/ len(y_train)")
    assert not any(step.loss is None for step in evidence.steps)


SQUASHED = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(900, 6)
y = (2 * x[:, :2].sum(1) + torch.randn(900) > 0).float().unsqueeze(1)
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 1), nn.Sigmoid())
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
for epoch in range(6):
    for rows in torch.randperm(600).split(20):
        optimizer.zero_grad()
        criterion(model(x[rows]), y[rows]).backward()
        optimizer.step()
    with torch.no_grad():
        out = model(x[600:])
        loss, right = criterion(out, y[600:]).item(), ((out > 0.5) == y[600:]).float().mean().item()
    print(f"loss {loss:.3f} accuracy {right:.3f}")
"""


FOLDS = """\
import numpy as np
import torch
from sklearn.model_selection import KFold
from torch import nn

torch.manual_seed(0)
x = torch.randn(600, 12)
y = (x[:, :4].sum(1) * 2).round().clamp(-2, 2).long() + 2


def accuracy(model, rows):
    model.eval()
    with torch.no_grad():
        return (model(x[rows]).argmax(1) == y[rows]).float().mean().item()


scores = []
for fold, (train, held_out) in enumerate(KFold(3).split(x)):
    sizes = [12, 32, 32, 32, 32, 32, 32]
    layers = [nn.Sequential(nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU()) for a, b in zip(sizes, sizes[1:])]
    model = nn.Sequential(*layers, nn.Linear(32, 5))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    print(f"fold {fold}: untrained {accuracy(model, held_out):.3f}")
    for epoch in range(8):
        model.train()
        for rows in torch.tensor(train)[torch.randperm(len(train))].split(20):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
        score = accuracy(model, held_out)
        print(f"fold {fold}: epoch {epoch} validation accuracy {score:.3f}")
    scores.append(score)
print(f"mean accuracy {np.mean(scores):.3f}")
"""


def test_what_another_fold_was_trained_with_is_held_out(doctor):
    """Also for a network that is evaluated before its first step, when all steps yet were those of the fold before."""
    verdict, _ = doctor(FOLDS)
    assert [f.fault for f in verdict.findings if f.severity != "note"] == []


def test_a_mode_that_nothing_can_be_told_of_while_the_network_is_not_trained(doctor):
    """Frozen layers in eval mode are meant so; all layers are frozen where the optimizer holds another network."""
    making = "    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)"
    source = changed(FOLDS, ("        model.train()", None), (making, None))
    other = "optimizer = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.02, momentum=0.9)"
    source = source.replace("scores = []", f"scores = []\n{other}", 1)
    verdict, _ = doctor(source)
    lines = {f.fault: f.line for f in verdict.findings if f.severity != "note"}
    assert lines == {
        "optim/wrong-parameters": line_of(source, other),
        "train/eval-mode": line_of(source, "for epoch in range"),
    }


BY_HEART = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(500, 40)
y = ((x[:, :3].sum(1) + 1.5 * torch.randn(500)) > 0).long()
train_data, valid_data = TensorDataset(x[:250], y[:250]), TensorDataset(x[250:], y[250:])
train_loader = DataLoader(train_data, batch_size=25, shuffle=True)
valid_loader = DataLoader(train_data, batch_size=250)
model = nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 2))
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
for epoch in range(60):
    model.train()
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        loss = loss_function(model(inputs), targets)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        for inputs, targets in valid_loader:
            loss = loss_function(model(inputs), targets)
    print(f"epoch {epoch} validation loss {loss.item():.3f}")
"""


def test_what_is_learned_by_heart_shows_once_the_held_out_part_is_evaluated(doctor):
    verdict, _ = doctor(BY_HEART)
    first, second = verdict.findings
    assert (first.fault, first.line) == ("eval/on-training-data", line_of(BY_HEART, "valid_loader = "))
    assert second.fault == "train/overfit"
    assert first.proof.as_written[-1] < 0.1 < 1 < first.proof.with_fix[-1]
    assert first.proof.steps == 600  # of training, though there is one figure an epoch


def test_what_our_own_change_makes_of_a_metric_is_no_fault(doctor):
    """Without the sigmoid, outputs above one half are no longer the likelier half; as written they are."""
    verdict, _ = doctor(SQUASHED)
    assert {f.fault for f in verdict.findings} <= {"loss/sigmoid-before-logits-loss", "optim/lr-too-low"}


def test_a_single_fault_hides_nothing(doctor):
    verdict, _ = doctor(changed(CLASSIFIER, *NEVER_MOVES))
    assert [f.fault for f in verdict.findings] == ["optim/grads-cleared"]


def test_it_is_said_when_no_time_was_left(doctor):
    _, evidence = doctor(changed(CLASSIFIER, *NEVER_MOVES), prove=False)
    found, _ = suspects(evidence)
    laboratory = Laboratory(doctor.runner, evidence, time.monotonic() + 600, None)
    believed = laboratory.judge(found)
    laboratory.deadline = 0.0
    more, said = hidden.judge(laboratory, found, believed, suspects)
    assert more == []
    assert said == ["what optim/grads-cleared may hide: no time was left to look at the script without"]


def test_where_nothing_was_restored_nothing_is_looked_at_again():
    class NoRunner:
        def run(self, *_):
            raise AssertionError("nothing is to be run")

    laboratory = Laboratory(NoRunner(), Evidence(), float("inf"), 10)
    assert hidden.judge(laboratory, [], [], lambda evidence: ([], [])) == ([], [])
