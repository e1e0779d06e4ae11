"""Pixel shuffle: r² channels become one of r times the height and width; and the way back.

Source: Shi et al., "Real-time single image and video super-resolution", https://arxiv.org/abs/1609.05158.
"""

from __future__ import annotations

from vitreous.looking.operation import Array, Rearrangement


class PixelShuffle(Rearrangement):
    """[*, C·r², H, W] to [*, C, H·r, W·r]."""

    names = ("pixel_shuffle",)
    title = "channels to pixels"
    formula = "y[c, h·r + a, w·r + b] = x[c·r² + a·r + b, h, w]"

    def move(self, input: Array, upscale_factor: int) -> Array:
        """Spread."""
        r = upscale_factor
        *before, c, h, w = input.shape
        parts = input.reshape(-1, c // r**2, r, r, h, w).transpose(0, 1, 4, 2, 5, 3)
        return parts.reshape(*before, c // r**2, h * r, w * r)


class PixelUnshuffle(Rearrangement):
    """[*, C, H·r, W·r] to [*, C·r², H, W]."""

    names = ("pixel_unshuffle",)
    title = "pixels to channels"
    formula = "y[c·r² + a·r + b, h, w] = x[c, h·r + a, w·r + b]"

    def move(self, input: Array, downscale_factor: int) -> Array:
        """Folded."""
        r = downscale_factor
        *before, c, h, w = input.shape
        parts = input.reshape(-1, c, h // r, r, w // r, r).transpose(0, 1, 3, 5, 2, 4)
        return parts.reshape(*before, c * r**2, h // r, w // r)
