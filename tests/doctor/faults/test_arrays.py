"""Figures computed in NumPy and by scikit-learn: what a script holds against what."""

import pytest

from vitreous.doctor.arrays import compiled
from vitreous.doctor.diagnose import suspects

SCRIPT = """\
import numpy as np
import torch
from sklearn.metrics import accuracy_score, r2_score, recall_score
from torch import nn

torch.manual_seed(0)
X = torch.randn(400, 5)
y = (X[:, 0] - 2 * X[:, 1] + 0.3 * torch.randn(400)).numpy()
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
Y = torch.from_numpy(y / y.std()).unsqueeze(1)
for epoch in range(5):
    for rows in torch.arange(300).split(20):
        loss = nn.functional.mse_loss(model(X[rows]), Y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        said = np.concatenate([model(part).numpy() for part in X[300:].split(40)]) * y.std()
    y_val = y[300:]
    figure = np.abs(said[:, 0] - y_val).mean()
    print(f"epoch {epoch} figure {figure:.3f}")
"""
RIGHT = "np.abs(said[:, 0] - y_val).mean()"
FIGURES = {
    "np.abs(said - y_val).mean()": "compared with every",
    "((y_val - said) ** 2).mean() ** 0.5": "compared with every",
    "r2_score(said, y_val)": "as the truth",
    "recall_score(said[:, 0] > 0, y_val > 0)": "as the truth",
    RIGHT: None,
    "r2_score(y_val, said)": None,
    "r2_score(y_pred=said, y_true=y_val)": None,
    "recall_score(y_val > 0, said[:, 0] > 0)": None,
    "accuracy_score(said[:, 0] > 0, y_val > 0)": None,
    "np.abs(y_val[:, None] - y_val).mean()": None,
    "np.abs(said - said[:, 0]).mean()": None,
}


@pytest.mark.parametrize("figure", FIGURES)
def test_figures(doctor, figure):
    _, evidence = doctor(SCRIPT.replace(RIGHT, figure), prove=False)
    found = [s for s in suspects(evidence)[0] if s.file.fault.id == "eval/wrong-metric"]
    assert not evidence.not_checked
    if FIGURES[figure] is None:
        assert found == []
    else:
        assert [s.suspicion.place.line for s in found] == [21]
        assert FIGURES[figure] in found[0].suspicion.summary


def test_accuracies_count_as_comparisons(doctor):
    source = SCRIPT.replace(RIGHT, "accuracy_score(y_val > 0, said[:, 0] > 0)")
    _, evidence = doctor(source, prove=False)
    assert [row.total for row in evidence.comparisons] == [100] * 5
    assert evidence.comparisons[-1].right > 80


MEANING = """
import numpy as np
class __Mangled:
    '''Docs.'''
    __gap = 3
    def less(self, a, b):
        return a - self.__gap - b
def run(a, b):
    return a - b - a, a == b, a != b, [x - y for x, y in zip((a, b), (b, a))], a - 1, 0 <= a == b
def fail(a, b):
    return (
        a
        - b
    )
parts = (np.arange(3) - np.arange(3) * 2.0).tolist()
done = run(5, 3), parts, {1, 2} - {2}, __Mangled().less(9, 1), f"{2 - 1}"
line = 0
try:
    fail("a", 1)
except TypeError as error:
    line, text = error.__traceback__.tb_next.tb_lineno, str(error)
"""


def test_the_meaning_of_a_script_stays():
    plain, heard = {"__name__": "a"}, {"__name__": "a"}
    exec(compile(MEANING, "a.py", "exec"), plain)
    exec(compiled(MEANING, "a.py"), heard)
    for name in ("done", "line", "text"):
        assert plain[name] == heard[name]
    assert set(plain) == set(heard)
