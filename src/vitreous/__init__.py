"""Neural networks you can see through.

    import vitreous as vt

    run = vt.train("customers.csv", target="churned")
    print(run.result["test.accuracy"])
    run.predict("new.csv")

Names are loaded when they are first used: ``import vitreous`` does not import torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public name -> the module that has it.
_PUBLIC = {
    "Classifier": "vitreous.training.estimators",
    "DataError": "vitreous.errors",
    "Listener": "vitreous.training.events",
    "MissingExtraError": "vitreous.errors",
    "ModelError": "vitreous.errors",
    "Recipe": "vitreous.training.recipe",
    "RecipeError": "vitreous.errors",
    "Regressor": "vitreous.training.estimators",
    "Run": "vitreous.training.run",
    "RunError": "vitreous.errors",
    "Stopped": "vitreous.errors",
    "TrainingError": "vitreous.errors",
    "UsageError": "vitreous.errors",
    "VitreousError": "vitreous.errors",
    "advise": "vitreous.training.advise",
    "compare": "vitreous.training.compare",
    "resume": "vitreous.training.api",
    "train": "vitreous.training.api",
    "watch": "vitreous.doctor.watch",
}

__all__ = [*sorted(_PUBLIC), "__version__"]  # noqa: PLE0604 (they are strings)

if TYPE_CHECKING:
    from vitreous.doctor.watch import watch
    from vitreous.errors import (
        DataError,
        MissingExtraError,
        ModelError,
        RecipeError,
        RunError,
        Stopped,
        TrainingError,
        UsageError,
        VitreousError,
    )
    from vitreous.training.advise import advise
    from vitreous.training.api import resume, train
    from vitreous.training.compare import compare
    from vitreous.training.estimators import Classifier, Regressor
    from vitreous.training.events import Listener
    from vitreous.training.recipe import Recipe
    from vitreous.training.run import Run


def __getattr__(name: str) -> Any:
    # The table wins over a submodule of the same name: vitreous.training is the function. Submodules
    # are imported by their full path (from vitreous.training.recipe import Recipe), which still works.
    if name not in _PUBLIC:
        raise AttributeError(f"module 'vitreous' has no attribute {name!r}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
