"""Stopping on request: SIGTERM and SIGINT save the run and leave; a second Ctrl-C leaves at once."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

from vitreous.errors import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# torchrun passes a Ctrl-C on that the terminal has sent to every process already: one press comes twice.
SAME_PRESS_SECONDS = 2.0


class _Interruption(BaseException):
    """Unwinds whatever runs; no `Exception`, or code that carries on behind any error would swallow it."""


class StopRequest:
    """Turns the signals into a `Stopped` error, at once or at the next safe point.

    Outside ``deferred()`` a signal raises where the program stands: nothing is lost while data load
    or a report is drawn. Inside, it only sets ``number``, and the loop saves and raises at the edge
    of a step. On leaving, whatever error a signal has led to is a `Stopped`.
    """

    def __init__(self) -> None:
        self.number = 0
        self._at = 0.0
        self._deferred = False
        self._previous: dict[int, Any] = {}
        self.hint: str | None = None

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()
        if self.number and error is not None and not isinstance(error, Stopped):
            raise self.error() from error

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """While this lasts a signal waits; the caller looks at ``number``."""
        before, self._deferred = self._deferred, True
        try:
            yield
        finally:
            self._deferred = before
        if not before:
            self.check()

    def check(self) -> None:
        """Raises `Stopped` when a signal came."""
        if self.number:
            raise self.error()

    def error(self) -> Stopped:
        """The error that says what happened and how to go on."""
        name = signal.Signals(self.number).name
        return Stopped(f"Stopped by {name}.", signal_number=self.number, hint=self.hint)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        shared = int(os.environ.get("WORLD_SIZE", "1")) > 1
        if self.number:
            if number == signal.SIGINT and not (shared and time.monotonic() - self._at < SAME_PRESS_SECONDS):
                os._exit(128 + number)
            return
        self.number, self._at = number, time.monotonic()
        if number == signal.SIGINT and not shared:
            signal.signal(number, signal.SIG_DFL)  # the next press is not to wait for an operation's end
        if not self._deferred:
            raise _Interruption
