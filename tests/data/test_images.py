"""Images against Pillow, formats and modes, splits, damage, and the lazy kind against the one in memory."""

import json
import tarfile
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vitreous.data.image_examples import ImageExamples
from vitreous.data.image_files import Decoder, UnreadableImageError
from vitreous.data.sources import images
from vitreous.data.types import BatchPlan
from vitreous.errors import DataError
from vitreous.training.recipe import DataRecipe

RNG = np.random.default_rng(0)


def picture(height=32, width=32, channels=3):
    return RNG.integers(0, 256, (height, width, channels) if channels > 1 else (height, width), np.uint8)


def make_folder(root, counts, **shape):
    for name, count in counts.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            Image.fromarray(picture(**shape)).save(root / name / f"{i}.png")
    return root


def test_folder_by_class(tmp_path):
    make_folder(tmp_path / "pets", {"cat": 30, "dog": 20, "ant": 10})
    data = images.load(tmp_path / "pets", DataRecipe(), 0)
    assert data.task.classes == ("ant", "cat", "dog") and data.task.kind == "multiclass"
    assert (len(data.train), len(data.validation), len(data.test)) == (42, 6, 12)
    assert data.class_counts == (7, 21, 14)
    assert data.input.shape == (3, 32, 32) and data.name == "pets"
    pixels = np.stack(data.train.raw(range(42))) / 255
    np.testing.assert_allclose(data.preprocessing.mean, pixels.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(data.preprocessing.std, pixels.std((0, 1, 2)), rtol=1e-6)
    x, y = data.train.take([5, 3])
    expected = (pixels[[5, 3]] - pixels.mean((0, 1, 2))) / pixels.std((0, 1, 2))
    np.testing.assert_allclose(x, expected.transpose(0, 3, 1, 2), atol=1e-5)
    assert y.dtype == torch.int64


def test_given_parts_are_used_as_given(tmp_path):
    make_folder(tmp_path / "train", {"a": 20, "b": 20})
    make_folder(tmp_path / "test", {"a": 3, "b": 4})
    data = images.load(tmp_path, DataRecipe(validation=0.25), 0)
    assert (len(data.train), len(data.validation), len(data.test)) == (30, 10, 7)
    assert data.task.kind == "binary" and data.test.targets.tolist() == [0.0] * 3 + [1.0] * 4
    make_folder(tmp_path / "valid", {"a": 2, "b": 2})
    data = images.load(tmp_path, DataRecipe(), 0)
    assert (len(data.train), len(data.validation), len(data.test)) == (40, 4, 7)


def test_sizes_mix_and_the_middle_is_cut_out(tmp_path):
    make_folder(tmp_path, {"a": 20}, height=60, width=90)
    make_folder(tmp_path, {"b": 5}, height=200, width=100)
    data = images.load(tmp_path, DataRecipe(), 0)
    assert data.input.shape == (3, 64, 64)
    assert "60 to 100 pixels" in " ".join(data.notes)
    array = picture(64, 100)
    np.testing.assert_array_equal(Decoder(64, 3).decode(array), array[:, 18:82].transpose(2, 0, 1))
    scaled = np.asarray(Image.fromarray(array).resize((50, 32), Image.Resampling.BILINEAR))[:, 9:41]
    close = np.abs(Decoder(32, 3).decode(array).transpose(1, 2, 0).astype(int) - scaled)
    assert close.max() <= 2  # the box is cut before scaling, not after


def test_all_grey_gives_one_channel_and_one_coloured_three(tmp_path):
    make_folder(tmp_path, {"a": 300, "b": 300}, channels=1, height=10, width=10)
    data = images.load(tmp_path, DataRecipe(), 0)
    assert data.input.shape == (1, 10, 10)
    Image.fromarray(picture(10, 10)).save(tmp_path / "b" / "299.png")
    assert images.load(tmp_path, DataRecipe(), 0).input.shape == (3, 10, 10)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_is_read(tmp_path, mode):
    array = picture(16, 16)
    if mode == "I;16":
        image = Image.fromarray(array[:, :, 0].astype(np.uint16) << 8)
    else:
        image = Image.fromarray(array).convert(mode)
    image.save(tmp_path / "a.tif")
    out = Decoder(16, 3).decode(tmp_path / "a.tif")
    if mode == "I;16":
        np.testing.assert_array_equal(out[0], array[:, :, 0])
    else:
        np.testing.assert_array_equal(out, np.asarray(image.convert("RGB")).transpose(2, 0, 1))


def test_transparent_pixels_are_white(tmp_path):
    array = np.zeros((8, 8, 4), np.uint8)
    array[:4, :, 3] = 255
    Image.fromarray(array).save(tmp_path / "a.png")
    out = Decoder(8, 3).decode(tmp_path / "a.png")
    assert (out[:, :4] == 0).all() and (out[:, 4:] == 255).all()


@pytest.mark.parametrize(("orientation", "turn"), [(3, 2), (6, 3), (8, 1)])
def test_orientation_is_applied(tmp_path, orientation, turn):
    array = picture(16, 16)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(array).save(tmp_path / "a.png", exif=exif)
    out = Decoder(16, 3).decode(tmp_path / "a.png")
    np.testing.assert_array_equal(out.transpose(1, 2, 0), np.rot90(array, turn))


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "bmp", "webp", "tiff", "ppm"])
def test_every_format_is_read(tmp_path, suffix):
    Image.fromarray(picture(20, 20)).save(tmp_path / f"a.{suffix}")
    assert Decoder(20, 3).decode(tmp_path / f"a.{suffix}").shape == (3, 20, 20)


def test_other_formats_and_bombs_are_refused(tmp_path):
    Image.fromarray(picture()).save(tmp_path / "a.ico", format="ICO")
    (tmp_path / "a.ico").rename(tmp_path / "a.png")
    with pytest.raises(UnreadableImageError, match="known format"):
        Decoder(32, 3).decode(tmp_path / "a.png")
    for width, height in ((70_000, 2_000), (70_000, 70_000)):
        header = b"P5\n%d %d\n255\n" % (width, height)
        (tmp_path / "b.pgm").write_bytes(header + bytes(100))
        with pytest.raises(UnreadableImageError):
            Decoder(32, 3).decode(tmp_path / "b.pgm")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_files_are_unreadable_or_pixels(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "a.png"
    suffix = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"]))
    array = np.random.default_rng(1).integers(0, 256, (12, 12, 3), np.uint8)
    Image.fromarray(array).save(path, format=suffix)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert Decoder(12, 3).decode(path).shape == (3, 12, 12)
        except UnreadableImageError as error:
            assert "\n" not in str(error)


def test_unreadable_images_are_left_out_and_named(tmp_path):
    make_folder(tmp_path, {"a": 60, "b": 60}, height=8, width=8)
    (tmp_path / "a" / "7.png").write_bytes(b"no image")
    content = (tmp_path / "b" / "8.png").read_bytes()
    (tmp_path / "b" / "8.png").write_bytes(content[: len(content) // 2])
    (tmp_path / "a" / "notes.md").write_text("hello")
    data = images.load(tmp_path, DataRecipe(corrupt_threshold=0.02), 0)
    assert sum(map(len, (data.train, data.validation, data.test))) == 118
    notes = " | ".join(data.notes)
    assert "2 of 120 images cannot be read" in notes and "a/7.png (it is no image" in notes
    assert "ignored: notes.md" in notes
    with pytest.raises(DataError, match=r"2 of 120 .*7\.png.*corrupt_threshold"):
        images.load(tmp_path, DataRecipe(), 0)


def test_lazy_examples_equal_those_in_memory(tmp_path):
    make_folder(tmp_path, {"a": 30, "b": 30, "c": 30}, height=40, width=30)
    (tmp_path / "a" / "5.png").write_bytes(b"")
    recipe = DataRecipe(corrupt_threshold=0.5)
    memory = images.load(tmp_path, recipe, 0)
    lazy = images.load(tmp_path, recipe.model_copy(update={"memory_gib": 1e-9}), 0)
    assert isinstance(lazy.train, ImageExamples)
    assert lazy.preprocessing == memory.preprocessing and lazy.fingerprint == memory.fingerprint
    for plan in (
        BatchPlan(8, 1, 3, augment=True),
        BatchPlan(8, 1, 3, skip=2, augment=True, rank=1, processes=2),
        BatchPlan(64, drop_last=True),
    ):
        ours, theirs = list(lazy.train.batches(plan)), list(memory.train.batches(plan))
        assert len(ours) == len(theirs)
        for (x, y), (x2, y2) in zip(ours, theirs, strict=True):
            assert torch.equal(x, x2) and torch.equal(y, y2)
    assert torch.equal(lazy.test.take([2, 0])[0], memory.test.take([2, 0])[0])
    path = lazy.train.raw([0])[0]
    path.write_bytes(b"gone bad")
    with pytest.raises(DataError, match="no longer is"):
        list(lazy.train.batches(BatchPlan(8)))


def test_archive_of_a_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    make_folder(tmp_path / "pets" / "train", {"a": 10, "b": 10})
    with tarfile.open(tmp_path / "pets.tar.xz", "w:xz") as file:
        file.add(tmp_path / "pets", "pets")
    assert images.recognizes(tmp_path / "pets.tar.xz", DataRecipe())
    data = images.load(tmp_path / "pets.tar.xz", DataRecipe(), 0)
    assert data.name == "pets" and len(data.train) == 14


def test_preprocessing_reads_what_people_have(tmp_path):
    make_folder(tmp_path / "pets", {"cat": 10, "dog": 10}, height=16, width=16)
    data = images.load(tmp_path / "pets", DataRecipe(), 0)
    fitted = images.Preprocessing.from_json(json.loads(json.dumps(data.preprocessing.to_json())))
    assert fitted == data.preprocessing
    path = tmp_path / "pets" / "dog" / "3.png"
    expected = fitted.inputs([np.asarray(Image.open(path))])
    (tmp_path / "list.csv").write_text("path,class\npets/dog/3.png,dog\npets/cat/1.png,cat\n")
    listed = fitted.read(tmp_path / "list.csv")
    for raw in (path, [Image.open(path)], fitted.read(path), fitted.read(path.parent)[3:4], listed[:1]):
        assert torch.equal(fitted.inputs(raw), expected)
    assert fitted.targets(listed).tolist() == [1.0, 0.0]
    assert fitted.targets(fitted.read(tmp_path / "pets")).tolist() == [0.0] * 10 + [1.0] * 10
    assert fitted.targets(fitted.read(path)) is None
    columns = fitted.decode(torch.tensor([[2.0], [-1.0]]))
    assert columns["prediction"] == ["dog", "cat"]
    assert columns["probability_dog"][0] == pytest.approx(1 / (1 + np.exp(-2)))
    (tmp_path / "broken.png").write_bytes(b"x")
    with pytest.raises(DataError, match=r"broken\.png"):
        fitted.inputs([tmp_path / "broken.png"])


def test_bad_folders_are_refused_in_one_line(tmp_path):
    def refused(name):
        with pytest.raises(DataError) as caught:
            images.load(tmp_path / name, DataRecipe(), 0)
        assert str(tmp_path / name) in str(caught.value) and "\n" not in str(caught.value)
        return str(caught.value)

    make_folder(tmp_path / "one", {"a": 5})
    assert "one class, 'a'" in refused("one")
    (make_folder(tmp_path / "empty-class", {"a": 5, "b": 5}) / "c").mkdir()
    assert "class folder 'c' has no images" in refused("empty-class")
    make_folder(tmp_path / "flat", {".": 3})
    assert "no class folder" in refused("flat")
    make_folder(tmp_path / "few", {"a": 1, "b": 1})
    assert "too few" in refused("few")
    make_folder(tmp_path / "unseen" / "train", {"a": 9, "b": 9})
    make_folder(tmp_path / "unseen" / "test", {"c": 9})
    assert "'c' has no images to train on" in refused("unseen")
    (tmp_path / "nothing" / "train").mkdir(parents=True)
    assert "no images" in refused("nothing")


def test_recognizes_images_only(tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("a")
    assert not images.recognizes(tmp_path / "texts", DataRecipe())
    assert not images.recognizes(tmp_path / "missing", DataRecipe())
    assert not images.recognizes("iris", DataRecipe())
    assert images.recognizes(str(make_folder(tmp_path / "p", {"a": 1})), DataRecipe())
