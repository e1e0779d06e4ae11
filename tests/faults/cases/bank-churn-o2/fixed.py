import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split
import torch

keras.utils.set_random_seed(7)
torch.manual_seed(7)
rng = np.random.default_rng(7)

# customers of a bank
n = 3000
credit_score = rng.normal(650, 90, n)
age = rng.normal(40, 11, n).clip(18, 85)
tenure = rng.integers(0, 11, n)
balance = rng.gamma(3.0, 28000.0, n)
products = rng.integers(1, 5, n)
has_card = rng.integers(0, 2, n)
active = rng.integers(0, 2, n)
salary = rng.uniform(12000, 200000, n)

score = (0.13 * (age - 40) - 1.6 * active + 1.1 * np.abs(products - 2) - 0.12 * tenure
         + 1.2 * (balance > 90000) - 0.006 * (credit_score - 650) - 0.2)
exited = (score + rng.logistic(0, 0.35, n) > 0).astype("float32")

X = np.column_stack([credit_score, age, tenure, balance, products, has_card, active, salary]).astype("float32")
y = exited

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
mean, std = X_train.mean(axis=0), X_train.std(axis=0)
X_train, X_test = (X_train - mean) / std, (X_test - mean) / std

# Initialising the ANN
classifier = keras.Sequential([
    layers.Input((8,)),
    layers.Dense(24, activation="relu"),
    layers.Dense(24, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
classifier.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = classifier.fit(X_train, y_train, batch_size=32, epochs=15, validation_data=(X_test, y_test), verbose=2)

# Making the predictions and evaluating the model
y_pred = classifier.predict(X_test, verbose=0)[:, 0] > 0.5
print("customers that leave:", int(y_test.sum()), "of", len(y_test))
print(f"test accuracy {np.mean(y_pred == (y_test > 0.5)):.3f}")
