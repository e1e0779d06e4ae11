"""Lightning's Trainer on tensors normalized once; no logger, no checkpoint, no bar."""

from __future__ import annotations

import logging
import time
import warnings

import lightning
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from bench.peers import common, torch_common


class Classifier(lightning.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.network = torch_common.network()

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _index: int) -> torch.Tensor:
        images, labels = batch
        return nn.functional.cross_entropy(self.network(images), labels)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-3)


class Clock(lightning.Callback):
    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_train_epoch_start(self, *_: object) -> None:
        self.start = time.perf_counter()

    def on_train_epoch_end(self, *_: object) -> None:
        self.seconds.append(time.perf_counter() - self.start)


def main() -> None:
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    chosen = common.options()
    threads = torch_common.set_threads(chosen.threads)
    torch.manual_seed(0)
    digits = common.load(chosen)
    train = TensorDataset(torch.from_numpy(common.normalized(digits.x)), torch.from_numpy(digits.y))
    test = TensorDataset(torch.from_numpy(common.normalized(digits.x_test)), torch.from_numpy(digits.y_test))
    model, clock = Classifier(), Clock()
    trainer = lightning.Trainer(
        max_epochs=chosen.epochs, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, callbacks=[clock],
    )  # fmt: skip
    trainer.fit(model, DataLoader(train, chosen.batch_size, shuffle=True))
    common.say(clock.seconds, torch_common.accuracy(model.network, DataLoader(test, 1000)), threads=threads)


if __name__ == "__main__":
    main()
