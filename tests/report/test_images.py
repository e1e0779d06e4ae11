import base64
import io

import numpy as np
import pytest
from PIL import Image

from vitreous.report import png_base64
from vitreous.report.images import checked_png


@pytest.mark.parametrize("shape", [(8, 8), (8, 9, 1), (8, 8, 3), (5, 8, 4)])
def test_pixels_come_back(shape):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    encoded = png_base64(array)
    back = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
    assert np.array_equal(back, array.squeeze() if shape[-1] == 1 else array)
    assert checked_png(encoded) == encoded


def test_large_images_are_made_smaller():
    encoded = png_base64(np.zeros((1000, 500, 3), np.uint8))
    assert Image.open(io.BytesIO(base64.b64decode(encoded))).size == (128, 256)


@pytest.mark.parametrize(
    "array", [np.zeros((8, 8)), np.zeros((3, 8, 8), np.uint8), np.zeros((0, 3), np.uint8)]
)
def test_other_arrays_are_refused(array):
    with pytest.raises(ValueError, match="uint8"):
        png_base64(array)


@pytest.mark.parametrize(
    "hostile",
    [
        None,
        3,
        "",
        "not base64!",
        '"><img src=x onerror=alert(1)>',
        base64.b64encode(b"<svg onload=alert(1)>" * 9).decode(),
        base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\xff" * 40).decode(),
        "A" * 10_000_000,
        "é" * 40,
    ],
)
def test_only_a_png_reaches_the_page(hostile):
    assert checked_png(hostile) == ""
