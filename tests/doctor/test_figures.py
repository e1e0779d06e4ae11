"""Figures that a program prints of its evaluation, computed in ways that they are no such figures."""

import pytest
from tests.doctor.scripts import changed

CLASSES = """\
import numpy as np, torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
Xa, Xb, ya, yb = train_test_split(X / 16.0, y, test_size=0.3, random_state=0, stratify=y)
T = lambda a, b: TensorDataset(torch.tensor(a, dtype=torch.float32), torch.tensor(b))
train_loader = DataLoader(T(Xa, ya), batch_size=64, shuffle=True)
val_loader = DataLoader(T(Xb, yb), batch_size=64)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(10):
    model.train()
    for xb, t in train_loader:
        opt.zero_grad()
        loss = loss_fn(model(xb), t)
        loss.backward()
        opt.step()
    model.eval()
"""
BINARY = changed(
    CLASSES,
    ("import load_digits", "import load_breast_cancer"),
    ("= load_digits(", "= load_breast_cancer("),
    ("X / 16.0", "(X - X.mean(0)) / X.std(0)"),
    ("nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)", "nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1)"),
    ("nn.CrossEntropyLoss()", "nn.BCEWithLogitsLoss()"),
    ("loss_fn(model(xb), t)", "loss_fn(model(xb).squeeze(1), t.float())"),
)
NUMBERS = changed(
    CLASSES,
    ("import load_digits", "import load_diabetes"),
    ("= load_digits(", "= load_diabetes("),
    ("X / 16.0, y", "X / X.std(0), ((y - y.mean()) / y.std())[:, None].astype('float32')"),
    (", stratify=y", ""),
    ("nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)", "nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1)"),
    ("nn.CrossEntropyLoss()", "nn.MSELoss()"),
)

OF_CLASSES = {
    "the largest score, not its class": """\
    correct = total = 0
    with torch.no_grad():
        for xb, t in val_loader:
            pred, _ = model(xb).max(1)
            correct += (pred.long() == t).sum().item()
            total += len(t)
    print(f"epoch {epoch} val acc {correct / total:.4f}")
""",
    "answers compared with themselves": """\
    preds, labels = [], []
    with torch.no_grad():
        for xb, t in val_loader:
            out = model(xb).argmax(1)
            preds.extend(out.tolist()); labels.extend(out.tolist())
    print(f"epoch {epoch} val acc {np.mean(np.array(preds) == np.array(labels)):.4f}")
""",
    "a class further": """\
    correct = total = 0
    with torch.no_grad():
        for xb, t in val_loader:
            correct += (model(xb).argmax(1) + 1 == t).sum().item()
            total += len(t)
    print(f"epoch {epoch} val acc {correct / total:.4f}")
""",
    "one minus the loss": """\
    tot = 0
    with torch.no_grad():
        for xb, t in val_loader:
            tot += loss_fn(model(xb), t).item()
    print(f"epoch {epoch} val acc {1 - tot / len(val_loader):.4f}")
""",
    "divided without a remainder": """\
    correct = total = 0
    with torch.no_grad():
        for xb, t in val_loader:
            correct += (model(xb).argmax(1) == t).sum().item()
            total += len(t)
    print(f"epoch {epoch} val acc {correct // total:.4f}")
""",
    "labels of the other loader": """\
    preds, labels = [], []
    with torch.no_grad():
        for xb, t in val_loader:
            preds += model(xb).argmax(1).tolist()
        for xb, t in train_loader:
            labels += t.tolist()
    n = len(preds)
    print(f"epoch {epoch} val acc {np.mean(np.array(preds) == np.array(labels[:n])):.4f}")
""",
    "whole batches that are right": """\
    hits = []
    with torch.no_grad():
        for xb, t in val_loader:
            hits.append(torch.equal(model(xb).argmax(1), t))
    print(f"epoch {epoch} val acc {np.mean(hits):.4f}")
""",
    "over the size of the training set": """\
    correct = 0
    with torch.no_grad():
        for xb, t in val_loader:
            correct += (model(xb).argmax(1) == t).float().sum()
    acc = correct / len(train_loader.dataset)
    print("epoch", epoch, "val acc", round(acc.item(), 4))
""",
}

OF_TWO = {
    "a probability cut at zero": """\
    correct = total = 0
    with torch.no_grad():
        for xb, t in val_loader:
            correct += ((torch.sigmoid(model(xb)).squeeze(1) > 0).long() == t).sum().item()
            total += len(t)
    print(f"epoch {epoch} val acc {correct / total:.4f}")
""",
    "the largest of one output": """\
    correct = total = 0
    with torch.no_grad():
        for xb, t in val_loader:
            correct += (model(xb).argmax(1) == t).sum().item()
            total += len(t)
    print(f"epoch {epoch} val acc {correct / total:.4f}")
""",
    "the other way round": """\
    correct = total = 0
    with torch.no_grad():
        for xb, t in val_loader:
            correct += ((model(xb).squeeze(1) < 0).long() == t).sum().item()
            total += len(t)
    print(f"epoch {epoch} val acc {correct / total:.4f}")
""",
    "a recall over all samples": """\
    tp = pp = 0
    with torch.no_grad():
        for xb, t in val_loader:
            p = (model(xb).squeeze(1) > 0).long()
            tp += (p * t).sum().item(); pp += len(t)
    print(f"epoch {epoch} val recall {tp / pp:.4f}")
""",
    "an area of answers cut the other way round": """\
    from sklearn.metrics import roc_auc_score
    with torch.no_grad():
        p = torch.cat([model(xb).squeeze(1) for xb, t in val_loader])
    print(f"epoch {epoch} val auc {roc_auc_score((p < 0).long().numpy(), yb):.4f}")
""",
}

OF_NUMBERS = {
    "signs cancel": """\
    err = n = 0
    with torch.no_grad():
        for xb, t in val_loader:
            err += (model(xb) - t).sum().item()
            n += len(t)
    print(f"epoch {epoch} val mae {err / n:.4f}")
""",
    "signs cancel within a batch": """\
    err = n = 0
    with torch.no_grad():
        for xb, t in val_loader:
            err += (model(xb) - t).sum().abs().item()
            n += len(t)
    print(f"epoch {epoch} val mae {err / n:.4f}")
""",
    "all with all": """\
    err = n = 0
    with torch.no_grad():
        for xb, t in val_loader:
            err += (model(xb) - t.squeeze(1)).abs().mean().item()
            n += 1
    print(f"epoch {epoch} val mae {err / n:.4f}")
""",
    "means of batches over samples": """\
    err = 0
    with torch.no_grad():
        for xb, t in val_loader:
            err += loss_fn(model(xb), t).item()
    print(f"epoch {epoch} val mse {err / len(val_loader.dataset):.4f}")
""",
    "roots of sums": """\
    err = n = 0
    with torch.no_grad():
        for xb, t in val_loader:
            err += (model(xb) - t).pow(2).sum().sqrt().item(); n += len(t)
    print(f"epoch {epoch} val rmse {err / n:.4f}")
""",
    "variance of the predictions": """\
    with torch.no_grad():
        p = torch.cat([model(xb) for xb, t in val_loader]).numpy()
    ss = ((yb - p) ** 2).sum(); tot = ((p - p.mean()) ** 2).sum()
    print(f"epoch {epoch} val r2 {1 - ss / tot:.4f}")
""",
}
RIGHT = {
    "accuracy": (
        CLASSES,
        """\
    correct = total = 0
    with torch.no_grad():
        for xb, t in val_loader:
            correct += (model(xb).argmax(1) == t).sum().item()
            total += len(t)
    print(f"epoch {epoch} val acc {correct / total:.4f}")
""",
    ),
    "accuracy of two": (
        BINARY,
        """\
    correct = total = 0
    with torch.no_grad():
        for xb, t in val_loader:
            correct += ((model(xb).squeeze(1) > 0).long() == t).sum().item()
            total += len(t)
    print(f"epoch {epoch} val acc {correct / total:.4f}")
""",
    ),
    "another cut": (
        BINARY,
        """\
    correct = total = 0
    with torch.no_grad():
        for xb, t in val_loader:
            correct += ((model(xb).squeeze(1) > 0.5).long() == t).sum().item()
            total += len(t)
    print(f"epoch {epoch} val acc {correct / total:.4f}")
""",
    ),
    "mean error": (
        NUMBERS,
        """\
    err = n = 0
    with torch.no_grad():
        for xb, t in val_loader:
            err += (model(xb) - t).abs().sum().item()
            n += len(t)
    print(f"epoch {epoch} val mae {err / n:.4f}")
""",
    ),
    "three best": (
        CLASSES,
        """\
    hits = total = 0
    with torch.no_grad():
        for xb, t in val_loader:
            hits += (model(xb).topk(3, dim=1).indices == t.unsqueeze(1)).any(1).sum().item()
            total += len(t)
    print(f"epoch {epoch} val top-3 acc {hits / total:.4f}")
""",
    ),
}
ALL = {way: CLASSES + text for way, text in OF_CLASSES.items()}
ALL |= {way: BINARY + text for way, text in OF_TWO.items()}
ALL |= {way: NUMBERS + text for way, text in OF_NUMBERS.items()}
ONCE = [
    way for way in ALL if way != "answers compared with themselves"
]  # 0.06 off once is nothing to be sure by


def once(source):
    """The same with one evaluation at the end."""
    trained, mode, evaluated = source.partition("    model.eval()\n")
    return trained + "".join(line[4:] for line in (mode + evaluated).splitlines(keepends=True))


def serious(doctor, source):
    verdict, _ = doctor(source, prove=False)
    return [finding for finding in verdict.findings if finding.severity != "note"]


def check(doctor, source):
    (finding,) = serious(doctor, source)
    shown = [number for number, line in enumerate(source.splitlines(), 1) if "print(" in line]
    assert finding.fault == "eval/wrong-metric" and 0 <= shown[-1] - finding.line <= 4


@pytest.mark.parametrize("way", ["a class further", "a probability cut at zero", "signs cancel"])
def test_a_figure_that_the_answers_contradict_is_named_where_it_is_counted(doctor, way):
    check(doctor, ALL[way])


@pytest.mark.long
@pytest.mark.parametrize("way", ALL)
def test_every_way_is_named(doctor, way):
    check(doctor, ALL[way])


@pytest.mark.long
@pytest.mark.parametrize("way", ONCE)
def test_and_where_it_is_printed_once(doctor, way):
    check(doctor, once(ALL[way]))


@pytest.mark.parametrize("way", RIGHT)
def test_figures_that_are_right_raise_nothing(doctor, way):
    assert serious(doctor, "".join(RIGHT[way])) == []


def test_a_figure_that_print_writes_in_pieces_has_its_name(doctor):
    source = changed(
        ALL["a class further"],
        ('print(f"epoch {epoch} val acc {correct / total:.4f}")', 'print("val acc", correct / total)'),
    )
    check(doctor, source)


def test_a_figure_that_is_logged_is_read(doctor):
    source = changed(
        ALL["a class further"],
        (
            "import numpy as np, torch",
            "import logging\nimport numpy as np, torch\nlogging.basicConfig(level=logging.INFO)",
        ),
        (
            'print(f"epoch {epoch} val acc {correct / total:.4f}")',
            'logging.info("val acc %.3f", correct / total)',
        ),
    )
    assert [finding.fault for finding in serious(doctor, source)] == ["eval/wrong-metric"]
