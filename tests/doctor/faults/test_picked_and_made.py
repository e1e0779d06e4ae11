"""Rows of a graph that are picked by name, and lines that make what goes wrong later: labels, gaps, wide weights."""

import time

import pytest
from tests.doctor.conftest import PATIENCE
from tests.doctor.scripts import changed, line_of

from vitreous.doctor.diagnose import suspects
from vitreous.doctor.experiments import Laboratory

GRAPH = """\
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
topic = torch.randint(0, 4, (300,))
words = (torch.rand(300, 40) < 0.1 + 0.3 * F.one_hot(topic, 4).repeat_interleave(10, 1)).float()
links = (torch.rand(300, 300) < 0.01 + 0.04 * (topic[:, None] == topic)).float() + torch.eye(300)
links = links / links.sum(1, keepdim=True)
order = torch.randperm(300)
train_idx, test_idx = order[:80], order[80:]
first, last = nn.Linear(40, 16), nn.Linear(16, 4)
model = nn.Sequential(first, nn.ReLU(), last)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(60):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy((links @ model(links @ words))[train_idx], topic[train_idx])
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    answer = (links @ model(links @ words)).argmax(1)
right = (answer[train_idx] == topic[train_idx]).sum().item()
accuracy = right / len(train_idx)
print(f"loss {loss.item():.3f} test accuracy: {accuracy:.3f}")
"""


def suspected(doctor, source):
    """What is suspected in a script, by its id."""
    _, evidence = doctor(source, prove=False)
    return {one.file.fault.id: one.suspicion for one in suspects(evidence)[0]}


def test_trained_nodes_counted_for_those_set_aside(doctor):
    found = suspected(doctor, GRAPH)
    assert found["eval/on-training-data"].place.line == line_of(GRAPH, "right = ")
    printed = changed(
        GRAPH, ('print(f"loss {loss.item():.3f} test accuracy: {', 'print("test accuracy", f"{')
    )
    assert "eval/on-training-data" in suspected(doctor, printed)


@pytest.mark.parametrize(
    "right",
    [
        changed(GRAPH, ("answer[train_idx] == topic[train_idx]", "answer[test_idx] == topic[test_idx]")),
        changed(GRAPH, (" test accuracy", " train accuracy")),
        changed(GRAPH, (" test accuracy", " accuracy")),
    ],
    ids=["the others", "called training", "not said"],
)
def test_nodes_may_be_counted_as_what_they_are(doctor, right):
    assert "eval/on-training-data" not in suspected(doctor, right)


RATES = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
sent = torch.poisson(torch.full((400,), 9.0)) + 1
opened = torch.binomial(sent, torch.full((400,), 0.3))
clicked = torch.binomial(opened, torch.full((400,), 0.4))
share = opened / sent
again = clicked / opened
x = torch.stack([share, again], 1)
x = (x - x.mean(0)) / x.std(0)
loader = DataLoader(TensorDataset(x, (share > 0.3).long()), batch_size=40, shuffle=True)
model = nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    for rows, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(rows), labels).backward()
        optimizer.step()
"""


def test_a_gap_is_named_where_the_first_number_is_none(doctor):
    found = suspected(doctor, RATES)
    assert found["data/non-finite"].place.line == line_of(RATES, "again = ")
    assert "loss/log-of-zero" not in found


COLLATED = """\
import torch
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(0)
data = [(["slow", "fine", "good"][stars - 1], stars) for stars in torch.randint(1, 4, (200,)).tolist()]
letters = {letter: number for number, letter in enumerate("adefginolsw")}


def collate(batch):
    labels, texts = [], []
    for text, stars in batch:
        labels.append(stars)
        texts.append(torch.tensor([letters[letter] for letter in text]))
    bags = torch.stack([nn.functional.one_hot(text, 11).float().mean(0) for text in texts])

    # as a batch: what goes in, and what shall come out
    return bags, torch.tensor(labels)


model = nn.Linear(11, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for bags, labels in DataLoader(data, batch_size=20, shuffle=True, collate_fn=collate):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(bags), labels).backward()
    optimizer.step()
"""


def test_labels_of_a_list_are_numbered_where_they_enter_it(doctor):
    _, evidence = doctor(COLLATED, prove=False)
    found = {one.file.fault.id: one.suspicion for one in suspects(evidence)[0]}
    assert found["data/label-range"].place.line == line_of(COLLATED, "labels.append")
    assert not [said for said in evidence.not_checked if "Error" in said]  # of texts nothing can be read


ONE_BY_ONE = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
marked = (torch.rand(200, 1, 8, 8) < 0.3).float()
x = marked * (0.5 + torch.rand(200, 1, 1, 1)) + 2 * torch.rand(200, 1, 1, 1) + 0.1 * torch.randn(200, 1, 8, 8)
loader = DataLoader(TensorDataset(x[:140], marked[:140]), batch_size=1, shuffle=True)
model = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8), nn.ReLU(),
    nn.Conv2d(8, 1, 1),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(4):
    model.train()
    for rows, wanted in loader:
        optimizer.zero_grad()
        criterion(model(rows), wanted).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        print("val loss", criterion(model(x[140:]), marked[140:]).item())
"""


def test_samples_normalized_by_themselves_are_proven_by_groups(doctor):
    _, evidence = doctor(ONE_BY_ONE, prove=False)
    (one,) = [one for one in suspects(evidence)[0] if one.file.fault.id == "model/tiny-batch-norm"]
    one.suspicion.trials = one.suspicion.trials[1:]
    (proven,) = Laboratory(doctor.runner, evidence, time.monotonic() + PATIENCE, None).judge([one])
    assert proven.proof.changed.startswith("group normalization") and proven.proof.gain > 0.3
