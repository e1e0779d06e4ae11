import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from keras import layers
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(7)
torch.manual_seed(7)
rng = np.random.default_rng(7)

# columns: area in m2, year of construction, floor, metres to the centre, balcony, income of the district, rooms
n = 4000
area = rng.uniform(22, 160, n)
year = rng.integers(1900, 2024, n)
floor = rng.integers(0, 9, n)
metres = rng.exponential(4000, n)
balcony = rng.integers(0, 2, n)
income = rng.normal(42000, 8000, n)
rooms = np.maximum(1, np.round(area / 28 + rng.normal(0, 0.5, n)))
rent = area * (7 + 5 * np.exp(-metres / 3000) + 0.03 * np.abs(year - 1955) / 2 + (income - 42000) / 8000)
rent = (rent + 60 * balcony + 8 * floor + rng.normal(0, 40, n)) / 1000

X = np.stack([area, year, floor, metres, balcony, income, rooms], axis=1).astype("float32")
y = rent.astype("float32")
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=7)

model = keras.Sequential(
    [
        keras.Input(shape=(X.shape[1],)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", metrics=["mae"])
history = model.fit(X_train, y_train, batch_size=32, epochs=20, validation_split=0.1, verbose=0)

for epoch in range(0, 20, 5):
    print(f"epoch {epoch:3d}  mae {history.history['mae'][epoch]:.4f}  val_mae {history.history['val_mae'][epoch]:.4f}")

pred = model.predict(X_test, verbose=0)[:, 0]
print(f"test: mean error {1000 * np.abs(pred - y_test).mean():.0f} euro, R2 {r2_score(y_test, pred):.3f}")
