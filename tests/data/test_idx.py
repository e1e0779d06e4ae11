import gzip
import hashlib
import io
import struct
import time
from functools import partial

import numpy as np
import pytest
import torch

from vitreous.data.download import download
from vitreous.data.open import open_data, preprocessing_from_json
from vitreous.data.sources import idx
from vitreous.data.types import BatchPlan
from vitreous.errors import DataError
from vitreous.training.recipe import DataRecipe


def idx_bytes(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name, n in (("train", 100), ("t10k", 20)):
        images = rng.integers(0, 256, (n, 6, 5), dtype=np.uint8)
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(idx_bytes(images))
        (tmp_path / f"{name}-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(idx_bytes(np.arange(n, dtype=np.uint8) % 3))
        )
    return tmp_path


def test_mnist(shared_data):
    recipe = DataRecipe(folder=str(shared_data("mnist")), validation=0)
    start = time.process_time()
    data = open_data("mnist", recipe, 0)
    seconds = time.process_time() - start
    assert (len(data.train), data.validation, len(data.test)) == (60_000, None, 10_000)
    assert data.class_counts == (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    assert data.train.inputs.dtype == torch.uint8
    assert round(data.preprocessing.scaling.means[0], 4) == 0.1307
    assert round(data.preprocessing.scaling.scales[0], 4) == 0.3081
    assert seconds < 3  # of CPU time; 0.4 s on an idle core
    x, _ = next(iter(data.train.batches(BatchPlan(64, 0))))
    assert x.shape == (64, 1, 28, 28)
    raw = data.train.raw([7])[0]
    expected = ((raw[:, :, 0] / 255.0) - 0.1307) / 0.3081
    np.testing.assert_allclose(data.train.take([7])[0][0, 0].numpy(), expected, atol=1e-3)


def test_validation_comes_from_the_training_part(folder):
    data = open_data(folder, DataRecipe(validation=0.1), 0)
    assert (len(data.train), len(data.validation), len(data.test)) == (90, 10, 20)
    stored = torch.cat([data.train.inputs, data.validation.inputs])
    whole = idx.read_idx(folder / idx.FILES[0])
    assert sorted(map(bytes, stored.numpy())) == sorted(map(bytes, whole))


def test_prediction_takes_images_files_and_arrays(folder, tmp_path):
    from PIL import Image

    data = open_data(folder, DataRecipe(), 0)
    pre = preprocessing_from_json({"kind": "idx", "values": data.preprocessing.to_json()})
    assert pre == data.preprocessing
    raw = data.test.raw([0])[0][:, :, 0]
    expected = data.test.take([0])[0]
    Image.fromarray(raw).save(tmp_path / "one.png")
    torch.testing.assert_close(pre.inputs(tmp_path / "one.png"), expected)
    torch.testing.assert_close(pre.inputs(raw[None]), expected)
    assert pre.inputs(pre.read(folder / idx.FILES[2])).shape == (20, 1, 6, 5)
    with pytest.raises(DataError, match=r"\(6, 5\)"):
        pre.inputs(np.zeros((2, 7, 7), dtype=np.uint8))


@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda b: b[:-10], "Expected 3016 bytes"),
        (lambda b: b"\0\0\x09\x03" + b[4:], "IDX"),
        (lambda b: b"", "IDX"),
        (lambda b: b[:10], "Expected"),
        (lambda b: gzip.compress(b)[:-20], "gzip"),
        (lambda b: gzip.compress(b)[:50] + b"damage" + gzip.compress(b)[60:], "gzip"),
        (lambda b: idx_bytes(np.zeros((99, 6, 5), dtype=np.uint8)), "99 images but 100 labels"),
        (lambda b: idx_bytes(np.zeros(100, dtype=np.uint8)), "images"),
    ],
)
def test_damaged_files_are_named(folder, damage, words):
    path = folder / idx.FILES[0]
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=words) as error:
        open_data(folder, DataRecipe(), 0)
    assert idx.FILES[0] in str(error.value)


def test_what_is_missing_is_fetched_from_the_next_mirror(folder, tmp_path, monkeypatch):
    contents = {f: gzip.compress(idx_bytes(idx.read_idx(idx._existing(folder, f)))) for f in idx.FILES}
    digests = tuple(f"sha256:{hashlib.sha256(contents[f]).hexdigest()}" for f in idx.FILES)
    monkeypatch.setitem(idx.DIGESTS, "mnist", digests)
    asked = []

    def opener(url, timeout):
        asked.append(url)
        body = contents[url.rsplit("/", 1)[1].removesuffix(".gz")]
        return io.BytesIO(body[:-1] if url.startswith(idx.MIRRORS["mnist"][0]) else body)

    home = tmp_path / "cache"
    found = idx.find_folder("mnist", DataRecipe(folder=str(home)), partial(download, opener=opener))
    assert not idx.missing_files(found)
    assert len(asked) == 8
    assert len(list(found.iterdir())) == 4


def test_without_network_it_says_what_to_put_where(tmp_path):
    def opener(url, timeout):
        raise OSError("no network")

    with pytest.raises(DataError) as error:
        idx.find_folder("mnist", DataRecipe(folder=str(tmp_path)), partial(download, opener=opener))
    assert all(f"{file}.gz" in str(error.value) for file in idx.FILES)
    assert str(tmp_path / "mnist") in str(error.value)
