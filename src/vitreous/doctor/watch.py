"""The doctor inside one's own loop or notebook."""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from vitreous.doctor.verdict import Verdict
from vitreous.errors import UsageError

if TYPE_CHECKING:
    from vitreous.record.evidence import Evidence
    from vitreous.record.session import Session


class watch:  # noqa: N801 (used as `with vt.watch() as w`)
    """Watches the training that happens within.

        with vt.watch() as w:
            for x, y in loader: ...
        print(w.verdict())

    Nothing of the training changes, to the last bit, and nothing stays behind, also after an exception. Models
    and optimizers may be made before or within. There are no experiments here, as the loop cannot be run again:
    what is not certain from what was seen is not reported. `vitreous doctor script.py` proves.
    """

    def __init__(self) -> None:
        self._session: Session | None = None
        self._evidence: Evidence | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._context: contextlib.AbstractContextManager[object] | None = None
        self._began = time.monotonic()

    def __enter__(self) -> watch:
        """Begins to watch."""
        from vitreous.record.session import Session

        self._folder = tempfile.TemporaryDirectory(prefix="vitreous-watch-")
        self._session = Session("<watched>", Path(self._folder.name))
        self._context = self._session.taps.listen()
        self._context.__enter__()
        self._began = time.monotonic()
        self._session.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None
    ) -> None:
        """Ends it; an exception is the program's own and goes on."""
        if self._context is not None:
            self._context.__exit__(None, None, None)
        if self._session is not None:
            self._evidence = self._session.finish("crash" if error is not None else "end")
            _ = self._evidence.arrays
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def evidence(self) -> Evidence:
        """All that was seen.

        Raises:
            UsageError: if the watching is not over.
        """
        if self._evidence is None:
            raise UsageError("the evidence is complete when the `with` block has ended.")
        return self._evidence

    def verdict(self) -> Verdict:
        """What is wrong, by what was seen.

        Raises:
            UsageError: if the watching is not over.
        """
        from vitreous.doctor.diagnose import suspects, word
        from vitreous.doctor.experiments import rank

        found, not_checked = suspects(self.evidence)
        believed = sorted((s for s in found if s.suspicion.certain), key=rank, reverse=True)
        for suspect in found:
            suspect.why_not = "not tried: a watched loop cannot be run again"
        verdict = word("<watched>", self.evidence, found, believed, not_checked)
        verdict.seconds = time.monotonic() - self._began
        return verdict
