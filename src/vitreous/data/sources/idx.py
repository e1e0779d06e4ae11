"""MNIST and what is stored like it: four IDX files, plain or gzipped, with the official test set.

Images stay uint8 in memory (47 MB for MNIST) and are scaled a chunk at a time.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from vitreous.data.download import download
from vitreous.data.examples import TensorExamples
from vitreous.data.scaling import Scaling
from vitreous.data.split import split_indices
from vitreous.data.targets import Target
from vitreous.data.types import Data, InputSpec
from vitreous.errors import DataError, RunError

if TYPE_CHECKING:
    from torch import Tensor

    from vitreous.training.recipe import DataRecipe

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
NAMES = ("mnist", "fashion-mnist")
MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion-mnist": (
        "https://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
}
DIGESTS = {  # of the gzipped files, as published
    "mnist": (
        "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    "fashion-mnist": (
        "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "md5:25c81989df183df01b3e8a0aad5dffbe",
        "md5:bef4ecab320f06d8554ea6380940ec79",
        "md5:bb300cfdad3c16e7a12a480ee83cd310",
    ),
}
FASHION = (
    "T-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
UNSIGNED_BYTE = 8  # the only element type that is read
MOST_BYTES = 1 << 31


def recognizes(source: object, recipe: DataRecipe) -> bool:
    """The names ``mnist`` and ``fashion-mnist``, and folders that hold all four files."""
    if isinstance(source, str) and source in NAMES:
        return True
    return isinstance(source, (str, Path)) and Path(source).is_dir() and not missing_files(Path(source))


def load(source: str | Path, recipe: DataRecipe, seed: int) -> Data:
    """Reads the four files, downloading them first where they are not to be found.

    Raises:
        DataError: naming the file that is missing, cut short or of another kind.
    """
    named = isinstance(source, str) and source in NAMES
    folder = find_folder(str(source), recipe) if named else Path(source)
    name = str(source) if named else folder.name
    with ThreadPoolExecutor(len(FILES)) as pool:  # zlib lets other threads run
        (train, labels, test, test_labels) = pool.map(read_idx, (_existing(folder, f) for f in FILES))
    for images, numbers, file in ((train, labels, FILES[0]), (test, test_labels, FILES[2])):
        _check_pair(images, numbers, folder / file)
    digest = hashlib.sha256()
    for array in (train, labels, test, test_labels):
        digest.update(array.data)
    # The official test set is the test; only validation is taken from the training part.
    rows, held_out, _ = split_indices(
        len(train), recipe.model_copy(update={"test": 0.0}), seed, labels=labels
    )
    classes = (
        FASHION
        if name == "fashion-mnist"
        else tuple(map(str, range(int(max(labels.max(), test_labels.max())) + 1)))
    )
    stored = _tensor(train, rows if len(held_out) else None)
    scaling = Scaling.fit(stored, normalize=recipe.normalize)
    target = (
        Target("multiclass", ("label",), classes)
        if len(classes) != 2
        else Target("binary", ("label",), classes)
    )
    make = _maker(scaling, target)
    kept = labels[rows]
    return Data(
        name=name,
        task=target.task,
        input=InputSpec("image", tuple(stored.shape[1:])),
        train=make(stored, kept),
        validation=make(_tensor(train, held_out), labels[held_out]) if len(held_out) else None,
        test=make(_tensor(test, None), test_labels),
        preprocessing=Preprocessing(scaling, target, tuple(stored.shape[1:])),
        notes=[
            f"official split: {len(train)} to train and validate, {len(test)} to test",
            f"pixels: mean {scaling.means[0]:.4f}, deviation {scaling.scales[0]:.4f} over training images",
        ],
        fingerprint=digest.hexdigest(),
        class_counts=tuple(np.bincount(kept, minlength=len(classes)).tolist()),
    )


@dataclass(frozen=True)
class Preprocessing:
    """Grey images to standardized tensors; see `vitreous.data.types.Preprocessing`."""

    scaling: Scaling
    target: Target
    shape: tuple[int, ...]
    kind: ClassVar[str] = "idx"

    def to_json(self) -> dict[str, Any]:
        """All that was fitted."""
        return {"scaling": self.scaling.to_json(), "target": self.target.to_json(), "shape": list(self.shape)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Preprocessing:
        """The inverse of ``to_json``; raises RunError on values it never wrote."""
        try:
            target = Target.from_json(values["target"])
            return cls(Scaling.from_json(values["scaling"]), target, tuple(values["shape"]))
        except (KeyError, TypeError) as error:
            raise RunError(f"The saved preprocessing is damaged: {error}.") from None

    def read(self, path: Path) -> Any:
        """An IDX file of images, an .npy array, an image, or a folder of images (as a list of paths)."""
        if path.is_dir():
            return sorted(
                entry for entry in path.iterdir() if entry.suffix.lower() in (".png", ".jpg", ".jpeg", ".bmp")
            )
        if path.suffix.lower() == ".npy":
            from vitreous.data.sources.arrays import read_arrays

            return read_arrays(path)["x"]
        return read_idx(path) if "idx" in path.name else [path]

    def inputs(self, raw: Any) -> Tensor:
        """uint8 [N, H, W], [N, 1, H, W] or [H, W], or a list of image files, to float [N, 1, H, W]."""
        if isinstance(raw, (str, Path)):
            raw = self.read(Path(raw))
        if isinstance(raw, list) and raw and isinstance(raw[0], (str, Path)):
            raw = np.stack([_grey_image(Path(path), self.shape[1:]) for path in raw])
        images = torch.as_tensor(np.array(raw))
        if images.shape[-2:] != self.shape[1:] or images.numel() % int(np.prod(self.shape)):
            raise DataError(f"Expected images of the shape {self.shape[1:]}, got {tuple(images.shape)}.")
        return self.scaling(images.reshape(-1, *self.shape))

    def targets(self, raw: Any) -> Tensor | None:
        """None: images alone carry no label."""
        return None

    def decode(self, outputs: Tensor) -> dict[str, list[Any]]:
        """Logits to ``prediction`` and ``probability_<class>``."""
        return self.target.decode(outputs)


def read_idx(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """One IDX file of unsigned bytes, gzipped or not, as a read-only array.

    Raises:
        DataError: naming the file and the bytes expected and found.
    """
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            unpacker = zlib.decompressobj(wbits=31)
            data = unpacker.decompress(data, MOST_BYTES)
            if not unpacker.eof:
                raise DataError(
                    "The gzip data are cut short.", where=str(path), hint="Delete it and load it again."
                )
    except OSError as error:
        raise DataError(f"It cannot be read: {error.strerror}.", where=str(path)) from None
    except zlib.error as error:
        raise DataError(f"The gzip data are damaged: {error}.", where=str(path)) from None
    if len(data) < 8 or data[:2] != b"\0\0" or data[2] != UNSIGNED_BYTE or data[3] not in (1, 3):
        raise DataError(
            f"Expected an IDX file (00 00 08, then 01 or 03), it begins {data[:4].hex(' ') or 'nowhere'}.",
            where=str(path),
        )
    start = 4 + 4 * data[3]
    shape = struct.unpack(f">{data[3]}I", data[4:start]) if len(data) >= start else (0,)
    expected = start + int(np.prod(shape, dtype=object))
    if len(data) != expected or 0 in shape:
        raise DataError(
            f"Expected {expected} bytes for the shape {shape}, found {len(data)}.", where=str(path)
        )
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape)


def find_folder(name: str, recipe: DataRecipe, fetch: Callable[..., None] = download) -> Path:
    """The folder that holds the four files, after downloading what is missing.

    Raises:
        DataError: when they are nowhere and cannot be fetched; says which files to put where.
    """
    home = Path(recipe.folder) if recipe.folder else Path.home() / ".cache" / "vitreous" / name
    for folder in (home, home / name):
        if not missing_files(folder):
            return folder
    home = home / name if recipe.folder else home
    try:
        for file in missing_files(home):
            urls = [mirror + file + ".gz" for mirror in MIRRORS[name]]
            fetch(urls, home / f"{file}.gz", DIGESTS[name][FILES.index(file)])
    except (DataError, OSError) as error:
        raise DataError(
            f"The set {name} is not here and could not be downloaded: {error}",
            hint=f"Put {', '.join(f'{file}.gz' for file in FILES)} into {home}, or set --data-dir.",
        ) from None
    return home


def missing_files(folder: Path) -> list[str]:
    """Which of the four files a folder lacks."""
    return [file for file in FILES if not any(path.is_file() for path in _spellings(folder, file))]


def _spellings(folder: Path, file: str) -> list[Path]:
    dotted = file.replace("-idx", ".idx")
    return [folder / spelling for spelling in (file, f"{file}.gz", dotted, f"{dotted}.gz")]


def _existing(folder: Path, file: str) -> Path:
    return next(path for path in _spellings(folder, file) if path.is_file())


def _check_pair(images: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], path: Path) -> None:
    if images.ndim != 3 or labels.ndim != 1:
        raise DataError(
            f"Expected images [N, H, W] and labels [N], got {images.shape}, {labels.shape}.", where=str(path)
        )
    if len(images) != len(labels):
        raise DataError(f"There are {len(images)} images but {len(labels)} labels.", where=str(path))


def _tensor(images: np.ndarray[Any, Any], rows: np.ndarray[Any, Any] | None) -> Tensor:
    """A copy [N, 1, H, W] that may be written to."""
    return torch.from_numpy(images.copy() if rows is None else images.take(rows, axis=0)).unsqueeze(1)


def _maker(scaling: Scaling, target: Target) -> Callable[[Tensor, Any], TensorExamples]:
    kind = torch.float32 if target.kind == "binary" else torch.int64

    def make(stored: Tensor, labels: Any) -> TensorExamples:
        targets = torch.from_numpy(labels.astype(np.int64)).to(kind)
        # HWC, as reports draw them.
        return TensorExamples(
            stored, targets, prepare=scaling, raw=lambda i: stored[i].permute(1, 2, 0).numpy()
        )

    return make


def _grey_image(path: Path, size: tuple[int, ...]) -> np.ndarray[Any, Any]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=("PNG", "JPEG", "BMP")) as image:
            return np.asarray(image.convert("L").resize((size[1], size[0])))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise DataError(f"It cannot be read as an image: {error}.", where=str(path)) from None
