"""Whole runs: what they leave behind, that they repeat, and that they can be used again."""

import json

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from sklearn.datasets import load_digits, load_iris
from torch import nn
from torch.utils.data import TensorDataset

import vitreous as vt
from vitreous.errors import DataError, RecipeError, RunError, TrainingError, UsageError
from vitreous.training.find_lr import range_test
from vitreous.training.run import Run, list_runs


def bytes_of(run):
    return (run.folder / "model.safetensors").read_bytes()


@pytest.fixture
def iris_frame():
    found = load_iris()
    names = [name.removesuffix(" (cm)").replace(" ", "_") for name in found.feature_names]
    columns = dict(zip(names, found.data.T, strict=True))
    return pl.DataFrame({**columns, "species": [str(found.target_names[i]) for i in found.target]})


@pytest.fixture
def iris_file(iris_frame, tmp_path):
    iris_frame.write_csv(tmp_path / "iris.csv")
    return tmp_path / "iris.csv"


def test_same_seed_same_bytes_other_seed_others(quick):
    first, again, other = (quick("iris", epochs=2, seed=seed) for seed in (1, 1, 2))
    assert bytes_of(first) == bytes_of(again) != bytes_of(other)
    assert first.result["test.accuracy"] == again.result["test.accuracy"]
    times = {"seconds", "epoch_seconds", "examples_per_second"}
    lines = [
        [{k: v for k, v in line.items() if k not in times} for line in run.history] for run in (first, again)
    ]
    assert lines[0] == lines[1]
    assert first.record == again.record


def test_checks_range_test_baselines_and_record_change_no_weight(quick):
    settings = [
        {}, {"train.checks": True}, {"train.baselines": True}, {"train.record_every": 1}, {"train.record_every": 10**9}
    ]  # fmt: skip
    plain, *others = (bytes_of(quick("iris", epochs=2, settings=given)) for given in settings)
    assert all(other == plain for other in others)


def test_every_file_has_its_documented_contents(quick):
    run = quick("iris", epochs=3, report=True, settings={"train.baselines": True, "train.checks": True})
    names = {path.name for path in run.folder.iterdir()}
    assert names >= {
        "recipe.toml", "environment.json", "preprocessing.json", "model.safetensors", "history.jsonl", "record.jsonl",
        "result.json", "evaluation.json", "report.html", "checkpoints",
    }  # fmt: skip
    assert run.status == "finished"
    assert {
        "model", "data", "task", "parameters", "epochs", "best_epoch", "steps", "seconds", "train.examples", "status",
        "train.loss", "train.accuracy", "validation.loss", "validation.accuracy", "test.loss", "test.accuracy",
        "test.accuracy.low", "test.accuracy.high", "test.macro_f1", "test.roc_auc",
        "test.expected_calibration_error", "test.examples", "baseline.logistic regression.accuracy",
    } <= run.result.keys()  # fmt: skip
    figures = run.result
    assert figures.pop("findings") == []
    assert all(isinstance(value, int | float | str) for value in figures.values())
    assert [line["epoch"] for line in run.history] == [1, 2, 3]
    assert set(run.history[0]) == {
        "epoch", "step", "epoch_seconds", "seconds", "learning_rate", "train.loss", "train.accuracy",
        "validation.loss", "validation.accuracy", "gradient_norm", "examples_per_second",
    }  # fmt: skip
    assert {"step", "epoch", "loss", "learning_rate", "gradient_norm", "layers"} == run.record[0].keys()
    evaluation = json.loads((run.folder / "evaluation.json").read_text())
    assert {
        "checks",
        "layers",
        "confusion",
        "calibration",
        "per_class",
        "worst",
        "baselines",
        "verdict",
    } <= set(evaluation)
    assert {"kind", "task", "input", "values"} <= json.loads(
        (run.folder / "preprocessing.json").read_text()
    ).keys()
    assert {"torch", "python", "command", "data fingerprint", "threads"} <= json.loads(
        (run.folder / "environment.json").read_text()
    ).keys()
    assert "auto" not in [run.recipe.train.epochs, run.recipe.train.batch_size, run.recipe.model.name]
    page = (run.folder / "report.html").read_text()
    assert "<script" not in page
    (checkpoint,) = (run.folder / "checkpoints").iterdir()
    assert {path.name for path in checkpoint.iterdir()} == {
        "manifest.json", "model.safetensors", "best.safetensors", "optimizer.safetensors", "state.json"
    }  # fmt: skip


def test_the_saved_weights_are_those_of_the_best_epoch(quick):
    run = quick("toy200", epochs=40, lr=0.03, settings={"train.early_stopping": 5, "model.hidden": [64]})
    losses = [line["validation.loss"] for line in run.history]
    assert run.result["best_epoch"] == 1 + int(np.argmin(losses)) < len(losses)
    from vitreous.data.open import open_data

    data = open_data("toy200", run.recipe.data, run.recipe.train.seed)
    x, y = data.validation.take(range(len(data.validation)))
    with torch.no_grad():
        judged = nn.functional.binary_cross_entropy_with_logits(run.model(x)[:, 0], y).item()
    assert judged == pytest.approx(min(losses), rel=1e-5)
    assert run.result["validation.loss"] == min(losses)


@pytest.mark.parametrize(
    "settings",
    [{}, {"train.class_weights": "balanced"}, {"train.loss": "focal"}, {"train.label_smoothing": 0.1}],
)
@pytest.mark.parametrize("source", ["iris", "breast_cancer"])
def test_evaluate_gives_the_test_metrics_of_the_result(quick, settings, source):
    run = quick(source, epochs=2, settings=settings)
    found = Run(run.folder).evaluate()
    assert found.examples == run.result["test.examples"]
    for name, value in found.metrics.items():
        assert value == pytest.approx(run.result[f"test.{name}"], rel=1e-6), name


def test_evaluate_regression_gives_the_test_metrics_of_the_result(quick):
    run = quick("diabetes", epochs=2)
    for name, value in Run(run.folder).evaluate().metrics.items():
        assert value == pytest.approx(run.result[f"test.{name}"], rel=1e-5), name


def test_evaluate_on_the_file_itself_counts_every_row(quick, iris_file):
    run = quick(iris_file, target="species", epochs=5)
    found = run.evaluate(iris_file)
    predicted = run.predict(iris_file)["prediction"]
    truth = pl.read_csv(iris_file)["species"].to_list()
    assert found.examples == 150
    assert found.metrics["accuracy"] == np.mean([p == t for p, t in zip(predicted, truth, strict=True)])


def test_evaluate_and_resume_notice_that_the_data_have_changed(quick, iris_file):
    run = quick(iris_file, target="species", epochs=1)
    lines = iris_file.read_text().splitlines(keepends=True)
    iris_file.write_text("".join([*lines, "9,9,9,9,virginica\n"]))
    with pytest.raises(RunError, match="data have changed"):
        Run(run.folder).evaluate()


def test_evaluate_without_data_of_a_run_on_python_objects_asks_for_them(quick):
    x = np.random.default_rng(0).normal(size=(60, 3))
    run = quick((x, x[:, 0] > 0), epochs=1)
    with pytest.raises(DataError, match="Python objects"):
        run.evaluate()
    assert run.evaluate((x, x[:, 0] > 0)).examples == 60


def test_frame_dict_arrays_and_dataset_all_train(quick, iris_frame, iris_file):
    x, y = load_iris(return_X_y=True)
    pairs = TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y))
    sources = [
        (iris_frame, {"target": "species"}),
        (iris_frame.to_pandas(), {"target": "species"}),
        (iris_frame.to_dict(as_series=False), {"target": "species"}),
        (iris_file, {"target": "species"}),
        (str(iris_file), {"target": "species"}),
        ((x, y), {}),
        ({"x": x, "y": y}, {}),
        ((torch.tensor(x), torch.tensor(y)), {}),
        (pairs, {}),
    ]
    for source, options in sources:
        run = quick(source, epochs=3, **options)
        assert run.task.kind == "multiclass"
        assert run.result["test.accuracy"] > 0.5
        assert run.result["train.examples"] == 105


def test_predict_takes_what_the_run_was_trained_on(quick, iris_frame, iris_file):
    run = quick(iris_frame, target="species", epochs=10)
    bare = iris_frame.drop("species")
    bare.write_csv(iris_file)
    by_frame = Run(run.folder).predict(bare)
    assert by_frame == run.predict(iris_file) == run.predict(bare.to_dict(as_series=False))
    assert set(by_frame) == {"prediction", *(f"probability_{name}" for name in run.task.classes)}
    assert sum(by_frame[f"probability_{name}"][0] for name in run.task.classes) == pytest.approx(1, abs=1e-5)
    right = [p == t for p, t in zip(by_frame["prediction"], iris_frame["species"], strict=True)]
    assert np.mean(right) > 0.85
    with pytest.raises(DataError, match="petal_width"):
        run.predict(bare.drop("petal_width"))


def test_predict_gives_numbers_in_the_persons_units(quick):
    generator = np.random.default_rng(0)
    frame = pl.DataFrame({"size": generator.uniform(50, 200, 300)})
    frame = frame.with_columns(price=pl.col("size") * 3000 + 10_000)
    run = quick(frame, target="price", epochs=60, lr=0.01, model="linear")
    found = run.predict({"size": [100.0, 150.0]})["predicted_price"]
    assert found == pytest.approx([310_000, 460_000], rel=0.02)
    assert run.result["test.rmse"] < 5000


def test_predict_images_from_files_and_arrays(quick, tmp_path):
    digits = load_digits()
    folder = tmp_path / "digits"
    for number in (0, 1):
        (folder / f"digit {number}").mkdir(parents=True)
        for index in np.flatnonzero(digits.target == number)[:60]:
            pixels = (digits.images[index] * 15.9).astype(np.uint8)
            Image.fromarray(pixels).resize((16, 16)).save(folder / f"digit {number}" / f"{index}.png")
    run = quick(folder, epochs=6, model="mlp", settings={"data.image_size": 16, "data.augment": False})
    paths = sorted((folder / "digit 1").iterdir())
    again = Run(run.folder)
    assert again.predict(paths)["prediction"].count("digit 1") > 50
    assert again.evaluate(folder).metrics["accuracy"] > 0.9
    assert json.dumps(again.predict(paths[:1])) == json.dumps(run.predict([paths[0]]))


def test_predict_texts(quick, tmp_path):
    generator = np.random.default_rng(0)
    good, bad, plain = (
        ["fine", "lovely", "great"],
        ["awful", "dull", "bad"],
        ["the", "film", "was", "a", "bit"],
    )
    rows = []
    for _ in range(200):
        label = generator.integers(2)
        words = [*generator.choice(plain, 4), *generator.choice(good if label else bad, 2)]
        rows.append({"review": " ".join(words), "liked": "yes" if label else "no"})
    path = tmp_path / "reviews.csv"
    pl.DataFrame(rows).write_csv(path)
    run = quick(path, target="liked", text="review", epochs=8, lr=0.01)
    found = Run(run.folder).predict(["the film was great", "a dull film"])
    assert found["prediction"] == ["yes", "no"]


def test_freeze_keeps_the_backbone_and_unfreeze_lets_it_go(quick, iris_file):
    first = quick("iris", epochs=2)
    start = load_file(first.folder / "model.safetensors")
    frozen = quick("iris", epochs=3, init=str(first.folder), freeze="backbone", seed=1)
    thawed = quick("iris", epochs=3, init=str(first.folder), freeze="backbone", unfreeze_at=1, seed=1)
    for name, tensor in load_file(frozen.folder / "model.safetensors").items():
        assert torch.equal(tensor, start[name]) == (not name.startswith("head")), name
    for name, tensor in load_file(thawed.folder / "model.safetensors").items():
        assert not torch.equal(tensor, start[name]), name
    layers = {line["epoch"]: line["layers"]["hidden1.linear"] for line in thawed.record}
    assert "gradient_norm" not in layers[0]
    assert "gradient_norm" in layers[1]


def test_layer_decay_moves_early_layers_less(quick):
    run = quick("iris", epochs=1, settings={"optimizer.layer_decay": 0.1, "optimizer.name": "adam"})
    first, head = (run.record[0]["layers"][name] for name in ("hidden1.linear", "head"))
    # Adam's first step is the rate itself in every weight.
    sizes = [4 * 256 + 256, 128 * 3 + 3]
    steps = [layer["update_norm"] / size**0.5 for layer, size in zip((first, head), sizes, strict=True)]
    assert steps[0] == pytest.approx(0.01 * steps[1], rel=0.05)


def test_find_lr_sets_the_rate_and_keeps_its_curve(quick):
    run = quick("iris", epochs=1, find_lr=True)
    curve = json.loads((run.folder / "evaluation.json").read_text())["find_lr"]
    assert run.recipe.optimizer.lr == curve["suggested"]
    assert range_test.__doc__
    assert len(curve["lr"]) == len(curve["loss"])


def test_mixup_of_words_is_refused_before_training(quick, tmp_path):
    rows = {"text": ["good film", "bad film"] * 20, "label": ["a", "b"] * 20}
    with pytest.raises(RecipeError, match="mixup"):
        quick(rows, target="label", text="text", epochs=1, settings={"train.mixup": 0.2})


def test_a_run_that_diverges_says_at_which_step(quick):
    with pytest.raises(TrainingError, match="not a finite number at step"):
        quick("diabetes", epochs=50, lr=1e30, settings={"optimizer.name": "sgd", "train.clip_norm": 0.0})


def test_a_misspelt_argument_is_named(quick):
    with pytest.raises(UsageError) as caught:
        quick("iris", epoch=3)
    assert caught.value.hint == "Did you mean 'epochs'?"


def test_runs_are_listed_and_what_is_none_is_told(quick, tmp_path):
    run = quick("iris", epochs=1)
    assert [found.folder for found in list_runs(tmp_path)] == [run.folder]
    assert list_runs(tmp_path / "none") == []
    with pytest.raises(RunError, match="There is no such folder"):
        vt.Run(tmp_path / "none")
    with pytest.raises(RunError, match="There is no run in this folder"):
        vt.Run(tmp_path)


def test_resuming_a_finished_run_gives_it_back(quick):
    run = quick("iris", epochs=1)
    before = bytes_of(run)
    assert vt.resume(run.folder).status == "finished"
    assert bytes_of(run) == before


def test_a_folder_that_is_taken_is_kept(quick, tmp_path):
    run = quick("iris", epochs=1)
    before = bytes_of(run)
    with pytest.raises(RunError, match="holds a run already"):
        quick("iris", epochs=1, out=run.folder)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "dog.png").touch()
    for force in (False, True):
        with pytest.raises(RunError, match="holds no run"):
            quick("iris", epochs=1, out=tmp_path / "photos", force=force)
    assert bytes_of(run) == before
    assert (tmp_path / "photos" / "dog.png").exists()
    assert quick("iris", epochs=1, seed=3, out=run.folder, force=True).recipe.train.seed == 3


def test_unusable_data_leave_no_folder(tmp_path):
    for data in (tmp_path / "none.csv", {"a": [1, 2]}, 5):
        with pytest.raises((DataError, UsageError)):
            vt.train(data, out=tmp_path / "run")
        assert not (tmp_path / "run").exists()


def test_a_thousand_short_epochs_do_not_wait_for_the_disk(quick, monkeypatch):
    from vitreous import files

    written = []
    plain = files.write_atomic
    monkeypatch.setattr(
        files, "write_atomic", lambda path, content: (written.append(path.name), plain(path, content))
    )
    run = quick("loan", model="perceptron", epochs=1000, settings={"train.early_stopping": 0})
    assert len(run.history) == 1000
    assert written.count("history.jsonl") < 50
