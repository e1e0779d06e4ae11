"""Where a value was written down, told from a script's text."""

from __future__ import annotations

from pathlib import Path

import pytest

from vitreous.doctor import calls, literals, source
from vitreous.record.places import Place

SCRIPT = """\
import argparse
config = {"batch_size": 2, "lr": 1e-3}
WIDTH, DEPTH = 64, 3
twice = 1
twice = 2
parser = argparse.ArgumentParser()
parser.add_argument("--weight-decay", type=float, default=0.5)
args = parser.parse_args()


class Net:
    def __init__(self, width=16):
        self.weight = make(width)
        self.width = width


def train(loader):
    for group in optimizer.param_groups:
        group["lr"] *= 0.5


loader = DataLoader(data, batch_size=config["batch_size"])
model = build(WIDTH, twice, 7)
optimizer = Adam(
    model.parameters(),
    weight_decay=args.weight_decay,
)
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return str(path)


def _value_line(script: str, line: int, ending: str, name: str, position: int | None = None) -> int | None:
    found = literals.origin(script, source.argument(Place(script, line), [name], position, ending))
    return found.line if found else None


def test_a_key_of_a_dictionary_a_name_and_an_option_are_followed(script: str) -> None:
    assert _value_line(script, 22, "DataLoader", "batch_size") == 2
    assert _value_line(script, 23, "build", "width", 0) == 3
    assert _value_line(script, 24, "Adam", "weight_decay") == 7


def test_what_is_set_twice_is_the_last_and_what_stands_in_the_call_stays_there(script: str) -> None:
    assert _value_line(script, 23, "build", "", 1) == 5
    assert _value_line(script, 23, "build", "", 2) == 23


def test_an_option_of_a_framework_is_told_by_its_value(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        "net = Classifier(\n    Module,\n    optimizer__lr=0.05,\n    seed=7,\n)\nnet.fit(x, y)\n"
    )
    fit = Place(str(path), 6)
    assert literals.option(fit, ("lr",), 0.05, of="Adam") == Place(str(path), 3)
    assert literals.option(fit, ("lr",), 0.01, of="Adam") == fit
    assert literals.option(None, ("lr",), 0.05) is None


def test_a_call_over_several_lines_is_found_from_each(script: str) -> None:
    assert [calls.called(c) for c in calls.calls_at(Place(script, 26), "Adam")] == ["Adam"]


def test_attributes_and_written_learning_rates_are_found(script: str) -> None:
    assert calls.attribute_set(script, "Net", "weight") == 13
    assert calls.attribute_set(script, "Net", "bias") is None
    assert calls.learning_rate_set(script) == 19


def test_the_one_call_of_a_class_is_its_construction(script: str) -> None:
    assert calls.constructed_at(Place(script, 12), "ArgumentParser") == Place(script, 6)
    assert calls.constructed_at(Place(script, 12), "Net") == Place(script, 12)  # nobody makes one


def test_what_cannot_be_read_is_none(tmp_path: Path) -> None:
    missing = Place(str(tmp_path / "no.py"), 3)
    assert calls.calls_at(missing) == []
    assert calls.learning_rate_set(missing.file) is None
    assert literals.origin(missing.file, None) is None


def test_a_number_in_the_fields_of_a_configuration_is_found_there(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "@dataclass\nclass Options:\n    lr: float = 0.05\n    betas: tuple = (0.9, 0.999)\n\n\n"
        "optimizer = AdamW(model.parameters(), **vars(Options()))\n",
        encoding="utf-8",
    )
    made = Place(str(script), 7)
    assert literals.option(made, ("lr",), 0.05, 1, "AdamW") == Place(str(script), 3)
    assert literals.option(made, ("lr",), 0.01, 1, "AdamW") == made  # another number is not it


def test_a_setting_that_is_put_under_a_key_is_found_there(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        'config = dict(seed=1)\nconfig["batch_size"] = 2\ntrain = DataLoader(x, batch_size=config["batch_size"])\n'
        "val = DataLoader(x, batch_size=40)\n",
        encoding="utf-8",
    )
    assert literals.option(Place(str(script), 3), ("batch_size",), None, 1, "DataLoader") == Place(
        str(script), 2
    )
