import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from keras import layers

keras.utils.set_random_seed(52)
torch.manual_seed(52)


class Lagoon:
    """Daily salinity, rain and tide; rain dilutes for days, spring tides bring sea water."""

    def __init__(self, days=2200, window=14):
        rng = np.random.default_rng(52)
        rain = rng.exponential(4, days) * (rng.random(days) < 0.3)
        tide = np.sin(2 * np.pi * np.arange(days) / 14.8)
        salt = np.zeros(days)
        salt[0] = 28
        for d in range(1, days):
            salt[d] = salt[d - 1] + 0.12 * (30 - salt[d - 1]) - 0.25 * rain[d - 1] + 0.9 * tide[d - 1] + rng.normal(0, 0.2)
        self.series = np.column_stack([salt, rain, tide]).astype("float32")
        self.window = window

    def split(self, share=0.8):
        cut = int(share * len(self.series))
        mean, std = self.series[:cut].mean(0), self.series[:cut].std(0)
        z = (self.series - mean) / std
        return self.windows(z[:cut]), self.windows(z[cut:]), (mean[0], std[0])

    def windows(self, z):
        starts = range(len(z) - self.window)
        x = np.stack([z[s:s + self.window] for s in starts])
        return x, z[self.window:, :1]


(x_train, y_train), (x_val, y_val), (mean, std) = Lagoon().split()

inputs = keras.Input(shape=x_train.shape[1:])
h = layers.GRU(24)(inputs)
h = layers.Dense(24, activation="relu")(h)
outputs = layers.Dense(1)(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=3e-3), loss="mse")

history = model.fit(x_train, y_train, epochs=6, batch_size=64, validation_data=(x_val, y_val), verbose=0)
for e, (a, b) in enumerate(zip(history.history["loss"], history.history["val_loss"])):
    print(f"epoch {e + 1}: loss {a:.4f} val_loss {b:.4f}")

forecast = model.predict(x_val, verbose=0) * std + mean
actual = y_val * std + mean
r2 = 1 - ((forecast - actual) ** 2).sum() / ((actual - actual.mean()) ** 2).sum()
print(f"validation: mean error {np.abs(forecast - actual).mean():.2f} g/l, R2 {r2:.3f}")
