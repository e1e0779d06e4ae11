"""Arrays to inputs of mean 0 and deviation 1, by feature or by channel, fitted on training rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch

from vitreous.errors import RunError

if TYPE_CHECKING:
    from torch import Tensor

CHUNK_ROWS = 1024
PIXEL_ROWS = 4096  # bincount makes an int64 copy: of a few rows at a time


@dataclass(frozen=True)
class Scaling:
    """``(x / divisor - mean) / scale`` along axis 1.

    Attributes:
        means: One a feature [N, F] or channel [N, C, H, W].
        scales: Likewise; the standard deviation, or 1 where that is 0.
        divisor: 255 for pixels stored as uint8, else 1.
    """

    means: tuple[float, ...]
    scales: tuple[float, ...]
    divisor: float = 1.0

    def __call__(self, stored: Tensor) -> Tensor:
        """Stored inputs of any type to float32 of the same shape: two passes over memory."""
        means, scales = (torch.tensor(v, dtype=torch.float64) for v in (self.means, self.scales))
        factors, shifts = (1 / (scales * self.divisor)).float(), (-means / scales).float()
        if stored.ndim == 2:
            return torch.addcmul(shifts.to(stored.device), stored.float(), factors.to(stored.device))
        scaled = stored.to(torch.float32, copy=True)
        # A scalar a channel is twice as fast as broadcasting one.
        for channel, (factor, shift) in enumerate(zip(factors.tolist(), shifts.tolist(), strict=True)):
            scaled[:, channel].mul_(factor).add_(shift)
        return scaled

    @classmethod
    def fit(cls, rows: Tensor, *, normalize: bool) -> Scaling:
        """The scaling of training rows [N, C, ...], summed a chunk at a time in float64."""
        channels, divisor = rows.shape[1], 255.0 if rows.dtype == torch.uint8 else 1.0
        if not normalize:
            return cls((0.0,) * channels, (1.0,) * channels, divisor)
        if rows.dtype == torch.uint8:
            return cls._of_pixels(rows)
        axes = [0, *range(2, rows.ndim)]
        count = rows.numel() / channels
        mean = (
            sum((c.sum(axes, dtype=torch.float64) for c in _chunks(rows)), torch.zeros(channels).double())
            / count
        )
        # Around the mean: the difference of two large sums of squares would lose the digits that matter.
        center = mean.float().view((1, channels) + (1,) * (rows.ndim - 2))
        squares = torch.zeros(channels, dtype=torch.float64)
        for chunk in _chunks(rows):
            squares += chunk.sub_(center).square_().sum(axes, dtype=torch.float64)
        scale = (squares / count).sqrt()
        scale = torch.where(scale > 1e-7 * mean.abs().clamp(min=1e-30), scale, divisor)
        return cls(tuple((mean / divisor).tolist()), tuple((scale / divisor).tolist()), divisor)

    @classmethod
    def _of_pixels(cls, rows: Tensor) -> Scaling:
        """The same from counts of the 256 values a pixel can have: exact, and one pass."""
        values = torch.arange(256, dtype=torch.float64) / 255
        means, scales = [], []
        for channel in range(rows.shape[1]):
            counts = torch.zeros(256, dtype=torch.float64)
            for chunk in rows.split(PIXEL_ROWS):
                counts += torch.bincount(chunk[:, channel].flatten(), minlength=256)
            share = counts / counts.sum()
            mean = (share * values).sum()
            means.append(float(mean))
            scales.append(float((share * (values - mean) ** 2).sum().sqrt()) or 1.0)
        return cls(tuple(means), tuple(scales), 255.0)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Scaling:
        """The inverse of ``to_json``; raises RunError on what it never wrote."""
        try:
            return cls(tuple(values["means"]), tuple(values["scales"]), float(values["divisor"]))
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"The saved preprocessing is damaged: {error}.") from None


def _chunks(rows: Tensor) -> Any:
    """Copies of a few rows as float32, small enough for the cache."""
    size = max(1, CHUNK_ROWS * 784 // max(1, rows[0].numel()))
    return (rows[at : at + size].to(torch.float32, copy=True) for at in range(0, len(rows), size))
