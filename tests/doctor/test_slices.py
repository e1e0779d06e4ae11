"""What a line's values are made from: by the text of a script alone."""

import pytest
from tests.doctor.scripts import line_of

from vitreous.doctor import slices
from vitreous.record.places import Place

LABELS = """\
def survey(n):
    x = load(n + 1)
    kind = draw(n)
    return x.astype("float32"), kind + 1


def other(kind):
    return kind + 1


x, y = survey(300)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2)
loader = DataLoader(TensorDataset(torch.tensor(x_train), torch.tensor(y_train)), 32, shuffle=True)
for epoch in range(1, 10 + 1):
    pass
"""


@pytest.mark.parametrize(
    ("part", "by", "text"), [(1, 1, "kind + 1\n\n\ndef"), (0, 1, "load(n + 1)"), (1, 2, None)]
)
def test_the_line_that_shifts_a_part_is_found_through_names_functions_and_splits(tmp_path, part, by, text):
    script = tmp_path / "train.py"
    script.write_text(LABELS)
    place = slices.shifted(Place(str(script), line_of(LABELS, "loader = ")), part, by)
    wanted = None if text is None else 1 + LABELS[: LABELS.index(text)].count("\n")
    assert (place.line if place else None) == wanted


def test_of_several_lines_none_is_named(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("a = b + 1\nc = a + 1\nloader = TensorDataset(x, c)\n")
    assert slices.shifted(Place(str(script), 3), 1, 1) is None
    assert slices.shifted(None, 1, 1) is None
