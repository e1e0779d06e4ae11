"""skorch's NeuralNetClassifier with its defaults, but for the split: all examples train."""

from __future__ import annotations

import torch
from skorch import NeuralNetClassifier
from torch import nn

from bench.peers import common, torch_common


def main() -> None:
    chosen = common.options()
    threads = torch_common.set_threads(chosen.threads)
    torch.manual_seed(0)
    digits = common.load(chosen)
    net = NeuralNetClassifier(
        torch_common.network(), criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=1e-3,
        max_epochs=chosen.epochs, batch_size=chosen.batch_size, iterator_train__shuffle=True,
        train_split=None, verbose=0,
    )  # fmt: skip
    net.fit(common.normalized(digits.x), digits.y)
    accuracy = float((net.predict(common.normalized(digits.x_test)) == digits.y_test).mean())
    common.say([line["dur"] for line in net.history], accuracy, threads=threads)


if __name__ == "__main__":
    main()
