"""What every peer needs: the digits as arrays, the options, the line it prints."""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

MEAN, DEVIATION = 0.1307, 0.3081
HIDDEN = (128, 64)


class Digits(NamedTuple):
    """uint8 images [N, 28, 28] and int64 labels [N], to train and to test."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def options() -> argparse.Namespace:
    """Of a peer's command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=0, help="0: the peer's default")
    parser.add_argument("--examples", type=int, default=60_000, help="fewer for a trial")
    return parser.parse_args()


def load(chosen: argparse.Namespace) -> Digits:
    """Reads the four IDX files."""
    arrays = []
    for file, header in (
        ("train-images-idx3-ubyte", 16), ("train-labels-idx1-ubyte", 8),
        ("t10k-images-idx3-ubyte", 16), ("t10k-labels-idx1-ubyte", 8),
    ):  # fmt: skip
        content = gzip.decompress((chosen.data / f"{file}.gz").read_bytes())
        array = np.frombuffer(content, np.uint8, offset=header)
        arrays.append(array.reshape(-1, 28, 28) if header == 16 else array.astype(np.int64))
    x, y, x_test, y_test = arrays
    return Digits(x[: chosen.examples], y[: chosen.examples], x_test, y_test)


def normalized(images: np.ndarray) -> np.ndarray:
    """float32 [N, 784]."""
    scaled = images.reshape(len(images), -1).astype(np.float32)
    scaled /= 255
    scaled -= MEAN
    scaled /= DEVIATION
    return scaled


def say(epoch_seconds: list[float], accuracy: float | None, **more: Any) -> None:
    """The one line a peer prints."""
    print(
        json.dumps({"epoch_seconds": [round(s, 5) for s in epoch_seconds], "test_accuracy": accuracy, **more})
    )
