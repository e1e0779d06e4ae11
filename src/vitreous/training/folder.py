"""A run's folder becomes the run's own before anything heavy is imported."""

from __future__ import annotations

import shutil
from pathlib import Path

from vitreous import files
from vitreous.errors import RunError
from vitreous.training.recipe import Recipe


def claim(folder: Path, recipe: Recipe, *, force: bool = False) -> bool:
    """Makes a folder the run's own and writes the recipe, so that a run killed at once can be resumed.

    Returns:
        Whether the folder is new: it is taken away again if the data turn out to be unusable.

    Raises:
        RunError: when another run is in it, or it cannot be written.
    """
    try:
        new = not folder.exists()
        if not new and any(folder.iterdir()):
            if not (folder / "recipe.toml").is_file():
                raise RunError("The folder is not empty and holds no run.", where=str(folder), hint="Choose another --out.")
            if not force:
                raise RunError(
                    "The folder holds a run already.", where=str(folder),
                    hint=f"Go on with it (vitreous resume {folder}), choose another --out, or overwrite it (--force).",
                )  # fmt: skip
            shutil.rmtree(folder)
            new = True
        folder.mkdir(parents=True, exist_ok=True)
        files.write_atomic(folder / "recipe.toml", recipe.to_toml(defaults=False))
    except OSError as error:
        raise RunError(f"It cannot be written: {error.strerror}.", where=str(folder), hint="Choose another --out.") from None
    return new
