"""The parts a page is made of. Every text in them is plain text; only `Figure.svg` is markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True)
class Table:
    """Numbers or words in rows; columns whose name is in ``right`` are set flush right."""

    block: ClassVar[str] = "table"
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    right: frozenset[int] = frozenset()
    total: Sequence[str] | None = None
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A plot, what it shows in words, and the numbers behind it."""

    block: ClassVar[str] = "figure"
    title: str
    label: str
    svg: Markup
    caption: str = ""
    table: Table | None = None
    wide: bool = False


@dataclass(frozen=True)
class Paragraph:
    """One paragraph."""

    block: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Bullets:
    """Short lines; a mark of True, False or None says passed, failed or neither."""

    block: ClassVar[str] = "bullets"
    items: Sequence[tuple[bool | None, str, str]]


@dataclass(frozen=True)
class Code:
    """Text to copy, or a file as it is."""

    block: ClassVar[str] = "code"
    title: str
    text: str
    folded: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and their values."""

    block: ClassVar[str] = "facts"
    items: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Example:
    """One example a person can look at: an image, a text or a row."""

    title: str
    facts: Sequence[tuple[str, str]]
    image: str = ""
    text: str = ""
    row: Sequence[tuple[str, str]] = ()
    more: int = 0


@dataclass(frozen=True)
class Examples:
    """Examples side by side."""

    block: ClassVar[str] = "examples"
    items: Sequence[Example]


Block = Table | Figure | Paragraph | Bullets | Code | Facts | Examples


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    name: str
    title: str
    blocks: list[Block] = field(default_factory=list)
    lead: str = ""
