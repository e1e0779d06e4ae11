"""For Lightning: ``Trainer(callbacks=[DoctorCallback()])``; needs the package lightning."""

from __future__ import annotations

from typing import Any

from lightning.pytorch import Callback

from vitreous.doctor.verdict import Verdict
from vitreous.doctor.watch import watch


class DoctorCallback(Callback):  # type: ignore[misc, unused-ignore]
    """Watches `fit` and prints what is wrong when it ends.

    Attributes:
        verdict: What was found; None until `fit` has ended.
    """

    def __init__(self) -> None:
        self.verdict: Verdict | None = None
        self._watch: watch | None = None

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Begins to watch."""
        self._watch = watch()
        self._watch.__enter__()

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """Ends it and prints the findings."""
        self._end(None)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Ends it, and prints what stands behind the exception, which goes on."""
        self._end(exception)

    def _end(self, error: BaseException | None) -> None:
        if self._watch is not None:
            self.verdict, self._watch = self._watch.ended(error), None
