"""A film's frames of one view as pictures: a GIF that plays, or all frames side by side as PNG or SVG.

A frame is one SVG: its title, its plots with the light colours, its images. PNG and GIF are drawn from it.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from vitreous.errors import RunError, UsageError
from vitreous.looking import writing
from vitreous.looking.film.frames import Frame
from vitreous.looking.view import Pictures, Shown
from vitreous.report import palette
from vitreous.report.blocks import Figure

PREFERRED = ("boundary", "maximization", "filters", "representations", "confusion", "neurons")
KINDS = (".gif", ".png", ".svg")
WIDTH, TOP, MARGIN = 460, 58, 12
TILE, TILE_TEXT, MOST_TILES = 80, 16, 20
COLUMNS = 4
FRAME_MILLISECONDS, LAST_MILLISECONDS = 500, 2000
SCALE = 1.5
FONT = "Arial, Liberation Sans, sans-serif"
Element = ElementTree.Element


def export(frames: Sequence[Frame], path: Path, view: str = "") -> Path:
    """Writes one view of all frames.

    Args:
        frames: First to last.
        path: Its ending says what: ``.gif`` plays, ``.png`` and ``.svg`` have the frames side by side.
        view: Which view; by default the first that there is of those that change most.

    Raises:
        UsageError: when the ending is another, or no frame has such a view to draw.
        VitreousError: when the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise UsageError(f"expected a file name that ends in {', '.join(KINDS)}.", where=str(path))
    drawn = _frames(frames, view or _default(frames))
    content: str | bytes
    if kind == ".gif":
        content = _gif(drawn)
    else:
        sheet = _text(_sheet(drawn))
        content = sheet if kind == ".svg" else _png(sheet)
    return writing.write(path, content, "the file")


def _default(frames: Sequence[Frame]) -> str:
    there = [v.name for v in frames[-1].views if any(_drawable(v))]
    if not there:
        raise RunError("none of this run's views can be drawn.", hint="Write the page instead: --html FILE.")
    return next((name for name in PREFERRED if name in there), there[0])


def _frames(frames: Sequence[Frame], name: str) -> list[Element]:
    """One SVG a frame, all of the same size."""
    found = []
    for frame in frames:
        view = next((v for v in frame.views if v.name == name), None)
        if view is not None:
            found.append(_frame(frame, view))
    if not any(len(element) > 2 for element in found):
        there = ", ".join(v.name for v in frames[-1].views if any(_drawable(v)))
        raise UsageError(
            f"there is nothing to draw in the view {name!r}.", where="--view", hint=f"There are: {there}."
        )
    height = max(float(element.attrib["height"]) for element in found)
    for element in found:
        _sized(element, WIDTH, height)
    return found


def _drawable(view: Shown) -> Iterator[Figure | Pictures]:
    yield from (part for part in view.parts if isinstance(part, Figure | Pictures))


def _frame(frame: Frame, view: Shown) -> Element:
    root = ElementTree.Element("svg", xmlns="http://www.w3.org/2000/svg")
    _words(root, MARGIN, 22, view.title, 15, "ink")
    _words(root, MARGIN, 42, frame.title, 13, "muted")
    y = float(TOP)
    for part in _drawable(view):
        drawn = _figure(root, part, y) if isinstance(part, Figure) else _pictures(root, part, y)
        y = drawn + MARGIN
    _sized(root, WIDTH, y)
    return root


def _figure(root: Element, part: Figure, y: float) -> float:
    drawn = ElementTree.fromstring(_light(str(part.svg)))
    _, _, width, height = map(float, drawn.attrib["viewBox"].split())
    across = WIDTH - 2 * MARGIN
    down = across * height / width
    drawn.attrib.update(x=str(MARGIN), y=f"{y:g}", width=str(across), height=f"{down:g}")
    drawn.set("font-family", FONT)
    root.append(drawn)
    return y + down


def _pictures(root: Element, part: Pictures, y: float) -> float:
    if part.title:
        _words(root, MARGIN, y + 10, part.title, 12, "ink")
        y += 18
    size = TILE * (2 if part.large else 1)
    row = (WIDTH - 2 * MARGIN) // (size + 6)
    tiles = part.tiles[:MOST_TILES]
    for n, tile in enumerate(tiles):
        x, top = MARGIN + n % row * (size + 6), y + n // row * (size + TILE_TEXT)
        ElementTree.SubElement(root, "image", {
            "x": f"{x}", "y": f"{top:g}", "width": f"{size}", "height": f"{size}", "image-rendering": "optimizeSpeed",
            "href": f"data:image/png;base64,{tile.png}", "style": "image-rendering:pixelated",
        })  # fmt: skip
        _words(root, x, top + size + 11, tile.words[: size // 5], 10, "muted")
    return y + math.ceil(len(tiles) / row) * (size + TILE_TEXT)


def _words(root: Element, x: float, y: float, said: str, size: int, color: str) -> None:
    ElementTree.SubElement(root, "text", {
        "x": f"{x:g}", "y": f"{y:g}", "font-family": FONT, "font-size": str(size), "fill": palette.LIGHT[color],
    }).text = said  # fmt: skip


def _sized(root: Element, width: float, height: float) -> None:
    root.attrib.update(viewBox=f"0 0 {width:g} {height:g}", width=f"{width:g}", height=f"{height:g}")


def _sheet(frames: Sequence[Element]) -> Element:
    """All frames side by side, in rows."""
    columns = min(COLUMNS, len(frames))
    height = float(frames[0].attrib["height"])
    root = ElementTree.Element("svg", xmlns="http://www.w3.org/2000/svg")
    _sized(root, columns * WIDTH, math.ceil(len(frames) / columns) * height)
    for n, frame in enumerate(frames):
        frame.attrib.update(x=f"{n % columns * WIDTH}", y=f"{n // columns * height:g}")
        root.append(frame)
    return root


def _light(svg: str) -> str:
    return re.sub(r"var\(--(\w+)\)", lambda found: palette.LIGHT[found[1]], svg)


def _text(root: Element) -> str:
    """The SVG on white paper."""
    size = {"width": root.attrib["width"], "height": root.attrib["height"], "fill": palette.LIGHT["paper"]}
    root.insert(0, ElementTree.Element("rect", size))
    return ElementTree.tostring(root, encoding="unicode")


def _png(svg: str) -> bytes:
    import vl_convert

    drawn: bytes = vl_convert.svg_to_png(svg, scale=SCALE)
    return drawn


def _gif(frames: Sequence[Element]) -> bytes:
    from PIL import Image

    pictures: list[Any] = [Image.open(io.BytesIO(_png(_text(frame)))).convert("RGB") for frame in frames]
    shades = pictures[-1].quantize(256)  # one palette for all, so that colours do not flicker
    indexed = [picture.quantize(palette=shades, dither=Image.Dither.NONE) for picture in pictures]
    times = [FRAME_MILLISECONDS] * (len(indexed) - 1) + [LAST_MILLISECONDS]
    buffer = io.BytesIO()
    indexed[0].save(
        buffer, "GIF", save_all=True, append_images=indexed[1:], duration=times, loop=0, optimize=False
    )
    return buffer.getvalue()
