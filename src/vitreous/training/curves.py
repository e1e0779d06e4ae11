"""What the curves of a run say about it."""

from __future__ import annotations

from typing import Any


def advice(history: list[dict[str, Any]], best_epoch: int) -> list[str]:
    """What the curves say a person could do next."""
    if len(history) < 4 or "validation.loss" not in history[-1]:
        return []
    said = []
    last, best = history[-1], history[max(0, best_epoch - 1)]
    overfits = (
        last["validation.loss"] > 1.1 * best["validation.loss"] and last["train.loss"] < best["train.loss"]
    )
    if overfits:
        said.append(
            f"It overfits from epoch {best_epoch + 1} on: training loss falls while validation loss rises. "
            "More data, augmentation, dropout, weight decay or a smaller network would help."
        )
    if best_epoch == len(history) and history[-1]["validation.loss"] < 0.98 * history[-2]["validation.loss"]:
        said.append("Validation was still improving at the last epoch: train longer.")
    return said
