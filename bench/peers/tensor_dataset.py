"""The same loop on a TensorDataset of tensors that are normalized once."""

from __future__ import annotations

import torch
from torch.utils.data import DataLoader, TensorDataset

from bench.peers import common, torch_common


def main() -> None:
    chosen = common.options()
    threads = torch_common.set_threads(chosen.threads)
    torch.manual_seed(0)
    digits = common.load(chosen)
    train = TensorDataset(torch.from_numpy(common.normalized(digits.x)), torch.from_numpy(digits.y))
    test = TensorDataset(torch.from_numpy(common.normalized(digits.x_test)), torch.from_numpy(digits.y_test))
    model = torch_common.network()
    seconds = torch_common.fit(model, DataLoader(train, chosen.batch_size, shuffle=True), chosen.epochs)
    common.say(seconds, torch_common.accuracy(model, DataLoader(test, 1000)), threads=threads)


if __name__ == "__main__":
    main()
