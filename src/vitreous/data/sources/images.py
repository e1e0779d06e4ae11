"""Images in a folder for each class, or an archive of such a folder, to be told apart."""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from vitreous.data.archive import is_archive, unpacked
from vitreous.data.augment import ImageAugment
from vitreous.data.classes import class_columns, class_targets, class_task
from vitreous.data.examples import TensorExamples
from vitreous.data.frames import CSV_SUFFIXES, is_table, read_frame
from vitreous.data.image_examples import ImageExamples
from vitreous.data.image_files import (
    Decoded,
    Decoder,
    UnreadableImageError,
    decode_files,
    mean_and_std,
    survey,
    worker_count,
)
from vitreous.data.image_folder import (
    ImageFolder,
    Part,
    files_fingerprint,
    is_image,
    read_image_folder,
    walk_files,
)
from vitreous.data.split import split_indices
from vitreous.data.types import Data, Examples, InputSpec
from vitreous.errors import DataError, RunError

if TYPE_CHECKING:
    from vitreous.training.recipe import DataRecipe

LARGEST_AUTO_SIZE = 224
PARTS = ("train", "validation", "test")


def recognizes(source: Any, recipe: DataRecipe) -> bool:
    """Whether it is an archive, or a folder with an image below it or with nothing but folders."""
    if not isinstance(source, str | Path):
        return False
    path = Path(source)
    if path.is_file():
        return is_archive(path)
    if not path.is_dir():
        return False
    # A folder may hold millions of files; the first thousand tell.
    seen = list(islice(walk_files(path), 1000))
    return any(map(is_image, seen)) or (not seen and any(child.is_dir() for child in path.iterdir()))


def load(source: Any, recipe: DataRecipe, seed: int) -> Data:
    """Reads a folder or archive of images by class.

    Raises:
        DataError: naming the folder or the files when they cannot be trained on.
    """
    path = Path(source)
    folder = read_image_folder(unpacked(path) if is_archive(path) else path)
    parts = _split(folder, recipe, seed)
    decoder = _decoder(parts["train"].files, recipe, folder)
    area = decoder.size**2
    files = [file for name in PARTS for file in parts[name].files]
    in_memory = len(files) * decoder.channels * area <= recipe.memory_gib * 2**30
    decoded = decode_files(files, decoder, keep=in_memory)
    if decoder.saw_colour:  # the sample was grey, not all of them are
        decoder = Decoder(decoder.size, 3)
        decoded = decode_files(files, decoder, keep=in_memory)
    parts, decoded = _quarantined(parts, files, decoded, recipe, folder)
    mean, std = mean_and_std(decoded, range(len(parts["train"].files)), area)
    if not recipe.normalize:
        mean, std = [0.0] * decoder.channels, [1.0] * decoder.channels
    fitted = Preprocessing(decoder.size, decoder.channels, mean, std, folder.classes)
    examples = _examples(parts, decoded, fitted, recipe, folder.root)
    colour = "grey" if decoder.channels == 1 else "colour"
    folder.notes.append(f"{len(files)} images of {decoder.size} × {decoder.size}, {colour}")
    if not in_memory:
        folder.notes.append(f"larger than {recipe.memory_gib:g} GiB, decoded while training")
    return Data(
        name=path.name.split(".")[0] if path.is_file() else path.resolve().name,
        task=class_task(folder.classes, "class"),
        input=InputSpec("image", (decoder.channels, decoder.size, decoder.size)),
        train=examples["train"],
        validation=examples["validation"] if parts["validation"].files else None,
        test=examples["test"] if parts["test"].files else None,
        preprocessing=fitted,
        notes=folder.notes,
        fingerprint=files_fingerprint(folder.root, sorted(files)),
        class_counts=tuple(parts["train"].labels.count(name) for name in folder.classes),
    )


class LabelledImages(list[Any]):
    """Raw inputs whose classes are known: image paths, and ``labels`` side by side (or None)."""

    labels: list[str] | None = None


@dataclass(frozen=True)
class Preprocessing:
    """Any image to the size, channels and scale of the training images.

    Attributes:
        size: Side in pixels.
        channels: 1 or 3.
        mean: Of each training channel, in 0..1.
        std: Likewise.
        classes: In the order of their numbers.
    """

    kind: ClassVar[str] = "images"

    size: int
    channels: int
    mean: list[float]
    std: list[float]
    classes: list[str]

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Preprocessing:
        """The inverse of ``to_json``; raises RunError on values it never wrote."""
        if set(values) != {field.name for field in fields(cls)}:
            raise RunError("The saved preprocessing of images has other fields than expected.")
        return cls(**values)

    def prepare(self, pixels: Tensor) -> Tensor:
        """Pixels uint8 [B, C, H, W] to standardized float [B, C, H, W]."""
        mean = torch.tensor(self.mean, device=pixels.device).view(1, -1, 1, 1)
        std = torch.tensor(self.std, device=pixels.device).view(1, -1, 1, 1)
        return pixels.float().mul_(1 / (255 * std)).sub_(mean / std)

    def read(self, path: Path) -> LabelledImages:
        """An image, a folder or archive of images (flat or by class), or a CSV file with their paths."""
        path = Path(path)
        if path.is_file() and is_archive(path):
            path = unpacked(path)
        if path.is_dir():
            found = LabelledImages(filter(is_image, walk_files(path)))
            if found and all(file.parent != path for file in found):
                found.labels = [file.parent.name for file in found]
        elif path.suffix.lower() in CSV_SUFFIXES:
            found = _listed_images(path)
        else:
            found = LabelledImages([path])
        if not found:
            raise DataError("There are no images in it.", where=str(path))
        return found

    def inputs(self, raw: Any) -> Tensor:
        """Paths, Pillow images or uint8 arrays [H, W, C] to float [B, C, H, W].

        Raises:
            DataError: naming the image that cannot be read.
        """
        if isinstance(raw, str | Path):
            raw = [raw]
        images = list(_listed_images(raw) if is_table(raw) else raw)
        decoder = Decoder(self.size, self.channels)

        def decode(item: tuple[int, Any]) -> Any:
            number, image = item
            try:
                return decoder.decode(image)
            except UnreadableImageError as error:
                where = str(image) if isinstance(image, str | Path) else f"image {number}"
                raise DataError(f"It cannot be used: {error}.", where=where) from None

        with warnings.catch_warnings(), ThreadPoolExecutor(worker_count(images)) as pool:
            warnings.simplefilter("ignore")
            pixels = list(pool.map(decode, enumerate(images, 1)))
        if not pixels:
            return torch.zeros(0, self.channels, self.size, self.size)
        return self.prepare(torch.from_numpy(np.stack(pixels)))

    def targets(self, raw: Any) -> Tensor | None:
        """Class numbers [B] of what ``read`` gave; None where it has no classes."""
        if is_table(raw):
            raw = _listed_images(raw)
        labels = getattr(raw, "labels", None)
        return None if labels is None else class_targets(labels, self.classes, where="images")

    def decode(self, outputs: Tensor) -> dict[str, list[Any]]:
        """Logits [B, C] to the most likely class and the probability of each."""
        return class_columns(outputs, self.classes)


def _split(folder: ImageFolder, recipe: DataRecipe, seed: int) -> dict[str, Part]:
    """Parts as given; those that are missing are split off the training part."""
    given = [name for name in ("validation", "test") if name in folder.parts]
    train = folder.parts["train"]
    if given:
        folder.notes.append(f"{' and '.join(['train', *given])} used as given")
    rest = recipe.model_copy(update=dict.fromkeys(given, 0))
    try:
        rows = split_indices(len(train.files), rest, seed, labels=np.asarray(train.labels))
    except DataError as error:
        raise DataError(error.message, where=str(folder.root), hint=error.hint) from None
    parts = {}
    for name, indices in zip(PARTS, rows, strict=True):
        chosen = Part([train.files[i] for i in indices], [train.labels[i] for i in indices])
        parts[name] = folder.parts[name] if name in given else chosen
    return parts


def _decoder(files: Sequence[Path], recipe: DataRecipe, folder: ImageFolder) -> Decoder:
    """Size and channels for these images, from a sample."""
    sides, grey = survey(files)
    if recipe.image_size != "auto":
        size = recipe.image_size
    else:
        size = sides[0] if len(set(sides)) == 1 else 16 * round(statistics.median(sides or [16]) / 16)
        if len(set(sides)) > 1:
            folder.notes.append(
                f"images have sides of {min(sides, default=0)} to {max(sides, default=0)} pixels"
            )
        size = min(max(size, 8), LARGEST_AUTO_SIZE)
    return Decoder(size, 1 if grey and sides else 3)


def _quarantined(
    parts: dict[str, Part], files: list[Path], decoded: Decoded, recipe: DataRecipe, folder: ImageFolder
) -> tuple[dict[str, Part], Decoded]:
    """Parts and pixels without the unreadable files; raises DataError where those are too many."""
    if not decoded.failures:
        return parts, decoded
    count, share = len(decoded.failures), len(decoded.failures) / len(files)
    first = "; ".join(
        f"{files[i].relative_to(folder.root)} ({why})" for i, why in islice(decoded.failures.items(), 3)
    )
    text = f"{count} of {len(files)} images cannot be read: {first}{'; …' if count > 3 else ''}"
    if share > recipe.corrupt_threshold:
        raise DataError(
            f"{text}.",
            where=str(folder.root),
            hint=f"That is more than data.corrupt_threshold ({recipe.corrupt_threshold:g}) allows; "
            "repair or remove them, or raise it.",
        )
    folder.notes.append(f"left out, {text}")
    keep = np.ones(len(files), bool)
    keep[list(decoded.failures)] = False
    kept, start = {}, 0
    for name in PARTS:
        part = parts[name]
        rows = [i for i in range(len(part.files)) if keep[start + i]]
        kept[name] = Part([part.files[i] for i in rows], [part.labels[i] for i in rows])
        start += len(part.files)
    lost = sorted(set(folder.classes) - set(kept["train"].labels))
    if lost:
        raise DataError(f"No image of the class {lost[0]!r} can be read.", where=str(folder.root))
    pixels = None if decoded.pixels is None else decoded.pixels[keep]
    return kept, replace(decoded, pixels=pixels, sums=decoded.sums[keep])


def _examples(
    parts: dict[str, Part], decoded: Decoded, fitted: Preprocessing, recipe: DataRecipe, root: Path
) -> dict[str, Examples]:
    """The splits: slices of the pixels where those are in memory, else decoded when needed."""
    augment = recipe.augment
    if augment == "auto":  # small grey images are mostly digits and letters, which a mirror changes
        augment = fitted.size > 28 or fitted.channels == 3
    examples: dict[str, Examples] = {}
    start = 0
    for name in PARTS:
        part = parts[name]
        rows = slice(start, start + len(part.files))
        start = rows.stop
        targets = class_targets(part.labels, fitted.classes, where=str(root))
        change = ImageAugment() if augment and name == "train" else None
        if decoded.pixels is None:
            decoder = Decoder(fitted.size, fitted.channels)
            examples[name] = ImageExamples(
                part.files, targets, decoder, prepare=fitted.prepare, augment=change
            )
        else:
            pixels = decoded.pixels[rows]
            examples[name] = TensorExamples(
                torch.from_numpy(pixels),
                targets,
                prepare=fitted.prepare,
                augment=change,
                raw=lambda i, pixels=pixels: pixels[i].transpose(1, 2, 0),  # type: ignore[misc]
            )
    return examples


def _listed_images(source: Any) -> LabelledImages:
    """Paths (relative to the table) and labels of a table with a column for each."""
    frame, _ = read_frame(source, expected=("path", "file", "image", "filename"))
    names = {name.lower(): name for name in frame.columns}
    path = next((names[n] for n in ("path", "file", "image", "filename") if n in names), frame.columns[0])
    label = next((names[n] for n in ("class", "label", "target") if n in names), None)
    base = Path(source).parent if isinstance(source, str | Path) else Path()
    images = LabelledImages(base / str(value) for value in frame[path].to_list())
    if label:
        images.labels = [str(value) for value in frame[label].to_list()]
    return images
