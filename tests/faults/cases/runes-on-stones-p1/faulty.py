import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from keras import layers

keras.utils.set_random_seed(33)
torch.manual_seed(33)

RUNES, SIZE = 16, 10


def carve(n, rng):
    """Each rune is five strokes on a 10x10 grid; stones are worn and the rune is shifted a little."""
    book = np.zeros((RUNES, SIZE, SIZE))
    pen = np.random.default_rng(0)
    for rune in book:
        for _ in range(5):
            a, b = pen.uniform(1.5, 7.5, (2, 2))
            for s in np.linspace(0, 1, 20):
                i, j = np.round(a + s * (b - a)).astype(int)
                rune[i, j] = 1
    y = rng.integers(RUNES, size=n)
    shift = rng.integers(-1, 2, (n, 2))
    x = np.stack([np.roll(book[k], s, (0, 1)) for k, s in zip(y, shift)])
    x = x * (rng.random(x.shape) > 0.12) + rng.normal(0, 0.25, x.shape)
    return ((x - 0.2) / 0.45)[..., None].astype("float32"), y


rng = np.random.default_rng(33)
x_train, y_train = carve(2400, rng)
x_test, y_test = carve(600, rng)
y_train_cat = keras.utils.to_categorical(y_train, RUNES)
y_test_cat = keras.utils.to_categorical(y_test, RUNES)

model = keras.Sequential([
    keras.Input((SIZE, SIZE, 1)),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(2),
    layers.Conv2D(32, 3, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(RUNES, activation="softmax"),
])
model.compile(
    loss="mean_squared_error",
    optimizer=keras.optimizers.SGD(learning_rate=0.02, momentum=0.9),
    metrics=["accuracy"],
)
history = model.fit(x_train, y_train_cat, batch_size=40, epochs=8, validation_data=(x_test, y_test_cat), verbose=0)

for epoch, (loss, acc) in enumerate(zip(history.history["loss"], history.history["accuracy"]), 1):
    print(f"epoch {epoch}: loss {loss:.4f} accuracy {acc:.3f}")
loss, accuracy = model.evaluate(x_test, y_test_cat, verbose=0)
print(f"Test loss {loss:.4f}, test accuracy {accuracy:.3f}")
