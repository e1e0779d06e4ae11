"""Images as data a page can hold."""

from __future__ import annotations

import base64
import binascii
import io
import struct
from typing import Any

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_BYTES = 150_000
_MOST_PIXELS = 4_000_000


def png_base64(image: Any, *, most_pixels: int = 256) -> str:
    """An image as a PNG in base64, small enough for a page.

    Args:
        image: A uint8 array, H × W (grey), H × W × 1, H × W × 3 or H × W × 4.
        most_pixels: Longer sides are scaled down to so many pixels.

    Raises:
        ValueError: if it is no uint8 array of such a shape.
    """
    import numpy as np
    from PIL import Image

    array = np.asarray(image)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    usable = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if array.dtype != np.uint8 or not usable or 0 in array.shape:
        raise ValueError(
            f"expected a uint8 image of H × W or H × W × 1, 3 or 4, got {array.dtype} {array.shape}"
        )
    picture = Image.fromarray(np.ascontiguousarray(array))
    if max(picture.size) > most_pixels:
        picture.thumbnail((most_pixels, most_pixels))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def checked_png(encoded: object) -> str:
    """The same base64 text, written anew, if it holds a PNG of sensible size; else nothing.

    A run folder may come from elsewhere: what is no PNG by its first bytes never reaches the page.
    """
    if not isinstance(encoded, str) or len(encoded) > _MOST_BYTES * 4 // 3 + 4:
        return ""
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return ""
    if len(content) < 33 or not content.startswith(_SIGNATURE) or content[12:16] != b"IHDR":
        return ""
    width, height = struct.unpack(">II", content[16:24])
    if not 0 < width * height <= _MOST_PIXELS:
        return ""
    return base64.b64encode(content).decode("ascii")
