"""Experiments in Keras's own loop, and what is read of its figures."""

import time

import pytest
from tests.doctor.conftest import PATIENCE
from tests.doctor.scripts import changed, line_of

from vitreous.doctor.diagnose import suspects
from vitreous.doctor.experiments import Laboratory

DIGITS = """\
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
digits = load_digits()
x = digits.data.astype("float32") / 16
y = digits.target
held_out = x[1200:], y[1200:]
x, y = x[:1200], y[:1200]
model = keras.Sequential(
    [
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.003),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
model.fit(x, y, batch_size=40, epochs=8, verbose=2, validation_data=held_out)
"""
MOVED = "order = np.random.default_rng(1).permutation(len(x))\nx = x[order]\nmodel = "
RARE = changed(
    DIGITS,
    ("y = digits.target\n", "y = (digits.target == 8).astype(np.float32)\n"),
    ('64, activation="relu"', '2, activation="tanh"'),
    ('10, activation="softmax"', '1, activation="sigmoid"'),
    ("SparseCategorical", "Binary"),
    ("Adam(0.003)", "Adam(0.002)"),
)
NUMBERS = changed(
    DIGITS,
    ('Dense(10, activation="softmax")', "Dense(1)"),
    ("SparseCategoricalCrossentropy", "MeanSquaredError"),
    ('["accuracy"]', '["mae"]'),
)
DECAYS = "keras.optimizers.schedules.ExponentialDecay(\n    0.003, decay_steps=1, decay_rate=0.9\n)"
FAULTY = {
    "a rate that is gone at once": (
        changed(DIGITS, ("Adam(0.003)", "Adam(rate)"), ("model = ", f"rate = {DECAYS}\nmodel = ")),
        ("optim/lr-schedule", "decay_steps"),
    ),
    "rare classes": (RARE, ("data/class-imbalance", "BinaryCrossentropy()")),
    "class numbers": (NUMBERS, ("loss/mse-for-classification", "MeanSquaredError()")),
    "rows moved alone": (changed(DIGITS, ("model = ", MOVED)), ("data/labels-misaligned", "x = x[order]")),
}


@pytest.mark.parametrize("way", FAULTY)
def test_experiments_change_what_keras_computes(doctor, way):
    source, (fault, text) = FAULTY[way]
    _, evidence = doctor(source, prove=False)
    suspected = [one for one in suspects(evidence)[0] if one.file.fault.id == fault]
    laboratory = Laboratory(doctor.runner, evidence, time.monotonic() + PATIENCE, None)
    (proven,) = laboratory.judge(suspected)
    assert proven.suspicion.place.line == line_of(source, text)
    assert proven.proof is not None


def test_a_sigmoid_too_many_does_not_move_where_answers_are_cut(doctor):
    source = changed(RARE, ("BinaryCrossentropy()", "BinaryCrossentropy(from_logits=True)"))
    _, evidence = doctor(source, prove=False)
    found = {s.file.fault.id for s in suspects(evidence)[0]}
    assert "loss/sigmoid-before-logits-loss" in found and "eval/wrong-metric" not in found
