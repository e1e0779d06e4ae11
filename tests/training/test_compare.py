"""Comparing models on one split: the figures, the sentences that follow, and what goes wrong."""

import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

from vitreous.data.open import open_data
from vitreous.errors import DataError, ModelError, RunError, UsageError
from vitreous.training.compare import compare
from vitreous.training.comparison import Comparison, Row
from vitreous.training.events import Listener
from vitreous.training.recipe import DataRecipe
from vitreous.training.run import Run


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return compare("toy200", epochs=5, out=tmp_path_factory.mktemp("compare"))


def shown(thing):
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(thing)
    return console.file.getvalue()


def made(values, metric="accuracy", task="binary", *, width=0.02):
    """A comparison of made-up figures: {label: (network, parameters, value)}."""
    rows = [
        Row(label, network, "made", value, value - width, value + width, parameters, 1.0)
        for label, (network, parameters, value) in values.items()
    ]
    return Comparison("made", task, metric, rows, {"train": 100, "test": 50}, 1, Path("runs/none"))


def test_J13_linear_and_boosted_rows_are_in_every_table(found):
    names = [row.model for row in found.rows]
    assert names[:3] == ["always the most frequent class", "logistic regression", "boosted trees"]
    assert names[3:] == ["linear", "mlp-small", "mlp", "mlp-deep"]
    table = shown(found)
    assert "logistic regression" in table and "boosted trees" in table
    inner = json.loads((found.folder / "mlp" / "evaluation.json").read_text())
    assert {"logistic regression", "boosted trees"} <= {b["name"] for b in inner["baselines"]}


def test_the_linear_row_is_scikit_learns_figure_on_the_same_split(found):
    data = open_data("toy200", DataRecipe(source="toy200"), 0)
    x, y = data.train.take(range(len(data.train)))
    x_test, y_test = data.test.take(range(len(data.test)))
    line = LogisticRegression(max_iter=200).fit(x.numpy(), y.numpy())
    expected = accuracy_score(y_test.numpy(), line.predict(x_test.numpy()))
    assert found.linear.value == pytest.approx(expected, abs=0.03)
    assert found.examples == {"train": len(data.train), "test": len(data.test)}


def test_J17_the_table_has_model_data_accuracy_parameters_and_time(found):
    text = shown(found)
    for word in ("toy200", "model", "accuracy", "95% interval", "parameters", "seconds"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 80
    mlp = next(row for row in found.rows if row.model == "mlp")
    assert mlp.parameters == 10 * 256 + 256 + 256 * 128 + 128 + 128 + 1
    assert mlp.seconds > 0 and mlp.low <= mlp.value <= mlp.high and mlp.data == "toy200"


def test_each_network_is_a_run_that_can_be_used(found):
    row = next(row for row in found.rows if row.model == "mlp-small")
    run = Run(row.runs[0])
    assert run.status == "finished"
    assert run.result["test.accuracy"] == row.value
    assert run.evaluate().metrics["accuracy"] == pytest.approx(row.value)
    assert run.recipe.model.options == {"hidden": [64]}


def test_the_json_says_the_same(found):
    saved = json.loads((found.folder / "comparison.json").read_text())
    assert [row["model"] for row in saved["rows"]] == [row.model for row in found.rows]
    assert saved["recommended"] == found.recommended.model
    assert saved["sentences"] == found.sentences()
    assert not list(found.folder.glob(".tmp-*"))


def test_J11_the_difference_to_the_linear_model_is_in_points():
    values = {"logistic regression": (False, 7850, 0.926), "mlp-deep": (True, 669_706, 0.983)}
    comparison = made(values)
    assert comparison.gain(comparison.rows[1]) == "+5.7 points"
    assert any("mlp-deep +5.7 points" in sentence for sentence in comparison.sentences())


def test_J11_an_error_is_compared_in_percent():
    comparison = made(
        {"linear regression": (False, 11, 50.0), "mlp": (True, 99, 40.0)}, "rmse", "regression", width=2
    )
    assert comparison.gain(comparison.rows[1]) == "-20.0% RMSE"
    assert comparison.recommended.model == "mlp"


@pytest.mark.parametrize(
    ("deep", "sentence"),
    [
        (0.96, "Deeper did not help: mlp-deep 96.0%, mlp-small 97.0%."),
        (0.975, "Deeper did not help measurably: mlp-deep 97.5%, mlp-small 97.0%, within the 95% interval."),
        (0.995, "Deeper helped: mlp-deep 99.5%, mlp-small 97.0%."),
    ],
)
def test_J16_it_says_when_deeper_did_not_help(deep, sentence):
    comparison = made({"mlp-small": (True, 700, 0.97), "mlp-deep": (True, 70_000, deep)})
    assert sentence in comparison.sentences()


def test_M4_the_simplest_model_within_the_interval_of_the_best_is_used():
    values = {
        "always the most frequent class": (False, 1, 0.5),
        "logistic regression": (False, 11, 0.94),
        "boosted trees": (False, None, 0.965),
        "mlp-small": (True, 700, 0.97),
        "mlp": (True, 40_000, 0.98),
    }
    comparison = made(values)
    assert comparison.recommended.model == "boosted trees"
    assert comparison.sentences()[0].startswith("Use boosted trees (96.5%): it is the simplest model within")
    assert (
        made(values | {"logistic regression": (False, 11, 0.97)}).recommended.model == "logistic regression"
    )
    assert made(values, width=0.001).recommended.model == "mlp"


def test_A18_a_network_and_a_line_differ_in_four_rows(found):
    traits = found.traits()
    assert [trait["trait"] for trait in traits] == ["non-linearity", "features", "interpretability", "scale"]
    assert all(trait["linear"] and trait["network"] for trait in traits)
    for trait in traits:
        assert trait["trait"] in shown(found)


def test_H9_two_settings_of_one_network_are_compared_run_by_run(tmp_path):
    values = {
        width: compare(
            "moons", models=["mlp"], epochs=20, out=tmp_path / str(width), settings={"model.hidden": [width]}
        ).rows[-1]
        for width in (2, 64)
    }
    assert values[64].parameters == 2 * 64 + 64 + 64 + 1
    assert values[2].parameters == 2 * 2 + 2 + 2 + 1
    assert values[64].value > values[2].value


def test_a_model_that_fails_is_a_row_and_the_others_go_on(tmp_path):
    heard = []

    class Ears(Listener):
        def note(self, text):
            heard.append(text)

    found = compare("toy200", models=["gru", "linear"], epochs=2, out=tmp_path / "c", listener=Ears())
    failed = next(row for row in found.rows if row.model == "gru")
    assert failed.value is None and failed.problem.startswith("failed: gru takes inputs of kind")
    assert next(row for row in found.rows if row.model == "linear").value is not None
    assert len(heard) == len(found.rows)
    assert "gru: failed" in shown(found).replace("\n", " ")


def test_seeds_are_other_splits_that_all_models_share(tmp_path):
    found = compare("toy200", models=["linear"], epochs=3, seeds=2, out=tmp_path / "c")
    line = next(row for row in found.rows if row.model == "linear")
    assert len(line.each) == len(line.runs) == 2
    assert line.value == pytest.approx(np.mean(line.each))
    assert [Run(folder).recipe.train.seed for folder in line.runs] == [0, 1]
    for folder, value in zip(line.runs, line.each, strict=True):
        assert Run(folder).evaluate().metrics["accuracy"] == pytest.approx(value)
    assert all(len(row.each) == 2 for row in found.rows)


def test_a_deep_network_on_images_is_left_out_with_a_reason_where_it_would_take_long(tmp_path):
    found = compare(
        "digits", epochs=200, device="cpu", settings={"train.time_limit": 0.01}, out=tmp_path / "c"
    )
    left_out = next(row for row in found.rows if row.model == "resnet18")
    assert left_out.problem.startswith("left out: about") and "--models resnet18" in left_out.problem
    assert next(row for row in found.rows if row.model == "cnn").value is not None


def test_names_in_files_are_never_markup(tmp_path):
    path = tmp_path / "[red]x[bold].csv"
    pl.DataFrame({"a": list(range(60)), "y": ["u", "v"] * 30}).write_csv(path)
    found = compare(path, target="y", models=["linear"], epochs=1, out=tmp_path / "c")
    assert "[red]x[bold]" in shown(found)


def test_wrong_calls_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ModelError, match="Did you mean 'mlp'"):
        compare("toy200", models=["mpl"], out=tmp_path / "c")
    with pytest.raises(UsageError, match="seeds"):
        compare("toy200", seeds=0, out=tmp_path / "c")
    with pytest.raises(UsageError, match="several models"):
        compare("toy200", model="mlp", out=tmp_path / "c")
    with pytest.raises(DataError):
        compare(tmp_path / "nothing.csv", out=tmp_path / "c")
    with pytest.raises(UsageError, match="held out"):
        compare("toy200", settings={"data.test": 0}, out=tmp_path / "c")
    assert not (tmp_path / "c").exists()
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "mine.txt").write_text("kept")
    with pytest.raises(RunError, match="not empty"):
        compare("toy200", models=["linear"], out=tmp_path / "d")


def test_folders_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        found = compare("toy200", models=["linear"], epochs=1)
        assert found.folder == Path(f"runs/compare-toy200-{number:03d}")


def test_the_command_prints_one_json_object(tmp_path, capsys):
    from vitreous.cli.app import app

    app(
        ["compare", "toy200", "--models", "linear", "--epochs", "1", "--out", str(tmp_path / "c"), "--json"],
        standalone_mode=False,
    )
    assert json.loads(capsys.readouterr().out)["data"] == "toy200"


def test_the_command_prints_plain_lines_without_a_terminal(tmp_path, capsys):
    from vitreous.cli.app import app

    app(
        ["compare", "toy200", "--models", "linear", "--epochs", "1", "--out", str(tmp_path / "c")],
        standalone_mode=False,
    )
    text = capsys.readouterr().out
    assert "\x1b" not in text and "  linear: accuracy" in text and "Use " in text
