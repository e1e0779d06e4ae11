import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

keras.utils.set_random_seed(10)
torch.manual_seed(10)

VOWELS = {"a": (730, 1090, 2440), "e": (530, 1840, 2480), "i": (270, 2290, 3010),
          "o": (570, 840, 2410), "u": (300, 870, 2240), "y": (280, 1900, 2300)}


def record(n, rng):
    """Three formants and the pitch of n speakers; tall speakers have lower formants."""
    label = rng.integers(0, len(VOWELS), n)
    tract = rng.normal(1.0, 0.08, (n, 1))
    formants = np.array(list(VOWELS.values()))[label] * tract * rng.normal(1.0, 0.04, (n, 3))
    pitch = 160 * tract[:, 0] ** 4 * rng.normal(1.0, 0.08, n)
    return np.column_stack([formants, pitch]), label


def build(n_inputs, n_classes, units=(32, 32)):
    inputs = keras.Input((n_inputs,))
    h = inputs
    for width in units:
        h = keras.layers.Dense(width, activation="relu", kernel_initializer="he_uniform", bias_initializer="zeros")(h)
    outputs = keras.layers.Dense(n_classes, activation="softmax")(h)
    return keras.Model(inputs, outputs)


rng = np.random.default_rng(10)
x_train, y_train = record(2400, rng)
x_val, y_val = record(600, rng)
mean, std = x_train.mean(0), x_train.std(0)
x_train, x_val = (x_train - mean) / std, (x_val - mean) / std

model = build(4, len(VOWELS))
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
log = model.fit(x_train, y_train, validation_data=(x_val, y_val), batch_size=32, epochs=12, verbose=0)
for epoch in range(0, 12, 3):
    print(f"epoch {epoch + 1} loss {log.history['loss'][epoch]:.3f} val loss {log.history['val_loss'][epoch]:.3f}")
print(f"final val loss {log.history['val_loss'][-1]:.3f} val accuracy {log.history['val_accuracy'][-1]:.3f}")
