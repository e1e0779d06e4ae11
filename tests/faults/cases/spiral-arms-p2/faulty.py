import os

os.environ["KERAS_BACKEND"] = "torch"

import numpy as np
import torch
import keras
from keras.layers import Dense, Input
from keras.models import Model


def make_spirals(points_per_arm, arms=3, noise=0.12, seed=0):
    rng = np.random.default_rng(seed)
    X, y = [], []
    for arm in range(arms):
        r = np.sqrt(rng.uniform(0.02, 1, points_per_arm))
        theta = 2 * np.pi * arm / arms + 4.5 * r + noise * rng.standard_normal(points_per_arm)
        X.append(np.column_stack([r * np.cos(theta), r * np.sin(theta)]))
        y.append(np.full(points_per_arm, arm))
    X, y = np.concatenate(X), np.concatenate(y)
    order = rng.permutation(len(X))
    return (2 * X[order]).astype("float32"), y[order]


def build_model(n_inputs, n_classes):
    inputs = Input(shape=(n_inputs,))
    x = Dense(64)(inputs)
    x = Dense(64)(x)
    x = Dense(32)(x)
    outputs = Dense(n_classes, activation="softmax")(x)
    return Model(inputs, outputs)


keras.utils.set_random_seed(1)
torch.manual_seed(1)
X, y = make_spirals(1000)
X_train, y_train = X[:2200], y[:2200]
X_val, y_val = X[2200:], y[2200:]

model = build_model(2, 3)
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="sparse_categorical_crossentropy", metrics=["acc"])
hist = model.fit(X_train, y_train, epochs=20, batch_size=32, validation_data=(X_val, y_val), verbose=0)
h = hist.history
for e in range(4, 20, 5):
    print(f"Epoch {e + 1}/20 - loss: {h['loss'][e]:.4f} - acc: {h['acc'][e]:.4f} - val_loss: {h['val_loss'][e]:.4f}")
print(f"final validation accuracy: {h['val_acc'][-1]:.4f}")
