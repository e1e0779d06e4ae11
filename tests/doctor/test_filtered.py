"""An array cut to the length of another one that a mask has filtered, read from the text."""

import pytest

from vitreous.doctor.filtered import moved_alone


@pytest.mark.parametrize(
    ("text", "with_the_mask"),
    [
        ("keep = ~np.isnan(a).any(axis=1)\nx = a[keep]\ny = b[:len(x)]\n", "y = b[keep]"),
        ("keep = x[:, 0] > 0\nx = x[keep]\ny = y[:x.shape[0]]\n", "y = y[keep]"),
        ("keep = torch.isfinite(a).all(1)\nn = keep.sum()\nx = a[keep]\ny = b[:n]\n", "y = b[keep]"),
        ("keep = (a > 0) & (a < 9)\nx, y = a[keep], b[:keep.sum()]\n", "x, y = a[keep], b[keep]"),
        ("x = a[a[:, 0] > 0]\ny = b[:len(x)]\n", "y = b[a[:, 0] > 0]"),
        ("def load():\n    keep = a > 0\n    x = a[keep]\n    y = b[:len(x)]\n", "    y = b[keep]"),
    ],
)
def test_the_mask_is_put_in_place_of_the_length(tmp_path, text, with_the_mask):
    script = tmp_path / "train.py"
    script.write_text(text)
    (moved,) = moved_alone(str(script))
    assert [edit.text for edit in moved.edits] == [with_the_mask]
    assert moved.line == text.splitlines().index([line for line in text.splitlines() if "[:" in line][-1]) + 1


@pytest.mark.parametrize(
    "text",
    [
        "keep = a > 0\nx, y = a[keep], b[keep]\n",
        "keep = a > 0\nx = a[keep]\ny = b[keep]\n",
        "n = int(0.8 * len(a))\nx, y = a[:n], b[:n]\n",
        "keep = a > 0\nx, y = a[keep], b[keep]\nx, y = x[:n], y[:n]\n",
    ],
)
def test_what_is_filtered_or_cut_on_both_sides_is_left_alone(tmp_path, text):
    script = tmp_path / "train.py"
    script.write_text(text)
    assert moved_alone(str(script)) == []


def test_a_copy_of_what_is_filtered_may_be_cut(tmp_path):
    """Rows chosen by a list of numbers are no filter: a batch."""
    script = tmp_path / "train.py"
    script.write_text("rows = order[:n]\nx = a[rows]\ny = b[:len(x)]\n")
    assert not any("only loses its end" in moved.how for moved in moved_alone(str(script)))
