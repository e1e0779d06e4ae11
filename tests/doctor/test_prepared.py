"""A table that is scaled before it is split, read from the source (row F2)."""

import pytest

from vitreous.doctor.faults.data.split_leak import suspect
from vitreous.doctor.prepared import fitted_on_all
from vitreous.record.evidence import Evidence

HEAD = (
    "from sklearn.preprocessing import StandardScaler\nfrom sklearn.model_selection import train_test_split\n"
)
SPLIT = "a, b, c, d = train_test_split(x, y, test_size=0.2, random_state=42)\n"


@pytest.mark.parametrize(
    "scaling",
    [
        "x = StandardScaler().fit_transform(x)\n",
        "scaler = StandardScaler()\nx = scaler.fit_transform(x)\n",
        "x = preprocessing.MinMaxScaler().fit(x).transform(x)\n",
        "x = torch.tensor(StandardScaler().fit_transform(x))\n",
        "x = (x - x.mean(axis=0)) / x.std(axis=0)\n",
        "x = (x - x.mean(0)) / (x.std(0) + 1e-8)\n",
    ],
)
def test_scaling_before_the_split_is_a_note_with_its_line(tmp_path, scaling):
    script = tmp_path / "iris.py"
    script.write_text(HEAD + scaling + SPLIT)
    place, split = fitted_on_all(str(script))
    assert place.line == HEAD.count("\n") + scaling.count("\n")
    assert split.line == place.line + 1

    (found,) = suspect(Evidence(script=str(script)))
    assert (found.severity, found.certain, found.place) == ("note", True, place)


@pytest.mark.parametrize(
    "lines",
    [
        SPLIT + "scaler = StandardScaler()\na = scaler.fit_transform(a)\nb = scaler.transform(b)\n",
        SPLIT + "x = StandardScaler().fit_transform(x)\n",
        "x = LabelEncoder().fit_transform(x)\n" + SPLIT,
        "z = StandardScaler().fit_transform(x)\n" + SPLIT,
        "x = x / 255.0\n" + SPLIT,
        "def f(x):\n    x = StandardScaler().fit_transform(x)\n" + SPLIT,
        "image = (image - image.mean()) / image.std()\n" + SPLIT.replace("x, y", "image, y"),
        "x = (\n",
    ],
)
def test_what_learns_nothing_of_the_test_rows_is_not_named(tmp_path, lines):
    script = tmp_path / "iris.py"
    script.write_text(HEAD + lines)
    assert fitted_on_all(str(script)) is None
