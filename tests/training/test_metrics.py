"""Metrics against published values, NumPy and scikit-learn; intervals against how often they are right."""

import math

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from vitreous.data.types import Task
from vitreous.training import metrics


def random_probabilities(rows=300, classes=4, seed=0):
    generator = np.random.default_rng(seed)
    probability = generator.dirichlet(np.ones(classes), rows)
    # Labels drawn from those probabilities: perfectly calibrated.
    target = np.array([generator.choice(classes, p=p) for p in probability])
    return probability, target


# Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3: the score interval.
@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(right, total, low, high):
    assert metrics.wilson(right, total) == pytest.approx((low, high), abs=5e-5)


def test_wilson_at_the_ends():
    assert metrics.wilson(0, 0) == (0.0, 1.0)
    assert metrics.wilson(20, 20) == pytest.approx((1 - 0.1611, 1.0), abs=5e-5)
    assert metrics.wilson(0, 20)[0] == 0.0


def test_wilson_solves_the_equation_of_the_score_test():
    for right, total in ((3, 40), (39, 40), (500, 1000)):
        for bound in metrics.wilson(right, total):
            z = (right / total - bound) / math.sqrt(bound * (1 - bound) / total)
            assert abs(z) == pytest.approx(1.959964, abs=1e-4)


def test_wilson_holds_the_truth_in_95_of_100():
    generator = np.random.default_rng(0)
    for truth in (0.5, 0.9, 0.97):
        drawn = generator.binomial(200, truth, 4000)
        held = np.mean([low <= truth <= high for low, high in (metrics.wilson(k, 200) for k in drawn)])
        assert 0.93 < held < 0.975


def test_bootstrap_holds_the_truth_about_95_of_100():
    generator = np.random.default_rng(0)
    held = 0
    for seed in range(150):
        low, high = metrics.bootstrap(lambda x: float(x.mean()), generator.normal(3, 1, 80), seed=seed)
        held += low <= 3 <= high
    assert 0.88 <= held / 150 <= 0.99


def test_bootstrap_of_a_mean_is_as_wide_as_theory_says(monkeypatch):
    values = np.random.default_rng(1).normal(size=2000)
    low, high = metrics.bootstrap(lambda x: float(x.mean()), values)
    assert high - low == pytest.approx(2 * 1.96 / math.sqrt(2000), rel=0.15)
    # From a sample of the rows, still the interval of all of them.
    monkeypatch.setattr(metrics, "BOOTSTRAP_ROWS", 500)
    low, high = metrics.bootstrap(lambda x: float(x.mean()), values)
    assert high - low == pytest.approx(2 * 1.96 / math.sqrt(2000), rel=0.15)


def test_bootstrap_is_the_same_every_time():
    values = np.random.default_rng(1).normal(size=50)
    assert metrics.bootstrap(np.mean, values) == metrics.bootstrap(np.mean, values)


def test_classification_equals_scikit_learn():
    probability, target = random_probabilities()
    found = metrics.classification(probability, target)
    predicted = probability.argmax(1)
    assert found["accuracy"] == sk.accuracy_score(target, predicted)
    assert found["macro_f1"] == pytest.approx(sk.f1_score(target, predicted, average="macro"))
    assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(target, probability, multi_class="ovr"))
    assert found["accuracy.low"] < found["accuracy"] < found["accuracy.high"]


def test_auc_of_two_classes_counts_pairs_in_order():
    probability, target = random_probabilities(60, 2)
    scores = probability[:, 1]
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[target == 1] for b in scores[target == 0]]
    assert metrics.classification(probability, target)["roc_auc"] == pytest.approx(np.mean(pairs))


def test_no_auc_where_a_class_never_occurs():
    probability, _ = random_probabilities(20, 3)
    assert "roc_auc" not in metrics.classification(probability, np.zeros(20, dtype=int))


def test_calibration_error_by_hand():
    probability = np.array([[0.95, 0.05], [0.95, 0.05], [0.65, 0.35], [0.35, 0.65]])
    target = np.array([0, 1, 0, 1])
    found = metrics.calibration(probability, target)
    # Above 0.9: 0.95 said, 1 of 2 right. Above 0.6: 0.65 said, 2 of 2 right.
    assert found["expected_calibration_error"] == pytest.approx(0.5 * 0.45 + 0.5 * 0.35)
    assert [(b["count"], b["accuracy"]) for b in found["bins"]] == [(2, 1.0), (2, 0.5)]


def test_calibrated_probabilities_have_a_small_error_and_certain_ones_do_not():
    probability, target = random_probabilities(4000)
    assert metrics.calibration(probability, target)["expected_calibration_error"] < 0.03
    certain = np.eye(4)[probability.argmax(1)]
    wrong = (probability.argmax(1) != target).mean()
    assert metrics.calibration(certain, target)["expected_calibration_error"] == pytest.approx(wrong)


def test_confusion_has_a_row_a_true_class():
    target, predicted = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 0, 2, 2])
    found = metrics.confusion(predicted, target, ("a", "b", "c", "never"))
    assert found["labels"] == ["a", "b", "c", "never"]
    assert found["counts"] == sk.confusion_matrix(target, predicted, labels=range(4)).tolist()


def test_per_class_equals_scikit_learn():
    probability, target = random_probabilities()
    predicted = probability.argmax(1)
    report = sk.classification_report(target, predicted, output_dict=True)
    for number, row in enumerate(metrics.per_class(predicted, target, tuple("abcd"))):
        theirs = report[str(number)]
        assert (row["precision"], row["recall"], row["f1"]) == pytest.approx(
            (theirs["precision"], theirs["recall"], theirs["f1-score"])
        )
        assert row["support"] == theirs["support"]


def test_regression_equals_scikit_learn():
    generator = np.random.default_rng(0)
    target = generator.normal(size=(200, 2)) * [1, 100]
    predicted = target + generator.normal(size=(200, 2))
    found = metrics.regression(predicted, target)
    assert found["rmse"] == pytest.approx(math.sqrt(sk.mean_squared_error(target, predicted)))
    assert found["mae"] == pytest.approx(sk.mean_absolute_error(target, predicted))
    assert found["r2"] == pytest.approx(sk.r2_score(target, predicted))
    assert found["rmse.low"] < found["rmse"] < found["rmse.high"]


def test_r2_of_a_constant_target_is_left_out():
    assert "r2" not in metrics.regression(np.ones((5, 1)), np.zeros((5, 1)))


def test_multilabel_equals_scikit_learn():
    generator = np.random.default_rng(0)
    probability, target = generator.random((50, 3)), generator.integers(0, 2, (50, 3))
    predicted = probability > 0.5
    found = metrics.multilabel(probability, target)
    assert found["exact_match"] == pytest.approx(sk.accuracy_score(target, predicted))
    assert found["macro_f1"] == pytest.approx(sk.f1_score(target, predicted, average="macro"))
    assert found["accuracy"] == pytest.approx(1 - sk.hamming_loss(target, predicted))


def test_probabilities_add_up_also_of_huge_logits():
    logits = torch.tensor([[1000.0, 1001.0, -1000.0]])
    assert metrics.probabilities(logits, Task("multiclass", 3)).sum() == pytest.approx(1)
    two = metrics.probabilities(torch.tensor([[1000.0], [0.0]]), Task("binary", 1))
    assert two.tolist() == [[0.0, 1.0], [0.5, 0.5]]


@pytest.mark.parametrize(
    ("kind", "outputs", "targets", "right", "of"),
    [
        ("binary", [[1.0], [-1.0], [2.0]], [1.0, 1.0, 1.0], 2, 3),
        ("multiclass", [[1.0, 2.0], [2.0, 1.0]], [1, 1], 1, 2),
        ("multiclass", [[1.0, 2.0], [2.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]], 1, 2),
        ("multilabel", [[1.0, -1.0], [1.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], 3, 4),
        ("tagging", [[[1.0, 2.0], [2.0, 1.0], [9.0, 0.0]]], [[1, 1, -100]], 1, 2),
        ("regression", [[1.0]], [[1.0]], 0, 0),
    ],
)
def test_right_ones_are_counted(kind, outputs, targets, right, of):
    found, counted = metrics.count_right(torch.tensor(outputs), torch.tensor(targets), Task(kind, 2))
    assert (int(found), counted) == (right, of)
