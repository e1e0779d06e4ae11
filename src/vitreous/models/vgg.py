"""VGG: nothing but 3×3 convolutions and pools, as deep as they go.

Simonyan & Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014. Two
3×3 convolutions see what one 5×5 sees, with fewer weights and one more activation. Names and numbers
of the layers are torchvision's, so published weights load (head "imagenet").
"""

from __future__ import annotations

from functools import partial
from typing import Literal

from torch import Tensor, nn

from vitreous.data.types import InputSpec, Task
from vitreous.models.accepts import VECTORS, Rate, Switch, require
from vitreous.models.initialize import LAST, initialize

SMALL = 64  # sides up to this take the small head
DEPTHS = {"vgg11": (1, 1, 2, 2, 2), "vgg13": (2,) * 5, "vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
WIDTHS = (64, 128, 256, 512, 512)


def features(channels: int, side: int, depths: tuple[int, ...], batch_norm: bool) -> nn.Sequential:
    """Five groups of convolutions, a pool behind each (an Identity once the image is one pixel)."""
    layers: list[nn.Module] = []
    for depth, width in zip(depths, WIDTHS, strict=True):
        for _ in range(depth):
            layers.append(nn.Conv2d(channels, width, kernel_size=3, padding=1))
            if batch_norm:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.ReLU())
            channels = width
        layers.append(nn.MaxPool2d(2) if side > 1 else nn.Identity())
        side = max(side // 2, 1)
    return nn.Sequential(*layers)


class VGG(nn.Module):
    """Convolutions, then a dense head.

    Args:
        name: Which of the four.
        input: An image.
        task: Any with one vector of outputs an example.
        batch_norm: Normalize each channel over the batch, between convolution and activation.
        head: "imagenet" (7×7 places, two layers of 4096: 120 million weights), "small" (the mean over
            all places, one layer), or "auto": the latter for sides up to 64.
        dropout: Share of units silenced in training, in the large head.

    Shape:
        [B, C, H, W] to [B, outputs].

    Raises:
        ModelError: for inputs that are no images, or a task of another kind.
    """

    def __init__(
        self,
        name: str,
        input: InputSpec,
        task: Task,
        *,
        batch_norm: Switch = False,
        head: Literal["auto", "imagenet", "small"] = "auto",
        dropout: Rate = 0.5,
    ) -> None:
        super().__init__()
        require(name, input, task, ("image",), VECTORS)
        channels, height, width = input.shape
        self.features = features(channels, min(height, width), DEPTHS[name], batch_norm)
        if head == "small" or (head == "auto" and max(height, width) <= SMALL):
            self.avgpool = nn.AdaptiveAvgPool2d(1)
            self.classifier = nn.Sequential(nn.Linear(512, task.outputs))
        else:
            self.avgpool = nn.AdaptiveAvgPool2d(7)
            self.classifier = nn.Sequential(
                *(nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(dropout)),
                *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(dropout)),
                nn.Linear(4096, task.outputs),
            )
        initialize(self, "relu")
        initialize(self.classifier[-1], "identity", gain=LAST)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        logits: Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return logits


MODELS = {name: partial(VGG, name) for name in DEPTHS}
