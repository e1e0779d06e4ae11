"""Random changes that leave the answer the same, drawn for a whole batch at once.

Each is a callable (inputs, generator) -> inputs; all randomness comes from the generator, so the
same seed gives the same batch in any process.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor


@dataclass(frozen=True)
class ImageAugment:
    """Mirrored, shifted and (if asked for) recoloured and partly hidden images.

    Attributes:
        flip: Whether half of the images are mirrored left to right.
        shift: Largest shift either way, as a share of the side; what comes in is mirrored.
        jitter: Largest change of brightness (in standard deviations) and contrast (as a share).
        cutout: Side of a square set to the mean, as a share of the image's side.
    """

    flip: bool = True
    shift: float = 0.125
    jitter: float = 0.0
    cutout: float = 0.0

    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        """Images float [B, C, H, W], standardized, to images of the same shape."""
        images = self._moved(images, generator)
        if self.jitter:
            images = _jittered(images, self.jitter, generator)
        if self.cutout:
            images = _cut_out(images, self.cutout, generator)
        return images

    def _moved(self, images: Tensor, generator: Generator) -> Tensor:
        """Flip and shift as one gather of pixels."""
        B, C, H, W = images.shape
        device = images.device
        y = _shifted(B, H, round(self.shift * H), generator, device)  # [B, H]: the row each row comes from
        x = _shifted(B, W, round(self.shift * W), generator, device)  # [B, W]
        if self.flip:
            mirrored = torch.rand(B, 1, generator=generator, device=device) < 0.5
            x = torch.where(mirrored, W - 1 - x, x)
        pixel = (y[:, :, None] * W + x[:, None, :]).view(B, 1, H * W)
        return images.reshape(B, C, H * W).gather(2, pixel.expand(B, C, H * W)).view(B, C, H, W)


@dataclass(frozen=True)
class TokenDropout:
    """Some tokens become "unknown": none decides alone, and the unknown token itself is trained.

    Attributes:
        share: Probability that a token is dropped.
        unknown: The id it becomes; padding (0) and unknown itself stay.
    """

    share: float = 0.05
    unknown: int = 1

    def __call__(self, tokens: Tensor, generator: Generator) -> Tensor:
        """Tokens int64 [B, T] to tokens of the same shape."""
        dropped = torch.rand(tokens.shape, generator=generator, device=tokens.device) < self.share
        return tokens.masked_fill(dropped & (tokens != 0), self.unknown)


def _shifted(count: int, side: int, most: int, generator: Generator, device: torch.device) -> Tensor:
    """For each of ``count`` images where its pixels along one side come from, [count, side]."""
    shift = torch.randint(-most, most + 1, (count, 1), generator=generator, device=device)
    index = (torch.arange(side, device=device) + shift).abs()
    return torch.where(index >= side, 2 * (side - 1) - index, index)


def _jittered(images: Tensor, most: float, generator: Generator) -> Tensor:
    draw = torch.rand(2, len(images), 1, 1, 1, generator=generator, device=images.device) * 2 - 1
    return images * (1 + most * draw[0]) + most * draw[1]


def _cut_out(images: Tensor, share: float, generator: Generator) -> Tensor:
    B, _, H, W = images.shape
    side = max(1, round(share * min(H, W)))
    device = images.device
    top = torch.randint(0, H - side + 1, (B, 1), generator=generator, device=device)
    left = torch.randint(0, W - side + 1, (B, 1), generator=generator, device=device)
    rows = torch.arange(H, device=device).expand(B, H)
    columns = torch.arange(W, device=device).expand(B, W)
    hidden = ((rows >= top) & (rows < top + side))[:, :, None] & (
        (columns >= left) & (columns < left + side)
    )[:, None, :]
    return images.masked_fill(hidden[:, None], 0.0)  # 0 is the mean of standardized images
