import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from keras import layers

NUM_CLASSES = 40
keras.utils.set_random_seed(12)
torch.manual_seed(12)
rng = np.random.default_rng(12)


def make_prototypes():
    glyphs = np.zeros((NUM_CLASSES, 10, 10))
    for glyph in glyphs:
        y, x = rng.integers(0, 10, 2)
        for _ in range(6):
            if rng.random() < 0.5:
                to = rng.integers(0, 10)
                glyph[y, min(x, to) : max(x, to) + 1] = 1
                x = to
            else:
                to = rng.integers(0, 10)
                glyph[min(y, to) : max(y, to) + 1, x] = 1
                y = to
    return glyphs


def sample(prototypes, n):
    labels = rng.integers(0, NUM_CLASSES, n)
    images = np.zeros((n, 14, 14), dtype="float32")
    for image, label in zip(images, labels):
        dy, dx = rng.integers(0, 5, 2)
        image[dy : dy + 10, dx : dx + 10] = prototypes[label]
    images += rng.normal(0, 0.25, images.shape)
    return images[..., None].astype("float32"), labels


prototypes = make_prototypes()
x_train, y_train = sample(prototypes, 4000)
x_val, y_val = sample(prototypes, 800)
x_test, y_test = sample(prototypes, 800)

model = keras.Sequential(
    [
        keras.Input(shape=(14, 14, 1)),
        layers.Rescaling(2.0, offset=-0.6),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(NUM_CLASSES, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=2e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=32, epochs=8, validation_data=(x_val, y_val), verbose=2)

test_loss, test_acc = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {test_loss:.3f}  test accuracy {test_acc:.3f}")
