"""Residual networks: each block adds a correction to what it was given, so depth stops hurting.

He, Zhang, Ren & Sun, "Deep residual learning for image recognition", 2015. Gradients reach early
layers through the sums. As in torchvision the second convolution of a bottleneck has the stride, and
the names of all parameters are torchvision's, so published weights load.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

from torch import Tensor, nn

from vitreous.data.types import InputSpec, Task
from vitreous.models.accepts import VECTORS, require
from vitreous.models.initialize import LAST, initialize

SMALL = 64  # sides up to this take the stem for small images


def conv(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Conv2d:
    """A convolution that keeps the sides (or divides them by the stride); a norm follows: no bias."""
    return nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and a way around them.

    Shape:
        [B, inputs, H, W] to [B, width, H / stride, W / stride].
    """

    expansion: ClassVar[int] = 1

    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 3, stride), nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2, self.bn2 = conv(width, width, 3), nn.BatchNorm2d(width)
        self.downsample = shortcut(inputs, width, stride)
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """The input, brought to the output's shape, plus the correction."""
        change = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        out: Tensor = self.relu2(self.downsample(x) + change)
        return out


class Bottleneck(nn.Module):
    """1×1 down to ``width`` channels, 3×3 there, 1×1 up to four times as many.

    Shape:
        [B, inputs, H, W] to [B, 4 · width, H / stride, W / stride].
    """

    expansion: ClassVar[int] = 4

    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 1), nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2, self.bn2 = conv(width, width, 3, stride), nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.conv3, self.bn3 = conv(width, 4 * width, 1), nn.BatchNorm2d(4 * width)
        self.downsample = shortcut(inputs, 4 * width, stride)
        self.relu3 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """The input, brought to the output's shape, plus the correction."""
        change = self.relu1(self.bn1(self.conv1(x)))
        change = self.relu2(self.bn2(self.conv2(change)))
        change = self.bn3(self.conv3(change))
        out: Tensor = self.relu3(self.downsample(x) + change)
        return out


def shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    """The way around a block: nothing, or a 1×1 convolution where the shape changes."""
    if inputs == outputs and stride == 1:
        return nn.Identity()
    return nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))


class ResNet(nn.Module):
    """A stem, four stages of blocks that halve the sides and double the channels, one linear map.

    Args:
        name: What messages call it.
        block: `BasicBlock` or `Bottleneck`.
        depths: Blocks of each stage.
        input: An image.
        task: Any with one vector of outputs an example.
        stem: "imagenet" (7×7, stride 2, then a pool: sides shrink to a quarter), "cifar" (3×3, sides
            stay), or "auto": the latter for sides up to 64.

    Shape:
        [B, C, H, W] to [B, outputs].

    Raises:
        ModelError: for inputs that are no images, or a task of another kind.
    """

    def __init__(
        self,
        name: str,
        block: type[BasicBlock | Bottleneck],
        depths: tuple[int, int, int, int],
        input: InputSpec,
        task: Task,
        *,
        stem: Literal["auto", "cifar", "imagenet"] = "auto",
    ) -> None:
        super().__init__()
        require(name, input, task, ("image",), VECTORS)
        small = stem == "cifar" or (stem == "auto" and max(input.shape[1:]) <= SMALL)
        channels = input.shape[0]
        self.conv1 = conv(channels, 64, 3) if small else conv(channels, 64, 7, stride=2)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, stride=2, padding=1)
        self.width = 64
        self.layer1 = self._stage(block, 64, depths[0], stride=1)
        self.layer2 = self._stage(block, 128, depths[1], stride=2)
        self.layer3 = self._stage(block, 256, depths[2], stride=2)
        self.layer4 = self._stage(block, 512, depths[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        self.fc = initialize(nn.Linear(self.width, task.outputs), "identity", gain=LAST)

    def _stage(
        self, block: type[BasicBlock | Bottleneck], width: int, depth: int, stride: int
    ) -> nn.Sequential:
        """Blocks of one width; only the first has the stride."""
        blocks = []
        for number in range(depth):
            blocks.append(block(self.width, width, stride if number == 0 else 1))
            self.width = width * block.expansion
        return nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        """Logits, from the mean over all places of the last stage."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        logits: Tensor = self.fc(self.avgpool(x).flatten(1))
        return logits


MODELS = {
    "resnet18": partial(ResNet, "resnet18", BasicBlock, (2, 2, 2, 2)),
    "resnet34": partial(ResNet, "resnet34", BasicBlock, (3, 4, 6, 3)),
    "resnet50": partial(ResNet, "resnet50", Bottleneck, (3, 4, 6, 3)),
}
