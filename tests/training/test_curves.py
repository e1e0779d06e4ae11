"""What the curves of a run say about it."""

from vitreous.training.curves import advice


def history(train, validation):
    return [{"train.loss": t, "validation.loss": v} for t, v in zip(train, validation, strict=True)]


def test_overfitting_is_said_with_its_epoch():
    (said,) = advice(history([1, 0.8, 0.5, 0.2, 0.1], [1, 0.9, 0.85, 1, 1.2]), 3)
    assert "overfits from epoch 4 on" in said


def test_a_run_that_still_improves_should_go_on():
    assert advice(history([1, 0.9, 0.8, 0.7], [1, 0.9, 0.8, 0.7]), 4) == [
        "Validation was still improving at the last epoch: train longer."
    ]


def test_a_run_that_settled_needs_none():
    assert advice(history([1, 0.5, 0.4, 0.4], [1, 0.5, 0.45, 0.45]), 3) == []


def test_nothing_is_said_of_a_few_epochs_or_without_validation():
    assert advice(history([1, 0.1, 0.1], [1, 2, 3]), 1) == []
    assert advice([{"train.loss": 1.0}] * 9, 9) == []
    assert advice([], 0) == []
