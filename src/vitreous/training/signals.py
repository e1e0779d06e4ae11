"""Stopping on request: SIGTERM and SIGINT save the run and leave; a second Ctrl-C leaves at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from vitreous.errors import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Turns the signals into a `Stopped` error, at once or at the next safe point.

    Outside ``deferred()`` a signal raises where the program stands: nothing is lost while data load
    or a report is drawn. Inside, it only sets ``number``, and the loop saves and raises at the edge
    of a step.
    """

    def __init__(self) -> None:
        self.number = 0
        self._deferred = False
        self._previous: dict[int, Any] = {}
        self.hint: str | None = None

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """While this lasts a signal waits; the caller looks at ``number``."""
        before, self._deferred = self._deferred, True
        try:
            yield
        finally:
            self._deferred = before
        if self.number and not before:
            raise self.error()

    def check(self) -> None:
        """Raises `Stopped` when a signal came."""
        if self.number:
            raise self.error()

    def error(self) -> Stopped:
        """The error that says what happened and how to go on."""
        name = signal.Signals(self.number).name
        return Stopped(f"Stopped by {name}.", signal_number=self.number, hint=self.hint)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.number and number == signal.SIGINT:
            os._exit(128 + number)
        self.number = number
        if not self._deferred:
            raise self.error()
