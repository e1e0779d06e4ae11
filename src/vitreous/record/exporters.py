"""What turns a model into another program, as torch.jit.trace and torch.onnx.export do, runs it unheard.

They run it on stand-ins for tensors, twice even, and compare what they saw: no training happens there, and whatever
a listener would compute would become part of the program.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from vitreous.record.replaced import put
from vitreous.record.taps import Taps

_EXPORTERS = (
    ("jit", "trace"),
    ("jit", "trace_module"),
    ("onnx", "export"),
    ("export", "export"),
    ("fx", "symbolic_trace"),
)


def wrap() -> None:
    """All of them, as far as they are loaded: some take seconds to, and few programs need them."""
    for module, name in _EXPORTERS:
        owner = sys.modules.get(f"torch.{module}")
        if hasattr(owner, name):
            put(owner, name, _unheard(getattr(owner, name)))


def _unheard(plain: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def export(*args: Any, **kwargs: Any) -> Any:
        taps, asleep = Taps.active, Taps.asleep
        heard = taps is not None and taps.ops
        if taps is not None and heard:
            taps.want_ops(False)
        Taps.active = Taps.asleep = None
        try:
            return plain(*args, **kwargs)
        finally:
            Taps.active, Taps.asleep = taps, asleep
            if taps is not None and heard:
                taps.want_ops(True)

    return export
