"""Questions asked of a model when the program has ended: one a file, found by listing this package.

A file has ``probe(session) -> plain data``. It may call the model, copy it and draw random numbers: the script is
over. The answer stands in `Evidence.probes` under the file's name; an exception is noted as "not checked".
`session.models.last` has, by model number, the last module called from the loop with its arguments.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any


def all_probes() -> dict[str, Callable[[Any], Any]]:
    """Every probe by its name."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").probe for name in names}
