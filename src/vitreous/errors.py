"""Every error Vitreous raises on purpose.

    VitreousError
    ├── UsageError          exit 2   the command or call was wrong
    │   ├── RecipeError              a setting has no such name, or no such value
    │   └── MissingExtraError        an optional package is needed
    ├── DataError           exit 3   the data cannot be used as they are
    ├── ModelError          exit 4   the network cannot be built, or does not fit the data
    ├── RunError            exit 5   a run folder is missing, damaged or of another kind
    ├── TrainingError       exit 6   training started and cannot go on
    └── Stopped             exit 130 / 143   asked to stop; the run can be resumed

A message says what was expected and what came; ``where`` names the file, row, column or label;
``hint`` says what to do. The command line prints the three on one or two lines and no traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class VitreousError(Exception):
    """The root of all errors raised on purpose.

    Args:
        message: What was expected and what came, in one sentence.
        where: The file, row, column, label or setting it is about.
        hint: What to do about it.
    """

    code = "error"
    exit_status = 1

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} {self.hint}" if self.hint else text


class UsageError(VitreousError):
    """The command or the call itself was wrong."""

    code = "usage"
    exit_status = 2


class RecipeError(UsageError):
    """A setting of the recipe has no such name or no such value."""

    code = "recipe"


class MissingExtraError(UsageError):
    """An optional package is needed for what was asked."""

    code = "missing-extra"

    def __init__(self, package: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed.",
            hint=f"Install it with: pip install {package}",
        )


class DataError(VitreousError):
    """The data cannot be used as they are."""

    code = "data"
    exit_status = 3


class ModelError(VitreousError):
    """The network cannot be built or does not fit the data."""

    code = "model"
    exit_status = 4


class RunError(VitreousError):
    """A run folder is missing, damaged or of another kind than was asked for."""

    code = "run"
    exit_status = 5


class TrainingError(VitreousError):
    """Training started and cannot go on."""

    code = "training"
    exit_status = 6


class Stopped(VitreousError):  # noqa: N818 (no error: somebody asked for it)
    """A signal asked the run to stop; it was saved and can be resumed."""

    code = "stopped"

    def __init__(self, message: str, *, signal_number: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.exit_status = 128 + signal_number


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known spelling, else lists all of them."""
    known = sorted(known)
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Known: {', '.join(known)}." if known else ""
