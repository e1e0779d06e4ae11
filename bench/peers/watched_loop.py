"""One plain training loop, alone or with something that looks on: ``python -m bench.peers.watched_loop NETWORK HOW``.

Data are drawn, since only time and memory are measured. It prints the seconds of the loop, from before the first
step until whatever looks on has let go, and a hash of the weights, which must not depend on who looks on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BATCH = 64
EVERY = 100  # steps between TensorBoard's histograms
Take = Callable[[nn.Module, torch.optim.Optimizer, Tensor, Tensor, int], Tensor]  # one step


class LeNet(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(),
            nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(),
            nn.Linear(84, 10),
        )  # fmt: skip


class Digits(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
        )


class Transformer(nn.Module):
    """Two layers of width 64 over 32 tokens, one class a sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(64, 64)
        layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
        self.body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.body(self.embed(x)).mean(1))
        return out


NETWORKS = {"digits": Digits, "lenet5": LeNet, "transformer": Transformer}


def train(network: str, how: str, steps: int) -> dict[str, Any]:
    """The loop that every tutorial has."""
    torch.manual_seed(0)
    model = NETWORKS[network]()
    x = torch.randint(0, 64, (4096, 32)) if network == "transformer" else torch.randn(4096, 1, 28, 28)
    y = torch.randint(0, 10, (4096,))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for step in range(20):  # warms up; nobody looks on yet
        _step(model, optimizer, *_batch(x, y, step), step)
    for module in NEEDS.get(how, ()):  # loaded once a process, however long it trains
        import_module(module)
    begun, used = time.perf_counter(), time.process_time()
    with LOOKING[how](model) as take:
        for step in range(steps):
            take(model, optimizer, *_batch(x, y, step), step)
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    weights = hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest()
    return {"seconds": seconds, "cpu_seconds": used, "steps": steps, "weights": weights[:16]}


def _batch(x: Tensor, y: Tensor, step: int) -> tuple[Tensor, Tensor]:
    rows = slice(step * BATCH % len(x), step * BATCH % len(x) + BATCH)
    return x[rows], y[rows]


def _step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, step: int) -> Tensor:
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


@contextmanager
def _plain(model: nn.Module) -> Iterator[Take]:
    yield _step


@contextmanager
def _watched(model: nn.Module) -> Iterator[Take]:
    import vitreous as vt

    with vt.watch():
        yield _step


@contextmanager
def _tensorboard(model: nn.Module) -> Iterator[Take]:
    """Histograms of every weight and gradient each hundredth step, the loss at each."""
    from torch.utils.tensorboard import SummaryWriter

    def take(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, step: int) -> Tensor:
        loss = _step(model, optimizer, x, y, step)
        writer.add_scalar("loss", loss.item(), step)
        if step % EVERY == 0:
            for name, p in model.named_parameters():
                writer.add_histogram(name, p.detach(), step)
                writer.add_histogram(f"{name}.grad", p.grad, step)
        return loss

    with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        yield take


@contextmanager
def _cockpit(model: nn.Module) -> Iterator[Take]:
    """Its cheapest configuration, "economy", each hundredth step, as its README has it in a loop."""
    from backpack import extend
    from cockpit import Cockpit
    from cockpit.utils import schedules
    from cockpit.utils.configuration import configuration

    extend(model)
    mean, single = (extend(nn.CrossEntropyLoss(reduction=kind)) for kind in ("mean", "none"))
    cockpit = Cockpit(
        model.parameters(), quantities=configuration("economy", track_schedule=schedules.linear(EVERY))
    )

    def take(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, step: int) -> Tensor:
        optimizer.zero_grad()
        output = model(x)
        loss = mean(output, y)
        about = {
            "batch_size": len(x),
            "individual_losses": single(output, y),
            "loss": loss,
            "optimizer": optimizer,
        }
        with cockpit(step, info=about):
            loss.backward(create_graph=cockpit.create_graph(step))
        optimizer.step()
        return loss

    yield take


LOOKING: dict[str, Callable[[nn.Module], AbstractContextManager[Take]]] = {
    "plain": _plain, "vitreous": _watched, "tensorboard": _tensorboard, "cockpit": _cockpit,
}  # fmt: skip
NEEDS = {  # the modules behind a way
    "vitreous": ("vitreous.doctor.watch", "vitreous.record.session", "vitreous.record.wrappers"),
    "tensorboard": ("tensorboard", "torch.utils.tensorboard"), "cockpit": ("cockpit", "backpack"),
}  # fmt: skip
UNKNOWN = {("transformer", "cockpit")}  # BackPACK has no rule for attention


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("network", choices=sorted(NETWORKS))
    parser.add_argument("how", choices=sorted(LOOKING))
    parser.add_argument("--steps", type=int, default=2000)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(train(asked.network, asked.how, asked.steps)))
