"""From a printed number back to the line that counts it, however it is printed."""

import pytest

from vitreous.doctor.counting import NUMBER, counted_at
from vitreous.record.places import Place

PROGRAM = """\
def evaluate(loader):
    right = total = 0
    for x, y in loader:
        right += (model(x).argmax(1) + 1 == y).sum().item()
        total += len(y)
    return right / total, total


accuracy, samples = evaluate(held_out)
SHOWN
"""
WAYS = {
    'print(f"epoch {epoch} loss {loss:.3f} val acc {accuracy:.3f}")': 2,
    'print("epoch", epoch, "loss", round(loss, 3), "val acc", round(100 * accuracy, 3))': 2,
    'print("epoch %d loss %.3f val acc %.3f" % (epoch, loss, accuracy))': 2,
    'print("epoch {} loss {:.3f} of 10 val acc {:.3f}".format(epoch, loss, accuracy))': 3,
    'logging.info("epoch %3d loss %5.3f val acc %5.3f", epoch, loss, accuracy)': 2,
    'print("val acc " + str(accuracy))': 0,
    'print(f"top-5 of {epoch}: {evaluate(held_out)[0]:.3f}")': 1,
}


@pytest.mark.parametrize("shown", WAYS)
def test_a_printed_number_is_found_where_it_is_counted(shown, tmp_path):
    file = tmp_path / "train.py"
    file.write_text(PROGRAM.replace("SHOWN", shown))
    assert counted_at(Place(str(file), 10), WAYS[shown]).line == 4


def test_what_says_nothing_stays_where_it_is_printed(tmp_path):
    file = tmp_path / "train.py"
    file.write_text("import figures\nprint(figures.latest())\n")
    assert counted_at(Place(str(file), 2), 0).line == 2


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("top-5 0.91 hits@10 0.97", ["0.91", "0.97"]),
        ("loss=-1.5e-05 acc:3", ["-1.5e-05", "3"]),
        ("mse2 f1 0.5", ["0.5"]),
    ],
)
def test_numbers_of_a_line_are_those_that_are_no_part_of_a_name(line, numbers):
    assert NUMBER.findall(line) == numbers
