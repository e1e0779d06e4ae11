"""Where a function prepares one part of the data in another way: read from its text."""

import pytest

from vitreous.doctor.flagged import prepared_under_a_flag
from vitreous.record.places import Place

READ = """
class Rows:
    def __getitem__(self, index):
        row = self.rows[index]
        {0}
        return row, self.kinds[index]
"""
BRANCHES = {
    "training alone": "if self.train:\n            row = row.flip(0)\n            row = (row - M) / S  # HERE",
    "held-out alone": "if self.split != 'train':\n            row = row / 255  # HERE",
    "each its own": (
        "if self.train:\n            row = (row - M) / S\n        else:\n            row = row / S  # HERE"
    ),
    "held-out first": (
        "if not self.training:\n            row = row / S  # HERE\n        else:\n            row = (row - M) / S"
    ),
    "in one expression": "row = (row - M) / S if self.train else row  # HERE",
    "left before": (
        "if self.mode == 'test':\n            return row, self.kinds[index]  # HERE\n        row = (row - M) / S"
    ),
    "an argument": "return prepare(row, True)\n\n    def other(self):\n        return prepare(self.rows, False)",
}
PREPARE = """

def prepare(values, train):
    if train:
        values = (values - M) / S  # HERE
    return values
"""
MEANT = {
    "drawn at random": "if self.train:\n            row = torch.roll(row, 1)",
    "drawn before": "if self.train:\n            gain = random.uniform(1, 2)\n            row = row * gain",
    "no flag": "if row.max() > 1:\n            row = row / 255",
}


def place(tmp_path, text):
    file = tmp_path / "script.py"
    file.write_text(text)
    line = next(number for number, code in enumerate(text.splitlines(), 1) if "def __getitem__" in code)
    return prepared_under_a_flag(str(file), [Place(str(file), line, "__getitem__")])


@pytest.mark.parametrize("name", BRANCHES)
def test_the_branch_that_the_other_part_lacks_is_named(tmp_path, name):
    text = READ.format(BRANCHES[name]) + (PREPARE if name == "an argument" else "")
    here = next(number for number, code in enumerate(text.splitlines(), 1) if code.endswith("# HERE"))
    found = place(tmp_path, text)
    assert found is not None
    assert found.line == here


@pytest.mark.parametrize("name", MEANT)
def test_augmentation_and_other_branches_are_not(tmp_path, name):
    assert place(tmp_path, READ.format(MEANT[name])) is None
