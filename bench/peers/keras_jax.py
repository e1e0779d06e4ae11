"""Keras 3 on JAX: compile, fit, evaluate, with their defaults."""

from __future__ import annotations

import os
import time

os.environ["KERAS_BACKEND"] = "jax"

import keras

from bench.peers import common


class Clock(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.seconds.append(time.perf_counter() - self.start)


def main() -> None:
    chosen = common.options()
    keras.utils.set_random_seed(0)
    digits = common.load(chosen)
    layers = [keras.layers.Dense(width, activation="relu") for width in common.HIDDEN]
    model = keras.Sequential([keras.Input((784,)), *layers, keras.layers.Dense(10)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    clock = Clock()
    model.fit(
        common.normalized(digits.x),
        digits.y,
        batch_size=chosen.batch_size,
        epochs=chosen.epochs,
        verbose=0,
        callbacks=[clock],
    )
    _, accuracy = model.evaluate(common.normalized(digits.x_test), digits.y_test, batch_size=1000, verbose=0)
    common.say(clock.seconds, float(accuracy))


if __name__ == "__main__":
    main()
