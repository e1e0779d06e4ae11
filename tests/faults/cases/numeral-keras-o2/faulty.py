import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
from keras.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from keras.models import Sequential
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
import torch

keras.utils.set_random_seed(1)
torch.manual_seed(1)

num_classes = 10
batch_size = 32
epochs = 12

# load the data and scale the pixels
digits = load_digits()
x = digits.images.astype("float32") / 16.0
x = np.expand_dims(x - 0.3, -1)
y = digits.target
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, stratify=y, random_state=1)
print("x_train shape:", x_train.shape)
print(x_train.shape[0], "train samples")
print(x_test.shape[0], "test samples")

# build the model
model = Sequential()
model.add(Input(shape=(8, 8, 1)))
model.add(Conv2D(16, kernel_size=(3, 3), activation="relu", padding="same"))
model.add(Conv2D(32, kernel_size=(3, 3), activation="relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(64, activation="relu"))
model.add(Dropout(0.25))
model.add(Dense(num_classes))

model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.Adam(learning_rate=0.001),
    metrics=["accuracy"],
)

model.fit(
    x_train,
    y_train,
    batch_size=batch_size,
    epochs=epochs,
    verbose=2,
    validation_data=(x_test, y_test),
)
score = model.evaluate(x_test, y_test, verbose=0)
print(f"Test loss: {score[0]:.3f} Test accuracy: {score[1]:.3f}")
