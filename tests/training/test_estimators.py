"""The scikit-learn estimators: scikit-learn's own checks, and what people do with estimators."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, make_moons
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from vitreous.errors import ModelError, RecipeError
from vitreous.training.estimators import Classifier, Regressor

QUICK = {"epochs": 5, "random_state": 0}


@parametrize_with_checks([Classifier(), Regressor()])
def test_scikit_learn_accepts_the_estimators(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def moons():
    return make_moons(300, noise=0.1, random_state=0)


def test_the_classifier_learns_what_a_line_cannot(moons):
    X, y = moons
    network = Classifier(random_state=0, epochs=60, lr=0.005).fit(X[:200], y[:200])
    line = LogisticRegression().fit(X[:200], y[:200])
    assert network.score(X[200:], y[200:]) > line.score(X[200:], y[200:]) + 0.05
    assert network.score(X, y) == accuracy_score(y, network.predict(X))


def test_the_regressor_beats_the_mean_and_keeps_the_units_of_the_target():
    X, y = load_diabetes(return_X_y=True)
    X, y = X[:200], y[:200] * 1000
    network = Regressor(random_state=0, epochs=20).fit(X[:150], y[:150])
    mean = DummyRegressor().fit(X[:150], y[:150])
    predicted = network.predict(X[150:])
    assert r2_score(y[150:], predicted) > r2_score(y[150:], mean.predict(X[150:])) + 0.2
    assert predicted.shape == (50,) and predicted.dtype == np.float64


def test_several_targets_come_back_in_their_shape():
    X = np.random.default_rng(0).normal(size=(120, 3))
    y = np.stack([X[:, 0] * 5 + 100, X[:, 1] - X[:, 2]], axis=1)
    predicted = Regressor(random_state=0, epochs=60, lr=0.01).fit(X, y).predict(X)
    assert predicted.shape == y.shape
    assert r2_score(y, predicted) > 0.95


def test_probabilities_agree_with_logits_and_labels():
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    network = Classifier(**QUICK).fit(X, names)
    logits, probabilities = network.decision_function(X), network.predict_proba(X)
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-12)
    assert list(network.classes_) == ["setosa", "versicolor", "virginica"]
    assert (network.predict(X) == network.classes_[probabilities.argmax(1)]).all()


@pytest.mark.parametrize("estimator", [Classifier(**QUICK), Regressor(**QUICK)])
def test_pickle_and_copy_predict_the_same(estimator, moons):
    X, y = moons
    fitted = clone(estimator).fit(X, y)
    for copied in (pickle.loads(pickle.dumps(fitted)), deepcopy(fitted)):
        np.testing.assert_array_equal(copied.predict(X), fitted.predict(X))
    assert b"torch.nn" not in pickle.dumps(fitted)
    assert all(isinstance(weight, np.ndarray) for weight in fitted.weights_.values())


def test_the_same_random_state_gives_the_same_network_and_leaves_torch_alone(moons):
    X, y = moons
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    one, two, other = (Classifier(epochs=3, random_state=seed).fit(X, y) for seed in (0, 0, 1))
    torch.set_rng_state(before)
    three = Classifier(epochs=3, random_state=0).fit(X, y)
    three.predict(X)
    for name, weight in one.weights_.items():
        np.testing.assert_array_equal(weight, two.weights_[name])
        np.testing.assert_array_equal(weight, three.weights_[name])
    assert any((weight != other.weights_[name]).any() for name, weight in one.weights_.items())
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_fit_writes_no_file(moons, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    Classifier(**QUICK).fit(*moons).predict(moons[0])
    assert list(tmp_path.iterdir()) == []
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""


def test_history_has_a_line_an_epoch(moons):
    network = Classifier(epochs=4, random_state=0).fit(*moons)
    assert network.n_iter_ == len(network.history_) == len(network.loss_curve_) == 4
    assert [line["epoch"] for line in network.history_] == [1, 2, 3, 4]
    assert network.loss_curve_ == [line["train.loss"] for line in network.history_]
    best = min(network.history_, key=lambda line: line["validation.loss"])
    assert network.best_epoch_ == best["epoch"]


def test_H8_the_fit_options_of_keras_have_the_same_shape_and_meaning(moons):
    X, y = moons
    network = Classifier(early_stopping=5, lr=0.02, random_state=0)
    network.fit(X, y, epochs=50, batch_size=16, validation_split=0.2)
    steps = -(-240 // 16)  # 300 rows less a fifth
    assert network.history_[0]["step"] == steps
    losses = [line["validation.loss"] for line in network.history_]
    assert network.best_epoch_ == 1 + int(np.argmin(losses))  # the best weights are restored
    assert network.n_iter_ == 50 or network.n_iter_ == network.best_epoch_ + 5
    assert network.epochs == "auto"  # what fit was told does not change the parameters


def test_a_pipeline_and_a_grid_search_drive_it(moons):
    X, y = moons
    pipeline = make_pipeline(StandardScaler(), Classifier(**QUICK))
    grid = GridSearchCV(pipeline, {"classifier__options": [{"hidden": [8]}, {"hidden": [32, 16]}]}, cv=2)
    grid.fit(X, y)
    best = grid.best_estimator_[-1]
    widths = [weight.shape[0] for name, weight in best.weights_.items() if name.endswith("weight")]
    assert widths[:-1] == grid.best_params_["classifier__options"]["hidden"]
    grid = GridSearchCV(Classifier(**QUICK), {"batch_size": np.array([16, 64])}, cv=2, n_jobs=2).fit(X, y)
    assert grid.best_score_ > 0.6


def test_cross_validation_on_a_frame():
    data = load_breast_cancer(as_frame=True)
    assert isinstance(data.data, pd.DataFrame)
    scores = cross_val_score(Classifier(epochs=10, random_state=0), data.data, data.target, cv=3)
    assert scores.min() > 0.93
    fitted = Classifier(**QUICK).fit(data.data, data.target)
    assert list(fitted.feature_names_in_) == list(data.data.columns) and fitted.n_features_in_ == 30


def test_class_weight_moves_predictions_to_the_rare_class():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0, 1, (270, 2)), rng.normal(1, 1, (30, 2))])
    y = np.repeat([0, 1], [270, 30])
    plain, balanced = (
        Classifier(epochs=20, random_state=0, class_weight=w).fit(X, y) for w in (None, "balanced")
    )
    assert balanced.predict(X).sum() > plain.predict(X).sum() + 30
    dictionary = Classifier(epochs=20, random_state=0, class_weight={0: 1.0, 1: 9.0}).fit(X, y)
    assert dictionary.predict(X).sum() > plain.predict(X).sum() + 30


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_inputs_far_from_zero_are_standardized_in_double_precision(offset, moons):
    X, y = moons
    shifted = Classifier(**QUICK).fit(X + offset, y).predict_proba(X + offset)
    np.testing.assert_allclose(shifted, Classifier(**QUICK).fit(X, y).predict_proba(X), atol=1e-3)


def test_settings_reach_the_recipe_and_wrong_ones_are_refused(moons):
    network = Classifier(**QUICK, settings={"schedule.name": "constant", "optimizer.lr": 0.5}).fit(*moons)
    assert {line["learning_rate"] for line in network.history_} == {0.5}
    with pytest.raises(RecipeError, match=r"optimizer\.name"):
        Classifier(optimizer="adamm").fit(*moons)
    with pytest.raises(ModelError, match="no option 'hiden'"):
        Classifier(options={"hiden": [3]}).fit(*moons)
    with pytest.raises(ModelError, match="no model 'mpl'"):
        Classifier("mpl").fit(*moons)


def test_no_validation_part_keeps_every_row_for_training(moons):
    network = Classifier(**QUICK, validation=0, batch_size="full").fit(*moons)
    assert network.history_[-1]["step"] == 5 and "validation.loss" not in network.history_[0]
