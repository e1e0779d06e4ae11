"""For Hugging Face's Trainer: ``Trainer(callbacks=[DoctorCallback()])``; needs the package transformers."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback

from vitreous.doctor.verdict import Verdict
from vitreous.doctor.watch import watch


class DoctorCallback(TrainerCallback):  # type: ignore[misc, unused-ignore]
    """Watches `train` and prints what is wrong when it ends.

    Attributes:
        verdict: What was found; None until training has ended.
    """

    def __init__(self) -> None:
        self.verdict: Verdict | None = None
        self._watch: watch | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begins to watch."""
        self._watch = watch()
        self._watch.__enter__()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Ends it and prints the findings."""
        if self._watch is None:
            return
        self._watch.__exit__(None, None, None)
        self.verdict, self._watch = self._watch.verdict(), None
        if self.verdict.findings:
            print(self.verdict)
