"""Networks with too little room and runs with too little time, and what must not be taken for them."""

import pytest
from tests.doctor.scripts import changed, line_of

from vitreous.doctor import symptoms
from vitreous.doctor.faults.data import not_shuffled
from vitreous.doctor.faults.eval import on_training_data
from vitreous.doctor.faults.model import too_small
from vitreous.doctor.faults.optim import lr_too_high, lr_too_low
from vitreous.doctor.faults.train import too_short

RATINGS = """\
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
people, things = torch.randn(60, 6), torch.randn(40, 6)
pairs = torch.cartesian_prod(torch.arange(60), torch.arange(40))[torch.randperm(2400)]
ratings = (people[pairs[:, 0]] * things[pairs[:, 1]]).sum(1) / 6**0.5


class Factors(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.people = nn.Embedding(60, size)
        self.things = nn.Embedding(40, size)
        for table in (self.people, self.things):
            nn.init.normal_(table.weight, std=0.3)

    def forward(self, pairs):
        return (self.people(pairs[:, 0]) * self.things(pairs[:, 1])).sum(1)


model = Factors(size=1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(12):
    for rows in torch.randperm(2000).split(100):
        loss = F.mse_loss(model(pairs[rows]), ratings[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
DIGITS = """\
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
x = (x.float() - 4.9) / 6.0
data = TensorDataset(x[:1400], y[:1400])
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
loader = DataLoader(data, batch_size=50, shuffle=True)
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
for epoch in range(6):
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        accuracy = (model(x[1400:]).argmax(1) == y[1400:]).float().mean()
    print(f"epoch {epoch} test accuracy {accuracy:.3f}")
"""
ONE_CHANNEL = changed(
    DIGITS,
    (
        "nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)",
        "nn.Unflatten(1, (1, 8, 8)),\n    nn.Conv2d(1, 8, 3),\n    nn.ReLU(),\n    nn.Conv2d(8, 8, 3),\n"
        "    nn.ReLU(),\n"
        "    nn.Conv2d(8, 1, 1),\n    nn.AvgPool2d(2),\n    nn.Flatten(),\n    nn.Linear(4, 64),\n    nn.ReLU(),\n"
        "    nn.Linear(64, 10),\n",
    ),
)
EACH_AT_ITS_OWN = "for p in model.parameters():\n    nn.init.normal_(p)\noptimizer"


@pytest.mark.long
def test_tables_of_one_number_for_each_row_are_proven_too_small(doctor):
    (finding,) = doctor(RATINGS)[0].findings
    assert (finding.fault, finding.line) == ("model/too-small", line_of(RATINGS, "size=1"))


def test_tables_of_few_numbers_are_suspected_where_their_width_is_written(doctor):
    (found,) = too_small.suspect(doctor(RATINGS, prove=False)[1])
    assert found.place.line == line_of(RATINGS, "size=1")
    wide = changed(RATINGS, ("size=1", "size=8"))
    assert not list(too_small.suspect(doctor(wide, prove=False)[1]))


def test_tables_of_biases_beside_the_factors_are_no_factors(doctor):
    with_biases = changed(
        RATINGS,
        ("size=1", "size=2"),
        ("        for table in", "        self.likes = nn.Embedding(60, 1)\n        for table in"),
        (".sum(1)\n\n\nmodel", ".sum(1) + self.likes(pairs[:, 0])[:, 0]\n\n\nmodel"),
    )
    (found,) = too_small.suspect(doctor(with_biases, prove=False)[1])
    assert found.place.line == line_of(with_biases, "size=2")
    assert found.trials[0].changed.startswith("8 instead of 2")


def test_a_layer_with_its_width_written_in_it_is_the_line(doctor):
    (found,) = too_small.suspect(doctor(ONE_CHANNEL, prove=False)[1])
    assert found.place.line == line_of(ONE_CHANNEL, "nn.Conv2d(8, 1, 1)")


def test_a_width_that_only_the_settings_name_is_the_line(doctor):
    settings = changed(
        DIGITS,
        (
            "model =",
            "hidden_units = 2\nhidden_layers = 2\nsizes = [64] + [hidden_units] * hidden_layers\nmodel =",
        ),
        (
            "nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))",
            "nn.Sequential()\nfor a, b in zip(sizes, sizes[1:]):\n"
            "    model += nn.Sequential(nn.Linear(a, b), nn.ReLU())\n"
            "model.append(nn.Linear(hidden_units, 10))",
        ),
    )
    (found,) = too_small.suspect(doctor(settings, prove=False)[1])
    assert found.place.line == line_of(settings, "hidden_units = 2")


@pytest.mark.long
def test_one_pass_over_the_data_is_proven_too_short(doctor):
    once = changed(DIGITS, ("range(6)", "range(1)"), ("lr=0.02, momentum=0.9", "lr=0.02"))
    (finding,) = doctor(once)[0].findings
    assert (finding.fault, finding.line, finding.severity) == (
        "train/too-short",
        line_of(once, "range(1)"),
        "note",
    )
    assert len(finding.proof.with_fix) > len(finding.proof.as_written)


def test_a_run_is_tried_for_longer_only_where_it_is_short_and_poor(doctor):
    once = changed(DIGITS, ("range(6)", "range(1)"), ("lr=0.02, momentum=0.9", "lr=0.02"))
    (found,) = too_short.suspect(doctor(once, prove=False)[1])
    assert found.place.line == line_of(once, "range(1)") and not found.certain
    assert found.trials[0].longer > 8
    counted = changed(once, ("for epoch in range(1):", "epoch = 0\nwhile epoch < 1:\n    epoch += 1"))
    (found,) = too_short.suspect(doctor(counted, prove=False)[1])
    assert found.place.line == line_of(counted, "epoch < 1")
    assert not [s for s in too_short.suspect(doctor(DIGITS, prove=False)[1]) if s.trials]


def test_a_rate_that_is_nearly_usual_is_not_what_is_wrong_with_few_steps(doctor):
    few = changed(DIGITS, ("range(6)", "range(2)"), ("lr=0.02", "lr=0.003"))
    evidence = doctor(few, prove=False)[1]
    assert symptoms.fit(evidence).poor and not list(lr_too_low.suspect(evidence))
    low = changed(few, ("lr=0.003", "lr=0.0003"))
    assert [s.place.line for s in lr_too_low.suspect(doctor(low, prove=False)[1])] == [line_of(low, "lr=")]


def test_a_usual_rate_counts_less_than_the_weights_it_is_too_high_for(doctor):
    large = changed(DIGITS, ("optimizer =", EACH_AT_ITS_OWN + " ="), ("lr=0.02", "lr=0.1"))
    (found,) = lr_too_high.suspect(doctor(large, prove=False)[1])
    assert found.weight < 1
    fast = changed(DIGITS, ("lr=0.02", "lr=2.0"))
    (found,) = lr_too_high.suspect(doctor(fast, prove=False)[1])
    assert found.weight == 1


@pytest.mark.long
def test_weights_drawn_far_too_large_come_before_the_rate_that_they_are_too_large_for(doctor):
    large = changed(DIGITS, ("optimizer =", EACH_AT_ITS_OWN + " ="))
    (finding,) = doctor(large)[0].findings
    assert (finding.fault, finding.line) == ("model/bad-init", line_of(large, "normal_"))


def test_what_was_trained_just_before_is_no_test(doctor):
    wrong = changed(DIGITS, ("model(x[1400:]).argmax(1) == y[1400:]", "model(inputs).argmax(1) == labels"))
    (found,) = on_training_data.suspect(doctor(wrong, prove=False)[1])
    assert found.place.line == line_of(wrong, "argmax")
    named = changed(wrong, ("test accuracy", "accuracy of the last batch"))
    assert not list(on_training_data.suspect(doctor(named, prove=False)[1]))


@pytest.mark.long
def test_a_sampler_in_order_is_taken_out_to_shuffle(doctor):
    ordered = changed(
        DIGITS,
        ("data = ", "order = y[:1400].argsort()\nx[:1400], y[:1400] = x[order], y[order]\ndata = "),
        ("shuffle=True", "sampler=torch.utils.data.SequentialSampler(data)"),
    )
    finding = doctor(ordered)[0].findings[0]
    assert finding.fault == "data/not-shuffled" and finding.proof is not None
    assert list(not_shuffled.suspect(doctor(DIGITS, prove=False)[1])) == []
