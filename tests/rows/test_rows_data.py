"""Rows of the requirements about data and figures (groups F and J)."""

import json

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from vitreous.data.open import open_data
from vitreous.data.types import BatchPlan
from vitreous.errors import DataError
from vitreous.training.recipe import Recipe


def opened(source, **settings):
    recipe = Recipe.from_settings({f"data.{name}": value for name, value in settings.items()})
    return open_data(source, recipe.data, recipe.train.seed)


def everything(examples):
    return examples.take(range(len(examples)))


@pytest.fixture(scope="session")
def mnist(fit, shared_data):
    """The network and settings of the first tutorial on MNIST, five epochs, with baselines left out."""
    folder = shared_data("mnist").parent
    settings = {"model.hidden": [128], "data.validation": 0, "train.early_stopping": 0}
    return fit("mnist", data_dir=str(folder), model="mlp", epochs=5, batch_size=64, settings=settings)


def test_F1_mnist_has_its_official_split_shape_and_normalization(shared_data):
    data = opened("mnist", folder=str(shared_data("mnist").parent), validation=0)
    assert (len(data.train), len(data.test), data.input.shape) == (60_000, 10_000, (1, 28, 28))
    notes = " ".join(data.notes)
    assert "0.1307" in notes
    assert "0.3081" in notes
    x, y = everything(data.train)
    assert x.mean().abs() < 0.01
    assert x.std().item() == pytest.approx(1, abs=0.01)
    assert data.class_counts == tuple(np.bincount(y).tolist())
    batch = next(iter(data.train.batches(BatchPlan(64, seed=0))))
    assert batch[0].shape == (64, 1, 28, 28)
    assert batch[0].dtype == torch.float32
    assert len(next(iter(data.test.batches(BatchPlan(1000))))[1]) == 1000


def test_F2_iris_is_standardized_by_its_training_rows_only():
    data = opened("iris", validation=0)
    assert (len(data.train), len(data.test)) == (120, 30)
    raw = data.train.raw(range(120))
    names = load_iris().feature_names
    rows = np.array([[float(row[name]) for name in names] for row in raw])
    scaler = StandardScaler().fit(rows)
    np.testing.assert_allclose(everything(data.train)[0].numpy(), scaler.transform(rows), atol=1e-4)
    held_out = np.array([[float(row[name]) for name in names] for row in data.test.raw(range(30))])
    np.testing.assert_allclose(everything(data.test)[0].numpy(), scaler.transform(held_out), atol=1e-4)


def test_F3_toy200_is_built_in():
    data = opened("toy200", validation=0)
    assert (len(data.train), len(data.test), data.input.shape) == (160, 40, (10,))
    for row in data.train.raw(range(160)):
        assert row["y"] == (row["x0"] + row["x1"] > 0)


def test_F4_inputs_and_targets_have_mean_0_and_variance_1_unless_told_otherwise():
    x = np.random.default_rng(0).normal(50, 9, (400, 3))
    for normalize, mean, spread in ((True, 0, 1), (False, 50, 9)):
        inputs, _ = everything(opened({"x": x, "y": x[:, 0]}, normalize=normalize).train)
        assert inputs.mean().item() == pytest.approx(mean, abs=1)
        assert inputs.std().item() == pytest.approx(spread, rel=0.05)


def colours(folder, size=12):
    generator = np.random.default_rng(0)
    for number, name in enumerate(("blue", "green", "red")):
        (folder / name).mkdir(parents=True)
        for index in range(12):
            pixels = generator.integers(0, 60, (size, size, 3)).astype(np.uint8)
            pixels[..., 2 - number] += 150
            Image.fromarray(pixels).save(folder / name / f"{index}.png")
    return folder


def test_F5_augmentation_changes_training_images_each_epoch_and_no_others(tmp_path):
    data = opened(colours(tmp_path / "c"), augment=True, image_size=12)
    plans = [BatchPlan(8, seed=0, epoch=0, augment=augment) for augment in (True, True, False)]
    first, again, plain = (next(iter(data.train.batches(plan)))[0] for plan in plans)
    assert torch.equal(first, again)
    assert not torch.equal(first, plain)
    assert torch.equal(everything(data.validation)[0], everything(data.validation)[0])


def test_F6_colour_images_of_several_classes_train(fit, tmp_path):
    run = fit(colours(tmp_path / "c"), model="cnn", epochs=8, settings={"data.image_size": 12})
    assert run.input.shape == (3, 12, 12)
    assert run.task.classes == ("blue", "green", "red")
    assert run.result["test.accuracy"] == 1


def test_F7_text_becomes_words_and_an_embedding(fit):
    rows = {"text": ["a good film", "a bad film"] * 40, "label": ["good", "bad"] * 40}
    run = fit(rows, target="label", text="text", epochs=6, lr=0.02)
    assert run.input.kind == "tokens"
    assert any(isinstance(module, torch.nn.Embedding) for module in run.model.modules())
    assert run.result["test.accuracy"] == 1


def test_F9_an_infinity_in_the_inputs_is_said_before_training(tmp_path):
    frame = pl.DataFrame({"a": [1.0, float("inf"), 3.0] * 20, "y": [0, 1, 0] * 20})
    frame.write_csv(tmp_path / "data.csv")
    with pytest.raises(DataError, match="infinite") as caught:
        opened(str(tmp_path / "data.csv"), target="y")
    assert "'a'" in caught.value.where
    assert "2" in caught.value.where or "3" in caught.value.where


def test_F10_targets_have_the_type_their_loss_needs():
    assert everything(opened("iris").train)[1].dtype == torch.int64
    assert everything(opened("breast_cancer").train)[1].dtype == torch.float32
    assert everything(opened("diabetes").train)[1].dtype == torch.float32


def test_F11_only_training_batches_are_shuffled_and_each_epoch_anew():
    data = opened("iris")
    orders = [
        torch.cat([y for _, y in data.train.batches(BatchPlan(16, seed=seed, epoch=epoch))])
        for seed, epoch in ((0, 0), (0, 0), (0, 1), (None, 0))
    ]
    assert torch.equal(orders[0], orders[1])
    assert not torch.equal(orders[0], orders[2])
    assert torch.equal(orders[3], everything(data.train)[1])


def test_F12_tables_folders_texts_and_arrays_are_accepted(tmp_path):
    x, y = load_iris(return_X_y=True)
    pl.DataFrame({"a": x[:, 0], "y": y.astype(str)}).write_csv(tmp_path / "t.csv")
    pl.DataFrame({"a": x[:, 0], "y": y.astype(str)}).write_parquet(tmp_path / "t.parquet")
    np.savez(tmp_path / "t.npz", x=x, y=y)
    (tmp_path / "t.txt").write_text("to be or not to be, that is the question\n" * 200, encoding="utf-8")
    sources = [
        ("t.csv", {"target": "y"}, "features"), ("t.parquet", {"target": "y"}, "features"), ("t.npz", {}, "features"),
        ("t.txt", {}, "tokens"),
    ]  # fmt: skip
    for name, settings, kind in sources:
        assert opened(str(tmp_path / name), **settings).input.kind == kind
    assert opened(str(colours(tmp_path / "c"))).input.kind == "image"


def test_J1_J2_J4_one_hidden_layer_reaches_97_percent_on_mnist_in_five_epochs(mnist):
    assert mnist.result["parameters"] == 101_770
    assert mnist.history[-1]["train.accuracy"] > 0.97
    assert mnist.result["test.accuracy"] >= 0.97
    assert mnist.result["test.accuracy.high"] - mnist.result["test.accuracy.low"] < 0.01
    assert mnist.result["seconds"] > 0


def test_H7_seconds_and_examples_a_second_are_measured(mnist):
    assert all(line["examples_per_second"] > 1000 for line in mnist.history)


def test_J12_iris_accuracy_has_an_interval(fit):
    run = fit("iris", epochs=60, lr=0.01)
    assert run.result["test.accuracy.low"] < run.result["test.accuracy"] <= run.result["test.accuracy.high"]
    assert run.result["test.accuracy"] > 0.85


def test_J13_J16_simple_models_are_beside_the_network_and_judge_it(fit):
    run = fit("breast_cancer", epochs=5, settings={"train.baselines": True})
    evaluation = json.loads((run.folder / "evaluation.json").read_text())
    names = [baseline["name"] for baseline in evaluation["baselines"]]
    assert names == ["always the most frequent class", "logistic regression", "boosted trees"]
    for name in names:
        assert 0.5 < run.result[f"baseline.{name}.accuracy"] <= 1
    assert "logistic regression" in evaluation["verdict"] or "boosted trees" in evaluation["verdict"]


def test_J14_every_class_has_its_probability(fit):
    run = fit("iris", epochs=5)
    row = {name: [1.5] for name in load_iris().feature_names}
    found = run.predict(row)
    shares = [found[f"probability_{name}"][0] for name in run.task.classes]
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert found["prediction"][0] == run.task.classes[int(np.argmax(shares))]
