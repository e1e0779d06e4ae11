import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from sklearn.datasets import make_blobs
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SEED = 17
VARIETIES = ["Kama", "Rosa", "Canadian", "Zebra", "Akros", "Bolero", "Tybalt", "Julius"]
keras.utils.set_random_seed(SEED)
torch.manual_seed(SEED)

# seven measurements of a kernel: area, perimeter, compactness, length, width, asymmetry, groove
kernels, variety = make_blobs(n_samples=2400, n_features=7, centers=24, cluster_std=1.9, random_state=SEED)
variety = variety % len(VARIETIES)

x_train, x_test, y_train, y_test = train_test_split(
    kernels.astype("float32"), variety.astype("float32"), test_size=0.25, stratify=variety, random_state=SEED
)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.transform(x_test)


def build_model():
    inputs = keras.Input(shape=(7,), name="measurements")
    x = keras.layers.Dense(64, activation="relu")(inputs)
    x = keras.layers.Dense(64, activation="relu")(x)
    outputs = keras.layers.Dense(8, name="variety")(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=2e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


model = build_model()
history = model.fit(x_train, y_train, validation_split=0.1, epochs=15, batch_size=32, verbose=0)
print("last losses:", *[f"{k} {v[-1]:.4f}" for k, v in history.history.items()])

predicted = model.predict(x_test, verbose=0)
predicted = predicted.argmax(axis=1)
for k, name in enumerate(VARIETIES):
    print(f"{name:10s} recognised {np.mean(predicted[y_test == k] == k):.2f}")
print(f"test accuracy {np.mean(predicted == y_test):.3f}")
