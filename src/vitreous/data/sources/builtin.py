"""Small sets that need no download: those of scikit-learn, and toys on which something can be shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from vitreous.data.types import Data
    from vitreous.training.recipe import DataRecipe

TABLES = ("iris", "wine", "breast_cancer", "diabetes")
TINY = ("loan", "xor")  # trained and tested on the same rows
NAMES = ("digits", *TABLES, *TINY, "toy200", "spiral", "moons")


def recognizes(source: object, recipe: DataRecipe) -> bool:
    """The names of the sets."""
    return isinstance(source, str) and source in NAMES


def load(source: str, recipe: DataRecipe, seed: int) -> Data:
    """The set of that name; a target given in the recipe is used in place of its own."""
    from vitreous.data.sources import arrays, table

    if source == "digits":
        from sklearn.datasets import load_digits

        found = load_digits()
        x = found.images.astype(np.float32)
        return arrays.load_arrays({"x": x, "y": found.target}, recipe, seed, name=source, target_name="digit")
    frame, target = _sklearn(source) if source in TABLES else TOYS[source](seed)
    if recipe.target is None:
        recipe = recipe.model_copy(update={"target": target})
    return table.load_frame(frame, recipe, seed, name=source, whole=source in TINY)


def _sklearn(name: str) -> tuple[pl.DataFrame, str]:
    """A table of scikit-learn under its own column names, classes by their names."""
    import polars as pl
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")()
    columns: dict[str, Any] = dict(zip(found.feature_names, found.data.T, strict=True))
    if "target_names" not in found:
        return pl.DataFrame({**columns, "progression": found.target}), "progression"
    target = "species" if name == "iris" else "diagnosis" if name == "breast_cancer" else "class"
    return pl.DataFrame({**columns, target: [str(found.target_names[i]) for i in found.target]}), target


def _loan(seed: int) -> tuple[pl.DataFrame, str]:
    import polars as pl

    rows = {"age": [25, 40, 33, 50], "salary": [45, 80, 60, 120], "house": ["no", "yes", "no", "yes"]}
    return pl.DataFrame({**rows, "approve": ["no", "yes", "no", "yes"]}), "approve"


def _xor(seed: int) -> tuple[pl.DataFrame, str]:
    import polars as pl

    return pl.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "xor": [0, 1, 1, 0]}), "xor"


def _toy200(seed: int) -> tuple[pl.DataFrame, str]:
    """200 rows of 10 normal numbers; the label says whether the first two add up to more than 0."""
    import polars as pl

    x = np.random.default_rng(0).standard_normal((200, 10))
    columns = {f"x{k}": x[:, k] for k in range(10)}
    return pl.DataFrame({**columns, "y": (x[:, 0] + x[:, 1] > 0).astype(np.int64)}), "y"


def _spiral(seed: int) -> tuple[pl.DataFrame, str]:
    """Two interleaved spirals of 500 points each, one and a half turns, with a little noise."""
    import polars as pl

    rng = np.random.default_rng(0)
    turn = np.sqrt(rng.random(500)) * 3 * np.pi
    arms = [np.stack([sign * turn * np.cos(turn), sign * turn * np.sin(turn)], 1) for sign in (1, -1)]
    points = np.concatenate(arms) / (3 * np.pi) + rng.normal(scale=0.02, size=(1000, 2))
    return pl.DataFrame(
        {"x": points[:, 0], "y": points[:, 1], "arm": ["first"] * 500 + ["second"] * 500}
    ), "arm"


def _moons(seed: int) -> tuple[pl.DataFrame, str]:
    import polars as pl
    from sklearn.datasets import make_moons

    points, moon = make_moons(1000, noise=0.15, random_state=0)
    names = ["upper" if m == 0 else "lower" for m in moon]
    return pl.DataFrame({"x": points[:, 0], "y": points[:, 1], "moon": names}), "moon"


TOYS: dict[str, Callable[[int], tuple[pl.DataFrame, str]]] = {
    "loan": _loan,
    "xor": _xor,
    "toy200": _toy200,
    "spiral": _spiral,
    "moons": _moons,
}
