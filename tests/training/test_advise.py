"""Advice before training: each rule of group M, and the measured gain against scikit-learn."""

import io
import json

import numpy as np
import polars as pl
import pytest
from rich.console import Console
from sklearn.datasets import load_wine

from vitreous import models
from vitreous.data.types import Task
from vitreous.errors import DataError
from vitreous.training import gain
from vitreous.training.advise import Axis, advise, hidden_activation, output_layer
from vitreous.training.recipe import Recipe


def shown(thing):
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(thing)
    return console.file.getvalue()


@pytest.fixture(scope="module")
def spiral():
    return advise("spiral")


@pytest.fixture(scope="module")
def toy():
    return advise("toy200")


@pytest.fixture(scope="module")
def digits():
    return advise("digits")


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "reviews.csv"
    rng = np.random.default_rng(0)
    words = [(["good", "fine", "great"], "yes"), (["bad", "poor", "awful"], "no")]
    rows = [(" ".join(rng.choice(words[k % 2][0], 6)), words[k % 2][1]) for k in range(200)]
    pl.DataFrame({"review": [r[0] for r in rows], "liked": [r[1] for r in rows]}).write_csv(path)
    return advise(path, target="liked", text="review")


def test_M1_advice_has_four_axes_with_value_direction_and_reason(toy):
    assert [axis.name for axis in toy.axes] == ["rows", "structure", "features", "hardware"]
    assert toy.axes[0].measured == "140 rows to train"
    assert all(isinstance(axis, Axis) and axis.measured and axis.why for axis in toy.axes)
    assert {axis.points_to for axis in toy.axes} <= {"network", "classical", "either"}


def test_M1_few_rows_of_columns_point_to_classical_models_and_images_to_networks(toy, digits):
    assert [axis.points_to for axis in toy.axes[:3]] == ["classical"] * 3
    assert [axis.points_to for axis in digits.axes[1:3]] == ["network"] * 2


def test_M1_tens_of_thousands_of_rows_point_to_a_network():
    x = np.random.default_rng(0).normal(size=(20_000, 3)).astype(np.float32)
    found = advise((x, (x[:, 0] > 0).astype(np.int64)), device="cpu")
    assert found.axes[0].points_to == "network"
    assert found.axes[3].measured == "cpu" and found.axes[3].points_to == "classical"


def test_M2_unstructured_data_ask_for_a_network_pretrained_first(digits):
    assert digits.tool == "network"
    assert "pretrained" in digits.reason
    assert "pretrained weights" in [step.value for step in digits.ladder]


def test_M2_boosted_trees_are_on_the_ladder_of_small_tables_and_overfitting_is_watched(toy):
    assert "boosted trees" in [step.value for step in toy.ladder]
    assert any("50,000" in step.why for step in toy.ladder)
    assert "overfitting" in toy.ladder[-1].why


@pytest.mark.parametrize(
    ("kind", "outputs", "activation", "loss"),
    [
        ("binary", 1, "sigmoid", "binary cross-entropy"),
        ("multiclass", 3, "softmax", "cross-entropy"),
        ("regression", 1, "none", "mean squared error"),
    ],
)
def test_M3_output_activation_follows_the_task(kind, outputs, activation, loss):
    assert output_layer(Task(kind, outputs))[:2] == (activation, loss)


@pytest.mark.parametrize(("layers", "activation"), [(4, "relu"), (2, "relu"), (1, "tanh")])
def test_M3_hidden_activation_follows_the_depth(layers, activation):
    assert hidden_activation(layers)[0] == activation


def test_M2_below_fifty_thousand_rows_trees_are_the_tool_where_nothing_was_measured():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.normal(size=300), "p": [0, 1, 1] * 100, "q": [1, 0, 1] * 100})
    found = advise(frame, target=["p", "q"], task="multilabel")
    assert found.gain is None and found.tool == "boosted trees" and "50,000" in found.reason


def test_M3_the_advice_carries_the_leaf_of_its_data(toy, digits):
    assert (toy.output_activation, toy.loss) == ("sigmoid", "binary cross-entropy")
    assert (digits.output_activation, digits.loss) == ("softmax", "cross-entropy")
    assert advise("diabetes").output_activation == "none"


def test_M4_the_ladder_goes_from_simple_to_deep_and_architecture_comes_before_hyperparameters(toy):
    steps = [step.value for step in toy.ladder]
    assert steps[0] == "linear" and steps[-1] == "hyperparameters"
    assert (
        steps.index("mlp, one hidden layer")
        < steps.index("mlp, two hidden layers")
        < steps.index("mlp, four, residual")
    )


def test_M5_adam_relu_and_mini_batches_are_the_defaults(toy):
    chosen = {choice.name: choice.value for choice in toy.settings}
    assert chosen["optimizer"] == Recipe().optimizer.name == "adamw"
    assert chosen["hidden activation"] == "relu"
    assert 1 < int(chosen["batch"]) < 140
    assert all(choice.why for choice in toy.settings)


def test_M6_the_picked_network_suits_the_input_and_is_explained(toy, digits, texts):
    assert (toy.model, digits.model, texts.model) == ("mlp", "cnn", "lstm")
    for found in (toy, digits, texts):
        assert found.model in models.names() and len(found.model_reason) > 20
    assert "more data" in toy.axes[0].why
    assert [found.settings[0].value for found in (toy, digits, texts)] == ["relu", "relu", "tanh"]


def test_M7_the_advice_says_what_is_lost(toy):
    weights = 10 * 256 + 256 + 256 * 128 + 128 + 128 + 1
    assert f"{weights:,} weights" in toy.lost and "10 inputs have one readable weight" in toy.lost


def test_M8_the_gain_is_large_where_no_line_helps(spiral):
    assert spiral.gain.low > 0.2
    assert spiral.tool != "linear model"
    assert f"{100 * spiral.gain.difference:+.1f} points" in spiral.gain_text
    network, line = spiral.gain.scores[-1], spiral.gain.scores[0]
    assert spiral.gain.difference == pytest.approx(network.value - line.value)


def test_M8_the_linear_figure_is_scikit_learns(toy):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from vitreous.data.open import open_data
    from vitreous.training.recipe import DataRecipe

    data = open_data("toy200", DataRecipe(source="toy200"), 0)
    x, y = data.train.take(range(len(data.train)))
    folds = StratifiedKFold(gain.FOLDS, shuffle=True, random_state=0)
    line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
    sizes = [len(test) for _, test in folds.split(x, y)]
    expected = np.average(cross_val_score(line, x.numpy(), y.numpy(), cv=folds), weights=sizes)
    assert toy.gain.scores[0].value == pytest.approx(expected)
    assert toy.gain.scores[0].low < expected < toy.gain.scores[0].high


def test_M8_no_gain_is_promised_where_a_line_is_enough(toy):
    assert toy.tool == "linear model"
    assert toy.gain.low < 0.02


def test_M8_the_error_of_a_regression_is_relative_to_the_mean():
    x = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    noise = np.random.default_rng(1).normal(scale=0.5, size=300)
    found = advise((x, (x[:, 0] * 3 + noise).astype(np.float32)))
    assert found.gain.metric == "relative error"
    assert found.gain.scores[0].value == pytest.approx(0.5 / np.sqrt(9.25), abs=0.05)
    assert found.tool == "linear model"


def test_M8_what_cannot_be_measured_says_so(texts):
    assert texts.gain is None and texts.gain_text.startswith("not measured: ")
    assert texts.gain_text in shown(texts).replace("\n", " ").replace("  ", " ")


def test_F9_the_data_report_counts_what_is_odd(tmp_path):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.normal(size=100), "b": rng.normal(size=100), "y": ["u"] * 90 + ["v"] * 10})
    holes = frame.with_columns(b=pl.when(pl.int_range(pl.len()) % 5 == 0).then(None).otherwise(pl.col("b")))
    path = tmp_path / "holes.csv"
    pl.concat([holes, holes[:40]]).write_csv(path)
    found = advise(path, target="y", settings={"data.test": 0.0, "data.validation": 0.0})
    report = {line.name: line for line in found.data_report}
    assert report["missing"].value == "28 values"
    assert report["duplicates"].value == "40 rows"
    assert report["balance"].value == "smallest class 10, largest 130"
    assert report["balance"].why.startswith("unbalanced")
    assert any("b" in note and "missing" in note for note in found.notes)


def test_F9_clean_data_report_nothing():
    data = load_wine()
    found = advise((data.data.astype(np.float32), data.target))
    report = {line.name: line.why for line in found.data_report}
    assert report["missing"] == report["infinite"] == report["constant"] == "none"
    assert report["balance"] == "balanced"


def test_it_fits_eighty_columns_and_holds_no_markup(tmp_path):
    path = tmp_path / "[red]x.csv"
    pl.DataFrame({"[bold]a": list(range(60)), "y": ["u", "v"] * 30}).write_csv(path)
    text = shown(advise(path, target="y"))
    assert "[red]x" in text and "[bold]a" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_unusable_data_are_an_error_and_too_few_rows_only_unmeasured(tmp_path):
    with pytest.raises(DataError):
        advise(tmp_path / "nothing.csv")
    few = advise("xor")
    assert few.gain is None and "too few" in few.gain_text and few.tool == "linear model"


def test_the_command_prints_one_json_object(capsys):
    from vitreous.cli.app import app

    app(["advise", "toy200", "--json"], standalone_mode=False)
    found = json.loads(capsys.readouterr().out)
    assert found["tool"] == "linear model" and len(found["axes"]) == 4 and found["gain"]["rows"] == 140
