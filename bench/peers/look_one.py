"""One tool looks at one network, in a process of its own: `look_one.py TOOL NETWORK`; prints one line of JSON.

The networks are written with plain torch here, so that every Python with torch can run them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def mlp() -> tuple[nn.Module, Tensor]:
    """784-128-64-10."""
    return nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    ), torch.randn(1, 784)


class Block(nn.Module):
    """ResNet-18's."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.around = nn.Sequential()
        if stride > 1 or inputs != width:
            self.around = nn.Sequential(
                nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Correction plus input."""
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.around(x))


def resnet18() -> tuple[nn.Module, Tensor]:
    """He et al. 2015, for 224×224 and 1,000 classes."""
    widths = [
        (64, 64, 1),
        (64, 64, 1),
        (64, 128, 2),
        (128, 128, 1),
        (128, 256, 2),
        (256, 256, 1),
        (256, 512, 2),
        (512, 512, 1),
    ]
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000)]
    return nn.Sequential(*stem, *(Block(*w) for w in widths), *head), torch.randn(1, 3, 224, 224)


class ViT(nn.Module):
    """Dosovitskiy et al. 2020, B/16."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 768, 16, 16)
        self.token, self.places = (
            nn.Parameter(torch.zeros(1, 1, 768)),
            nn.Parameter(torch.randn(1, 197, 768) * 0.02),
        )
        layer = nn.TransformerEncoderLayer(768, 12, 3072, 0.0, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 12, nn.LayerNorm(768), enable_nested_tensor=False)
        self.head = nn.Linear(768, 1000)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.places
        return self.head(self.encoder(x)[:, 0])  # type: ignore[no-any-return]


def vit_b_16() -> tuple[nn.Module, Tensor]:
    return ViT(), torch.randn(1, 3, 224, 224)


class Decoder(nn.Module):
    """A block of a language model of LLaMA's size."""

    def __init__(self, width: int = 4096, inner: int = 11008) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.RMSNorm(width), nn.RMSNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.gate, self.up = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Attention, then the gated dense part."""
        q, k, v = (t.unflatten(-1, (32, -1)).transpose(1, 2) for t in self.qkv(self.norm1(x)).chunk(3, -1))
        x = x + self.out(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))
        y = self.norm2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))  # type: ignore[no-any-return]


def seven_billion() -> tuple[nn.Module, Tensor]:
    with torch.device("meta"):
        blocks = [Decoder() for _ in range(32)]
        model = nn.Sequential(
            nn.Embedding(32_000, 4096), *blocks, nn.RMSNorm(4096), nn.Linear(4096, 32_000, bias=False)
        )
        return model, torch.zeros(1, 512, dtype=torch.long)


def vitreous(model: nn.Module, x: Tensor) -> Callable[[], dict[str, Any]]:
    """All numbers, forward and back, each recomputed."""
    from vitreous.looking.operation import all_operations
    from vitreous.looking.structure import structure
    from vitreous.looking.trace import look

    all_operations()
    if x.device.type == "meta":
        return lambda: {"parameters": structure(model, x).parameters}

    def once() -> dict[str, Any]:
        trace = look(model, x, torch.tensor([1]))
        gradients = any(step.gradient is not None for step in trace.steps)
        return {
            "operations": len(trace.steps),
            "numbers": True,
            "gradients": gradients,
            "by_hand": trace.explained,
        }

    return once


def page(model: nn.Module, x: Tensor) -> Callable[[], dict[str, Any]]:
    """The page of a trace with what a batch of examples shows, written to the third argument."""
    import vitreous.looking.page.html
    from vitreous.looking.subject import subject_from
    from vitreous.looking.trace import look
    from vitreous.looking.view import show_all

    place = Path(sys.argv[3])
    many, channels, side = (16, 3, 224) if x.ndim == 4 else (512, 1, 28)
    if x.ndim == 2:
        model = nn.Sequential(nn.Flatten(), model)
    rough = torch.rand(
        many, channels, side // 4, side // 4
    )  # neighbours alike, as in a photo, or a stroke of a pen
    rough *= torch.rand(many, 1, side // 4, side // 4) > 0.6
    batch, labels = F.interpolate(rough, size=(side, side), mode="bilinear"), torch.arange(many) % 10

    def once() -> dict[str, Any]:
        trace = look(model, batch[:1], labels[:1])
        views = show_all(subject_from(model, batch, labels)) if not place.exists() else []  # type: ignore[arg-type]
        if not place.exists():
            vitreous.looking.page.html.write(trace, place, views=views)
        return {"views": len(views)}

    return once


def torchlens(model: nn.Module, x: Tensor) -> Callable[[], dict[str, Any]]:
    """The forward pass's numbers."""
    import torchlens

    def once() -> dict[str, Any]:
        history = torchlens.trace(model, x)
        return {"operations": len(history.ops), "numbers": True, "gradients": False, "by_hand": 0.0}

    return once


def torchlens_back(model: nn.Module, x: Tensor) -> Callable[[], dict[str, Any]]:
    """The numbers of both ways: asked for the gradient of every operation's output, of the same loss as ours."""
    import torchlens
    from torchlens.options import CaptureOptions

    def once() -> dict[str, Any]:
        history = torchlens.trace(model, x, capture=CaptureOptions(save_grads="all", backward_ready=True))
        output = history[history.output_layers[0]].out
        history.backward(F.cross_entropy(output, torch.tensor([1])))
        model.zero_grad()
        gradients = history.num_saved_grad_ops > 0
        return {"operations": len(history.ops), "numbers": True, "gradients": gradients, "by_hand": 0.0}

    return once


def torchinfo(model: nn.Module, x: Tensor) -> Callable[[], dict[str, Any]]:
    """Shapes and counts."""
    import torchinfo

    def once() -> dict[str, Any]:
        found = torchinfo.summary(model, input_data=x, verbose=0)
        return {"operations": len(found.summary_list), "numbers": False, "gradients": False, "by_hand": 0.0}

    return once


def main(tool: str, network: str) -> None:
    """Times the first call and the second."""
    torch.manual_seed(0)
    model, x = globals()[network]()
    once = globals()[tool](model.eval(), x)
    start, busy = time.perf_counter(), time.process_time()
    shows = once()
    middle, cpu = time.perf_counter(), time.process_time() - busy
    once()
    print(
        json.dumps(
            {
                "seconds": round(middle - start, 4),
                "again": round(time.perf_counter() - middle, 4),
                "cpu_seconds": round(cpu, 4),
                "shows": shows,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:3])
