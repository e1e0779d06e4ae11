import pytest

from vitreous.report import numbers, values


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.9734, "97.3%"),
        (1, "100.0%"),
        (0, "0.0%"),
        (0.99987, "99.99%"),
        (0.00012, "0.01%"),
        (None, "–"),
        (float("nan"), "–"),
        ("0.5", "–"),
        (True, "–"),
    ],
)
def test_percent(share, shown):
    assert numbers.percent(share) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (3.0, "3"),
        (2.302585, "2.303"),
        (0.0213, "0.0213"),
        (0.28904, "0.2890"),
        (0.0001234, "0.0001234"),
        (0.00001234, "1.23e-5"),
        (1e-7, "1e-7"),
        (-12.3456, "-12.35"),
        (54321.9, "54,322"),
        (1.5e12, "1.5e12"),
        (10**400, "–"),
        (float("inf"), "–"),
    ],
)
def test_plain(number, shown):
    assert numbers.plain(number) == shown


@pytest.mark.parametrize(
    ("duration", "shown"),
    [
        (0.03, "30 ms"),
        (0.9999, "1.0 s"),
        (3.2, "3.2 s"),
        (59.97, "1 min 0 s"),
        (75, "1 min 15 s"),
        (3599.8, "1 h 0 min"),
        (3725, "1 h 2 min"),
        (-1, "–"),
    ],
)
def test_seconds(duration, shown):
    assert numbers.seconds(duration) == shown


def test_counts_and_intervals():
    assert numbers.count(109386) == "109,386"
    assert numbers.interval("accuracy", 0.97, 0.977) == "97.0–97.7%"
    assert numbers.interval("test.rmse", 41.2, 44.96) == "41.2–44.96"
    assert numbers.interval("r2", -0.2, 0.3) == "-0.2 to 0.3"
    assert numbers.interval("accuracy", None, 0.5) == ""
    assert numbers.metric("test.examples", 10000) == "10,000"


def test_text_is_printable_and_short():
    assert values.text("\x1b[31mred\x1b[0m \x1b]0;title\x07x\x9b1mY\x00") == "red xY"
    assert values.text("a\u202eb\u2066c") == "abc"
    assert values.text("one\r\ntwo") == "one  two"
    assert values.text("one\r\ntwo", lines=True) == "one\ntwo"
    assert values.text("\ud800") == "\ufffd"
    assert len(values.text("x" * 10_000_000, 50)) == 50
    assert values.text("שלום") == "שלום"
    assert values.text(None) == ""


def test_equal_labels_stay_apart():
    assert values.distinct(["a", "a", "a (2)"]) == ["a", "a (2)", "a (2) (2)"]
    assert len(set(values.distinct(["a", "a (2)", "a", "a"]))) == 4


def test_evenly_keeps_both_ends():
    kept = values.evenly(range(1000), 7)
    assert (len(kept), kept[0], kept[-1]) == (7, 0, 999)
    assert values.evenly([1, 2], 7) == [1, 2]
    assert values.evenly([1, 2, 3], 1) == [3]
    assert values.evenly([1, 2, 3], 0) == []
