"""Where in the user's own code something happens: the innermost frames that are no library's."""

from __future__ import annotations

import linecache
import site
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

_MOST_FRAMES = 80
_MOST_PLACES = 5
_INSTALLED = frozenset(["site-packages", "dist-packages"])


@dataclass(frozen=True)
class Place:
    """A line of the user's code.

    Attributes:
        file: The path as Python knows it.
        line: From 1.
        function: The function's name, or ``<module>``.
    """

    file: str
    line: int
    function: str = ""

    def __str__(self) -> str:
        return f"{name(self.file)}:{self.line}"


def name(file: str) -> str:
    """A file's name for people: of a notebook's cell its number, as tracebacks there have it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    cell = getattr(getattr(shell, "compile", None), "format_code_name", lambda _: None)(file)
    return " ".join(cell) if cell else Path(file).name


def text(file: str) -> str:
    """The source in a file, or in a notebook's cell; empty where there is none."""
    linecache.checkcache(file)
    return "".join(linecache.getlines(file))


def here() -> tuple[Place, ...]:
    """The user's frames from the inside out, five at most; empty where only libraries are running."""
    frame: FrameType | None = sys._getframe(1)
    found: list[Place] = []
    for _ in range(_MOST_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        if is_users(code):
            found.append(Place(code.co_filename, frame.f_lineno, code.co_name))
            if len(found) == _MOST_PLACES:
                break
        frame = frame.f_back
    return tuple(found)


def innermost() -> Place | None:
    """The innermost of the user's frames, alone: what a hot path can afford."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if is_users(code):
            return Place(code.co_filename, frame.f_lineno, code.co_name)
        frame = frame.f_back
    return None


def is_users(code: CodeType) -> bool:
    """Whether code belongs to the user: no library, no standard library, none of ours."""
    # By the file, not by the code itself: what a compiler makes has constants without a hash.
    return _is_users_file(code.co_filename)


@cache
def _is_users_file(name: str) -> bool:
    if name.startswith("<"):
        return name.startswith("<ipython-input")
    # libraries of another environment, too, or where pip was given a --target
    own = _INSTALLED.isdisjoint(Path(name).parts)
    return own and not any(name.startswith(root) for root in _libraries())


@cache
def _libraries() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    roots = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"]}
    roots.update(site.getsitepackages())
    roots.add(str(Path(__file__).resolve().parent.parent))
    roots.update(str(Path(root).resolve()) for root in list(roots))
    return tuple(f"{root}/" for root in roots)
