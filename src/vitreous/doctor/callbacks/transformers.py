"""For Hugging Face's Trainer: ``Trainer(callbacks=[DoctorCallback()])``; needs the package transformers."""

from __future__ import annotations

from functools import wraps
from typing import Any

from transformers import Trainer, TrainerCallback

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
        self._end(None)

    def on_exception(self, exception: BaseException) -> None:
        """Ends it, and prints what stands behind the exception, which goes on."""
        self._end(exception)

    def _end(self, error: BaseException | None) -> None:
        if self._watch is not None:
            self.verdict, self._watch = self._watch.ended(error), None


_train = Trainer.train


@wraps(_train)
def _watched_train(self: Trainer, *args: Any, **kwargs: Any) -> Any:
    """`Trainer.train`, with the event that its callbacks do not have: without it an exception left the watch on."""
    try:
        return _train(self, *args, **kwargs)
    except BaseException as error:
        for callback in self.callback_handler.callbacks:
            if isinstance(callback, DoctorCallback):
                callback.on_exception(error)
        raise


Trainer.train = _watched_train  # type: ignore[method-assign, unused-ignore]
