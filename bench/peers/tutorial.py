"""The loop of the tutorials: a Dataset that makes a PIL image, a tensor and a normalized tensor of each item.

Item by item it does what torchvision's ``MNIST`` does with ``ToTensor`` and ``Normalize``.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from bench.peers import common, torch_common


def to_tensor(image: Image.Image) -> torch.Tensor:
    """What torchvision's ToTensor does to a grey image: float [1, H, W] from 0 to 1."""
    pixels = torch.from_numpy(np.array(image, np.uint8, copy=True)).view(image.size[1], image.size[0], 1)
    return pixels.permute(2, 0, 1).contiguous().to(torch.get_default_dtype()).div(255)


def normalize(tensor: torch.Tensor) -> torch.Tensor:
    """What torchvision's Normalize does."""
    tensor = tensor.clone()
    mean = torch.as_tensor([common.MEAN], dtype=tensor.dtype).view(-1, 1, 1)
    deviation = torch.as_tensor([common.DEVIATION], dtype=tensor.dtype).view(-1, 1, 1)
    return tensor.sub_(mean).div_(deviation)


class Images(Dataset):
    """uint8 images and labels, transformed one at a time."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        self.images, self.labels = torch.from_numpy(images.copy()), torch.from_numpy(labels.copy())

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image, label = self.images[index], int(self.labels[index])
        return normalize(to_tensor(Image.fromarray(image.numpy()))), label


def main() -> None:
    chosen = common.options()
    threads = torch_common.set_threads(chosen.threads)
    torch.manual_seed(0)
    digits = common.load(chosen)
    loader = DataLoader(Images(digits.x, digits.y), chosen.batch_size, shuffle=True)
    model = torch_common.network()
    seconds = torch_common.fit(model, loader, chosen.epochs)
    test = DataLoader(Images(digits.x_test, digits.y_test), 1000)
    common.say(seconds, torch_common.accuracy(model, test), threads=threads)


if __name__ == "__main__":
    main()
