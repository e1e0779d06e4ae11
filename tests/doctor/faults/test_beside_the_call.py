"""Batches prepared in the loop itself, rows dropped from one array, masks and errors that a figure gets wrong."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, jaccard_score

from vitreous.doctor import overlaps
from vitreous.doctor.at_the_call import prepared_otherwise
from vitreous.doctor.filtered import moved_alone
from vitreous.doctor.judged import Part
from vitreous.doctor.kept import held_plainly
from vitreous.record.places import Place

LOOPS = """
for rows in parts:
    batch = IN_TRAINING
    loss = criterion(net(batch), y[rows])
for rows in others:
    batch = IN_EVALUATION
    right += (net(batch).argmax(1) == y[rows]).sum().item()
"""


@pytest.mark.parametrize(
    ("training", "evaluation", "line"),
    [
        ("(x[rows] - mean) / std", "x[rows] / 255", 6),
        ("x[rows] / 16", "x_val[rows]", 6),
        ("(x[rows] - mean) / std", "(x_val[rows] - mean) / std", None),
        ("x[rows] + 0.1 * torch.randn(64, 8)", "x[rows]", None),  # augmentation
        ("x[rows]", "x_val[rows]", None),
    ],
)
def test_a_batch_prepared_otherwise_beside_the_call(tmp_path, training, evaluation, line):
    file = tmp_path / "train.py"
    text = LOOPS.replace("IN_TRAINING", training).replace("IN_EVALUATION", evaluation)
    file.write_text(text, encoding="utf-8")
    found = prepared_otherwise(Place(str(file), 4), Place(str(file), 7))
    assert (found.line if found else None) == line


def test_rows_dropped_by_a_mask_of_the_array_itself(tmp_path):
    file = tmp_path / "train.py"
    file.write_text("X, y = load()\nX = X[~np.isnan(X).any(1)]\ny = y[: len(X)]\n", encoding="utf-8")
    (moved,) = moved_alone(str(file))
    assert moved.line == 3
    (edit,) = moved.edits
    assert (edit.first, edit.text.strip()) == (2, "y = y[~np.isnan(X).any(1)]")


REGRESSION = """
import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(600, 5)
y = (x[:, :1] + x[:, 1:2] ** 2) / 2
net = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), 5e-3)
for epoch in range(8):
    for rows in torch.randperm(500).split(50):
        loss = nn.functional.mse_loss(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        r2 = 1 - ((net(x[500:]) - TRUTH) ** 2).mean() / y[500:].var()
        print(f"epoch {epoch} r2 {r2.item():.3f}")
"""


@pytest.mark.parametrize(("truth", "wrong"), [("y[500:].squeeze(1)", True), ("y[500:]", False)])
def test_every_prediction_minus_every_target_in_a_figure(doctor, truth, wrong):
    verdict, _ = doctor(REGRESSION.replace("TRUTH", truth), prove=False)
    named = [(f.fault, f.line) for f in verdict.findings if f.severity == "error"]
    assert named == ([("eval/wrong-metric", 16)] if wrong else [])


SEGMENTS = """
import torch
from torch import nn
torch.manual_seed(0)
rows, columns = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
middle = torch.randint(5, 11, (240, 2, 1, 1))
masks = (((rows - middle[:, 0]) ** 2 + (columns - middle[:, 1]) ** 2) < 10).float().unsqueeze(1)
x = masks + 0.7 * torch.randn(240, 1, 16, 16)
net = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 1, 5, padding=2))
optimizer = torch.optim.Adam(net.parameters(), 1e-2)
for epoch in range(16):
    for some in torch.randperm(200).split(20):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[some]), masks[some])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        said, meant = (net(x[200:]) > 0).float(), masks[200:]
        FIGURE
        print(f"epoch {epoch} IoU {iou:.3f}")
"""
FIGURES = {
    "both over either": ("(said * meant).sum() / ((said + meant) > 0).sum()", False),
    "a mean over the samples": (
        "((said * meant).sum((1, 2, 3)) / ((said + meant) > 0).sum((1, 2, 3)).clamp(min=1)).mean()",
        False,
    ),
    "of soft masks": ("(1 - (meant - net(x[200:]).sigmoid()).abs()).mean() / 3", False),
    "the mean with the background": (
        "((said * meant).sum() / ((said + meant) > 0).sum()"
        " + ((1 - said) * (1 - meant)).sum() / ((2 - said - meant) > 0).sum()) / 2",
        False,
    ),
    "twice both over the sum": ("2 * (said * meant).sum() / (said.sum() + meant.sum())", True),
    "all that agrees": ("(said == meant).float().mean()", True),
}


@pytest.mark.parametrize("how", FIGURES)
def test_an_overlap_of_masks_is_computed_anew(doctor, how):
    figure, wrong = FIGURES[how]
    verdict, _ = doctor(SEGMENTS.replace("FIGURE", f"iou = {figure}"), prove=False)
    assert [f.fault for f in verdict.findings if f.severity == "error"] == ["eval/wrong-metric"] * wrong
    if wrong:
        assert verdict.findings[0].line == 19


def test_readings_of_an_overlap_are_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    said, meant = (generator.random((12, 1, 9, 9)) > share for share in (0.6, 0.7))
    part = Part([said.astype(np.float32)], [meant.astype(np.float32)])
    (steps,) = overlaps.chosen([{0: part}], "binary_cross_entropy")
    flat = steps[0].all
    values = {what: [measure(*flat) for measure in known] for what, (_, known) in overlaps.NAMES.items()}
    whole, truth = said.ravel(), meant.ravel()
    each = [jaccard_score(b.ravel(), a.ravel()) for a, b in zip(said, meant, strict=True)]
    assert values["the intersection over union"] == pytest.approx(
        [jaccard_score(truth, whole)] * 2 + [np.mean(each)] * 2
    )
    both = values["the mean intersection over union"][1]
    assert both == pytest.approx(jaccard_score(truth, whole, average="macro"))
    assert values["the Dice coefficient"][0] == pytest.approx(f1_score(truth, whole))


def test_fractions_made_into_ids_are_no_input(doctor):
    script = """
import torch
from torch import nn
torch.manual_seed(0)
x = torch.rand(300, 6) * 0.99
y = (x[:, 0] > x[:, 1]).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 4)
        self.out = nn.Linear(24, 2)

    def forward(self, x):
        return self.out(self.embedding(x.long()).flatten(1))


net = Net()
optimizer = torch.optim.Adam(net.parameters(), 1e-2)
for step in range(40):
    rows = torch.randperm(300)[:50]
    loss = nn.functional.cross_entropy(net(SCALE[rows]), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    verdict, _ = doctor(script.replace("SCALE", "x"), prove=False)
    assert [(f.fault, f.line) for f in verdict.findings][:1] == [("model/ignores-input", 16)]
    verdict, _ = doctor(script.replace("SCALE", "(x * 10)"), prove=False)
    assert "model/ignores-input" not in [f.fault for f in verdict.findings]


ONE_BATCH = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
x = torch.randn(900, 6)
y = (x[:, 0] * x[:, 1] > 0).long()
x, x_val, y, y_val = x[:700], x[700:], y[:700], y[700:]
loader = DataLoader(TensorDataset(x, y), batch_size=50, shuffle=True)
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(net.parameters(), 1e-2)
BEFORE
for step in range(60):
    WITHIN
    loss = nn.functional.cross_entropy(net(rows), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 9:
        with torch.no_grad():
            print(f"step {step} val loss {nn.functional.cross_entropy(net(HELD_OUT), LABELS).item():.3f}")
"""
ONCE = "rows, labels = next(iter(loader))"
CUT = "rows, labels = x[:50], y[:50]"


@pytest.mark.parametrize(
    ("before", "within", "held_out", "line"),
    [
        (ONCE, "pass", "x_val", 12),
        ("start = 0", CUT, "x_val", 14),
        (ONCE, "pass", "rows", None),  # learnt by heart on purpose: nothing else is asked
        ("pass", "rows, labels = x[step % 14 * 50 :][:50], y[step % 14 * 50 :][:50]", "x_val", None),
        ("x, y = x[:50], y[:50]", CUT, "x_val", None),  # all there is
    ],
)
def test_one_batch_for_all_steps(doctor, before, within, held_out, line):
    labels = {"x_val": "y_val", "rows": "labels"}[held_out]
    script = ONE_BATCH.replace("BEFORE", before).replace("WITHIN", within)
    verdict, _ = doctor(script.replace("HELD_OUT", held_out).replace("LABELS", labels), prove=False)
    named = [(f.fault, f.line) for f in verdict.findings if f.fault == "data/repeated-batch"]
    assert named == ([("data/repeated-batch", line)] if line else [])


BLOCKS = """
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear = nn.Linear(width, width)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.blocks = EMPTY
        for _ in range(3):
            FILL
"""


@pytest.mark.parametrize(
    ("empty", "fill", "line"),
    [
        ("[]", "self.blocks.append(Block(8))", 15),
        ("{}", "self.blocks[str(len(self.blocks))] = Block(8)", 15),
        ("[Block(8) for _ in range(3)]", "pass", 15),
        ("nn.ModuleList()", "self.blocks.append(Block(8))", None),
        ("nn.ModuleList([Block(8) for _ in range(3)])", "pass", None),
        ("Block(8)", "pass", None),
    ],
)
def test_a_module_of_the_scripts_own_in_a_plain_list(tmp_path, empty, fill, line):
    file = tmp_path / "train.py"
    file.write_text(BLOCKS.replace("EMPTY", empty).replace("FILL", fill), encoding="utf-8")
    found = held_plainly(Place(str(file), 8))
    assert (found.line if found else None) == line
