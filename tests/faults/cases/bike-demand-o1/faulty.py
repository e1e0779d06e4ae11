import os

os.environ["KERAS_BACKEND"] = "torch"
import numpy as np
import torch
import keras
from keras import ops

torch.manual_seed(4)
keras.utils.set_random_seed(4)

QUANTILE = 0.9  # enough bikes at nine stations out of ten


def pinball(y_pred, y_true):
    """Quantile loss: too low costs QUANTILE, too high costs 1 - QUANTILE."""
    error = y_true - y_pred
    return ops.mean(ops.maximum(QUANTILE * error, (QUANTILE - 1) * error), axis=-1)


def station_hours(n, rng):
    hour = rng.uniform(0, 24, n)
    weekend = rng.integers(0, 2, n)
    warmth = rng.normal(0, 1, n)
    rain = (rng.random(n) < 0.25).astype(float)
    rush = np.exp(-((hour - 8) / 1.8) ** 2) + 1.2 * np.exp(-((hour - 17.5) / 2.2) ** 2)
    leisure = np.exp(-((hour - 14) / 4) ** 2)
    level = 6 + 22 * np.where(weekend == 1, leisure, rush) + 3 * warmth - 5 * rain
    bikes = level + (2 + 0.15 * np.abs(level)) * rng.normal(0, 1, n)
    x = np.stack([np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12), np.sin(hour * np.pi / 6),
                  np.cos(hour * np.pi / 6), weekend * 2 - 1, warmth, rain * 2 - 1], axis=1)
    return x.astype("float32"), ((bikes - 12) / 9).astype("float32")[:, None]


rng = np.random.default_rng(4)
x_train, y_train = station_hours(4000, rng)
x_val, y_val = station_hours(1000, rng)

model = keras.Sequential(
    [
        keras.Input(shape=(7,)),
        keras.layers.Dense(64, activation="gelu"),
        keras.layers.Dense(64, activation="gelu"),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=pinball)
model.fit(x_train, y_train, batch_size=64, epochs=15, validation_data=(x_val, y_val), verbose=0)

planned = model.predict(x_val, verbose=0)
shortage = np.maximum(y_val - planned, 0).mean() * 9
spare = np.maximum(planned - y_val, 0).mean() * 9
covered = (y_val <= planned).mean()
print(f"validation: missing bikes {shortage:.2f}, spare bikes {spare:.2f} an hour")
print(f"hours with enough bikes: {covered:.3f} (planned for {QUANTILE}), cost {0.9 * shortage + 0.1 * spare:.3f}")
