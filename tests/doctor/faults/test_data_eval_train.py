"""Faults of data, of evaluation and of training, each in a small script and taken out of it again."""

import pytest

from vitreous.doctor.diagnose import suspects
from vitreous.doctor.faults import load

CLASSES = """\
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
rng = np.random.default_rng(0)
centres = rng.normal(0, 1.5, (3, 6))
y = rng.integers(0, 3, 400)
X = centres[y] + rng.normal(0, 1, (400, 6))
# prepared
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
X_train, y_train, X_val, y_val = X[:240], y[:240], X[240:], y[240:]
# parted
train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=20, shuffle=True)
val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=160)
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
epochs = 5
for epoch in range(epochs):
    model.train()
    for xb, yb in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        for xb, yb in val_loader:
            val_loss = criterion(model(xb), yb).item()
    print(f"epoch {epoch} val loss {val_loss:.3f}")
"""

SEQUENCES = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(320, 12, 3)
y = (x[:, :, 0].sum(1) > 0).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 16, batch_first=True)
        self.out = nn.Linear(16, 2)

    def forward(self, x, state=None):
        h, state = self.rnn(x, state)
        return self.out(h[:, -1]), state


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()
for epoch in range(4):
    state = None
    for rows in torch.randperm(320).split(32):
        logits, _ = model(x[rows])
        loss = criterion(logits, y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""

IMAGES = """\
import torch
from torch import nn

torch.manual_seed(0)
y = torch.randint(0, 2, (160,))
x = 0.3 * torch.randn(160, 10, 12, 3)
x[y == 1, 2:6, 3:7, 0] += 1.0
x = x.permute(0, 3, 1, 2)
model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(40):
    rows = torch.randperm(160)[:32]
    loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

# fault -> the right script, its changes, a text on the line where the fix goes
WRONG = {
    "data/labels-misaligned": (
        CLASSES,
        [("# prepared", "rng.shuffle(X)\nrng.shuffle(y)")],
        "rng.shuffle(X)",
    ),
    "data/split-leak": (CLASSES, [("X[240:], y[240:]", "X[200:], y[200:]")], "X_train, y_train, X_val"),
    "data/transform-mismatch": (CLASSES, [("# parted", "X_val = 10 * X_val + 30")], "X_val = 10"),
    "data/repeated-batch": (
        CLASSES,
        [
            (
                "    for xb, yb in train_loader:\n",
                "    for _ in range(12):\n        xb, yb = next(iter(train_loader))\n",
            ),
            ("batch_size=20, shuffle=True", "batch_size=20"),
        ],
        "next(iter(",
    ),
    "data/axis-order": (IMAGES, [("x.permute(0, 3, 1, 2)", "x.reshape(160, 3, 10, 12)")], "x.reshape"),
    "data/class-imbalance": (
        CLASSES,
        [
            ("rng.integers(0, 3, 400)", "(rng.random(400) < 0.08).astype(int)"),
            ("rng.normal(0, 1.5, (3, 6))", "0.75 * np.arange(3)[:, None] * np.ones(6)"),
        ],
        "criterion = ",
    ),
    "eval/on-training-data": (
        CLASSES,
        [("TensorDataset(X_val, y_val)", "TensorDataset(X_train, y_train)")],
        "val_loader = ",
    ),
    "eval/tracks-gradients": (CLASSES, [("with torch.no_grad():", "if True:")], "val_loss = "),
    "train/overfit": (
        CLASSES,
        [
            ("X[:240], y[:240], X[240:], y[240:]", "X[:40], y[:40], X[40:], y[40:]"),
            ("rng.normal(0, 1.5, (3, 6))", "rng.normal(0, 0.5, (3, 6))"),
            ("nn.Linear(6, 24)", "nn.Linear(6, 256)"),
            ("nn.Dropout(0.1), nn.Linear(24, 3)", "nn.Linear(256, 3)"),
            ("epochs = 5", "epochs = 60"),
        ],
        "epochs = 60",
    ),
    "train/too-short": (CLASSES, [("epochs = 5", "epochs = 3"), ("lr=5e-3", "lr=4e-3")], "epochs = 3"),
    "train/dropout-too-high": (CLASSES, [("nn.Dropout(0.1)", "nn.Dropout(0.97)")], "nn.Dropout"),
    "train/batch-size": (
        CLASSES,
        [
            ("rng.integers(0, 3, 400)", "rng.integers(0, 3, 1000)"),
            ("(400, 6)", "(1000, 6)"),
            ("X[:240], y[:240], X[240:], y[240:]", "X[:800], y[:800], X[800:], y[800:]"),
            ("batch_size=20", "batch_size=800"),
            ("lr=5e-3", "lr=2e-3"),
            ("rng.normal(0, 1.5, (3, 6))", "rng.normal(0, 1.0, (3, 6))"),
            ("epochs = 5", "epochs = 16"),
        ],
        "batch_size=800",
    ),
    "train/state-carried": (
        SEQUENCES,
        [("logits, _ = model(x[rows])", "logits, state = model(x[rows], state)\n        state = state.detach()")],
        "state.detach()",
    ),
    "train/mixed-precision": (
        CLASSES,
        [
            ("nn.Linear(24, 3))", "nn.Linear(24, 3)).half()"),
            ("torch.tensor(X, dtype=torch.float32)", "torch.tensor(X, dtype=torch.float16)"),
        ],
        ".half()",
    ),
}  # fmt: skip
SUSPECTED = {"data/labels-misaligned", "data/class-imbalance", "train/dropout-too-high"}
TRIED = [
    "data/labels-misaligned", "data/class-imbalance", "data/transform-mismatch", "data/axis-order", "train/overfit",
    "train/dropout-too-high", "train/state-carried", "train/mixed-precision", "train/batch-size", "data/repeated-batch",
]  # fmt: skip


def changed(source, *pairs):
    """The source with each old text, which must be there once, replaced."""
    for old, new in pairs:
        assert source.count(old) == 1, (source.count(old), old)
        source = source.replace(old, new)
    return source


def line_of(source, text):
    """The number of the first line that has the text."""
    return next(i for i, line in enumerate(source.splitlines(), start=1) if text in line)


@pytest.fixture(scope="module")
def seen(doctor):
    """What is suspected in a faulty script: seen(fault) -> its suspicions, all others', the evidence; once each."""
    known = {}

    def look(fault):
        if fault not in known:
            right, changes, _ = WRONG[fault]
            _, evidence = doctor(changed(right, *changes), prove=False)
            found, _ = suspects(evidence)
            known[fault] = [s for s in found if s.file.fault.id == fault], found, evidence
        return known[fault]

    return look


@pytest.mark.parametrize("fault", WRONG)
def test_it_is_suspected_at_its_line(seen, fault):
    own, _, evidence = seen(fault)
    right, changes, text = WRONG[fault]

    assert len(own) == 1, evidence.not_checked
    assert own[0].suspicion.certain == (fault not in SUSPECTED)
    assert abs(own[0].suspicion.place.line - line_of(changed(right, *changes), text)) <= 3
    assert own[0].suspicion.fix
    assert own[0].suspicion.evidence
    assert not [note for note in evidence.not_checked if fault in note or "record missed" in note]


@pytest.mark.parametrize("fault", TRIED)
def test_without_the_cause_it_learns(doctor, seen, fault):
    from vitreous.doctor.compare import compare

    (own,), _, evidence = seen(fault)
    trial = own.suspicion.trials[0]
    runner = doctor.runner
    right, changes, _ = WRONG[fault]
    script = runner.folder / f"again-{fault.replace('/', '-')}.py"
    script.write_text(changed(right, *changes))
    job = runner.job(
        script=evidence.script, seconds=300.0, interventions=[(fault, trial.settings)], trace=False
    )
    (fixed,) = runner.run([job])

    assert fixed is not None
    assert fixed.crash is None, fixed.crash
    assert not fixed.not_checked
    proof = compare(evidence, fixed, own.suspicion.metric, trial.changed, ends=trial.longer != 1)
    assert proof is not None
    assert proof.gain >= own.suspicion.gain, (proof.gain, proof.as_written[-3:], proof.with_fix[-3:])


@pytest.mark.parametrize("source", [CLASSES, SEQUENCES, IMAGES], ids=["classes", "sequences", "images"])
def test_right_scripts_are_not_suspected(doctor, source):
    _, evidence = doctor(source, prove=False)
    for fault in WRONG:
        found = [s for s in load(fault).suspect(evidence) if load(fault).fault.severity != "note"]
        assert found == [], fault


def test_a_loss_by_hand_is_training_too(doctor):
    by_hand = changed(
        CLASSES,
        (
            "loss = criterion(model(xb), yb)\n",
            "loss = -model(xb).log_softmax(1)[range(len(yb)), yb].mean()\n",
        ),
    )
    _, evidence = doctor(by_hand, prove=False)
    arrays = evidence.arrays
    assert len(set(arrays["train.prints"])) == 240
    assert len(set(arrays["evaluation.prints"])) == 160
    assert not set(arrays["train.prints"]) & set(arrays["evaluation.prints"])


def test_a_state_that_is_only_measured_is_not_carried(doctor):
    """zeros_like takes the shape of the last batch's state, and none of its numbers."""
    source = """\
import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out, self.h = nn.RNNCell(2, 8), nn.Linear(8, 2), torch.zeros(20, 8)

    def forward(self, x):
        self.h = torch.zeros_like(self.h)
        for t in range(5):
            self.h = self.cell(x[:, t], self.h)
        return self.out(self.h)


torch.manual_seed(0)
x = torch.randn(200, 5, 2)
y = (x[:, :, 0].sum(1) > 0).long()
model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(4):
    for rows in torch.randperm(200).split(20):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
    _, evidence = doctor(source, prove=False)

    assert not list(load("train/state-carried").suspect(evidence))


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("X = np.log(np.round(np.abs(X)))", "a logarithm of zero"),
        ("X = (X - X.mean(0)) / X.std(0)", "a column that does not vary"),
        ("X[rng.random(X.shape) < 0.1] = np.nan", "gaps"),
    ],
)
def test_what_is_not_finite_is_blamed_where_its_values_point_to(doctor, line, wrong):
    source = changed(CLASSES, ("# prepared", f"X[:, 0] = 1\n{line}"))
    _, evidence = doctor(source, prove=False, steps=20)

    (found,) = load("data/non-finite").suspect(evidence)

    made = "X, y = torch.tensor" if wrong == "gaps" else line
    assert found.place.line == line_of(source, made)


@pytest.mark.parametrize(
    ("lines", "certain"),
    [
        ("X_train, X_val = ((p - p.amin(0)) / (p.amax(0) - p.amin(0)) for p in (X_train, X_val))", True),
        ("X_val = X_val * torch.tensor([1.0, 1, 1, 1, 0.001, 1])", False),
    ],
    ids=["limits of its own", "one column in another unit"],
)  # fmt: skip
def test_held_out_data_are_compared_column_by_column(doctor, lines, certain):
    script = changed(CLASSES, ("# parted", lines))
    _, evidence = doctor(script, prove=False)
    own = [s for s in suspects(evidence)[0] if s.file.fault.id == "data/transform-mismatch"]
    assert [s.suspicion.certain for s in own] == [certain]
    assert certain or own[0].suspicion.trials


def test_samples_each_brought_to_full_scale_are_no_mismatch(doctor):
    lines = "X_train, X_val = (p.abs() / p.abs().amax(1, keepdim=True) for p in (X_train, X_val))"
    _, evidence = doctor(changed(CLASSES, ("# parted", lines)), prove=False)
    assert not [s for s in suspects(evidence)[0] if s.file.fault.id == "data/transform-mismatch"]


def test_a_regression_whose_error_rises_little_by_little_is_overfitted():
    from vitreous.doctor.faults.train import overfit
    from vitreous.record.evidence import Evidence
    from vitreous.record.facts import LossRow, LossSite, Step

    rising = [1.0, 0.8, 0.7, *(0.7 + 0.01 * i for i in range(1, 9))]
    steps = [Step(i, 0, loss=0.97**i, error=0.97**i) for i in range(10 * len(rising))]
    sites = [LossSite(0, "mse_loss", None, trained=1)]
    rows = [LossRow(10 * i, 0, value) for i, value in enumerate(rising)]
    evidence = Evidence(steps=steps, losses=rows, loss_sites=sites, ended="end", rewritten=[])
    assert list(overfit.suspect(evidence))
    evidence.losses = [LossRow(10 * i, 0, min(value, 0.72)) for i, value in enumerate(rising)]
    assert not list(overfit.suspect(evidence))
