"""The doctor inside one's own loop or notebook."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from vitreous.doctor.verdict import Verdict
from vitreous.errors import UsageError

if TYPE_CHECKING:
    from vitreous.record.evidence import Evidence
    from vitreous.record.session import Session


_LEFT = "somebody watches the whole program (as `vitreous doctor` does), and says what is wrong with it"


def _program() -> str:
    """What is watched, in the verdict: the program that was started, or the notebook."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    notebook = "ipykernel" in sys.modules or (file and "ipykernel" in file)
    return "this notebook" if notebook else Path(file).name if file else "this session"


class watch:  # noqa: N801 (used as `with vt.watch() as w`)
    """Watches the training that happens within.

        with vt.watch() as w:
            for x, y in loader: ...
        print(w.verdict())

    Nothing of the training changes, to the last bit, and nothing stays behind, also after an exception. Models
    and optimizers may be made before or within. There are no experiments here, as the loop cannot be run again:
    what is not certain from what was seen is not reported. `vitreous doctor script.py` proves. Within another's
    watch, as that of `vitreous doctor`, it looks on and leaves the verdict to the other.
    """

    def __init__(self) -> None:
        self._session: Session | None = None
        self._evidence: Evidence | None = None
        self._context: contextlib.AbstractContextManager[object] | None = None
        self._within_another = False
        self._began = time.monotonic()

    def __enter__(self) -> watch:
        """Begins to watch."""
        from vitreous.record.session import Session
        from vitreous.record.taps import Taps

        self._session = Session(_program(), None, rest=True)
        self._within_another = Taps.taken()
        if self._within_another:
            return self
        self._context = self._session.taps.listen()
        self._context.__enter__()
        self._began = time.monotonic()
        self._session.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None
    ) -> None:
        """Ends it; an exception is the program's own and goes on."""
        from vitreous.record.crashed import crash

        if self._context is not None:
            self._context.__exit__(None, None, None)
        if self._session is not None:
            if isinstance(error, Exception):
                self._evidence = self._session.finish("crash", crash(error, self._session))
            else:
                self._evidence = self._session.finish("end" if error is None else "interrupted")
            if self._within_another:
                self._evidence.not_checked.append(_LEFT)

    def ended(self, error: BaseException | None) -> Verdict:
        """Ends it, for callbacks; prints the verdict where there is something to say."""
        self.__exit__(None if error is None else type(error), error, None)
        verdict = self.verdict()
        if verdict.findings or verdict.crash:
            print(verdict)
        return verdict

    @property
    def evidence(self) -> Evidence:
        """All that was seen.

        Raises:
            UsageError: if the watching is not over.
        """
        if self._evidence is None:
            raise UsageError("what was seen is complete when the `with vt.watch() as w:` block has ended.",
                             hint="Call w.verdict() behind the block, not within it.")  # fmt: skip
        return self._evidence

    def verdict(self) -> Verdict:
        """What is wrong, by what was seen.

        Raises:
            UsageError: if the watching is not over.
        """
        from vitreous.doctor.diagnose import suspects, word
        from vitreous.doctor.suspect import rank

        found, not_checked = suspects(self.evidence)
        believed = sorted((s for s in found if s.suspicion.certain), key=rank, reverse=True)
        for suspect in found:
            suspect.why_not = "not tried: a watched loop cannot be run again"
        verdict = word(self.evidence.script, self.evidence, found, believed, not_checked)
        verdict.seconds = time.monotonic() - self._began
        return verdict
