import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from keras import layers

SEED = 41
keras.utils.set_random_seed(SEED)
torch.manual_seed(SEED)

VOCAB, FOLDERS, MAX_LEN, EMBED_DIM = 600, 12, 30, 16


def mails(n, rng):
    """A mail takes a fifth of its words from the vocabulary of its folder; 0 is padding."""
    y = rng.integers(FOLDERS, size=n)
    length = rng.integers(15, MAX_LEN + 1, size=n)
    common = rng.integers(1 + 20 * FOLDERS, VOCAB, size=(n, MAX_LEN))
    own = 1 + 20 * y[:, None] + rng.integers(20, size=(n, MAX_LEN))
    x = np.where(rng.random((n, MAX_LEN)) < 0.2, own, common)
    x[np.arange(MAX_LEN) >= length[:, None]] = 0
    return x, y


class MailSorter(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(VOCAB, EMBED_DIM, mask_zero=True)
        self.pool = layers.GlobalAveragePooling1D()
        self.dense = layers.Dense(64, activation="relu")
        self.out = layers.Dense(FOLDERS)

    def call(self, tokens):
        h = self.pool(self.embedding(tokens), mask=self.embedding.compute_mask(tokens))
        return self.out(self.dense(h))


rng = np.random.default_rng(SEED)
(x_train, y_train), (x_val, y_val) = mails(4000, rng), mails(1000, rng)

model = MailSorter()
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=64, epochs=8, validation_data=(x_val, y_val), verbose=2)
val_loss, val_acc = model.evaluate(x_val, y_val, verbose=0)
print(f"validation loss {val_loss:.3f} accuracy {val_acc:.3f}")
