import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from keras import layers
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(3)
torch.manual_seed(3)
rng = np.random.default_rng(3)


def weather_station(hours):
    """Hourly readings of a station and the district's heat demand in MW."""
    hour = rng.uniform(0, 24, hours)
    temperature = rng.normal(6, 7, hours)
    wind = rng.gamma(2.0, 1.8, hours)
    sun = np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None) * rng.uniform(100, 700, hours)
    humidity = rng.uniform(35, 98, hours)
    demand = 4 + 1.1 * np.clip(17 - temperature, 0, None) * (1 + 0.04 * wind) - 0.008 * sun
    demand += 2.5 * np.cos((hour - 7) / 12 * np.pi) + rng.normal(0, 0.6, hours)
    table = np.column_stack([temperature, wind, sun, humidity,
                             np.sin(hour / 12 * np.pi), np.cos(hour / 12 * np.pi)])
    gaps = rng.random(hours) < 0.02
    table[gaps, 3] = np.nan
    return table.astype("float32"), demand.astype("float32")


X_train, y_train = weather_station(2500)
X_test, y_test = weather_station(600)

scaler = StandardScaler().fit(X_train)
X_train = np.nan_to_num(scaler.transform(X_train))
X_test = np.nan_to_num(scaler.transform(X_test))
y_mean, y_std = y_train.mean(), y_train.std()

model = keras.Sequential([
    layers.Input((6,)),
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
history = model.fit(
    X_train, (y_train - y_mean) / y_std,
    validation_split=0.15, epochs=20, batch_size=64, verbose=0,
)
for epoch in range(0, 20, 5):
    print(f"epoch {epoch + 1}: loss {history.history['loss'][epoch]:.4f}, "
          f"val_loss {history.history['val_loss'][epoch]:.4f}")

prediction = model.predict(X_test, verbose=0)[:, 0] * y_std + y_mean
mae = np.abs(prediction - y_test).mean()
print(f"test: mean absolute error {mae:.2f} MW (demand varies by {y_test.std():.2f} MW)")
