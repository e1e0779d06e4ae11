"""A folder of images by class, with or without train/, validation/ and test/ inside."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vitreous.data.image_files import SUFFIXES
from vitreous.errors import DataError

PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val"),
    "test": ("test", "testing"),
}
HINT = "Put the images of each class into a folder that is named as the class: photos/cat/1.jpg."


@dataclass
class Part:
    """Some images and their classes, side by side."""

    files: list[Path] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


@dataclass
class ImageFolder:
    """What lies in a folder.

    Attributes:
        root: The folder.
        parts: "train", and "validation" and "test" where there are such folders.
        classes: Names of the training classes, sorted.
        notes: What was ignored or odd.
    """

    root: Path
    parts: dict[str, Part]
    classes: list[str]
    notes: list[str]


def read_image_folder(root: Path) -> ImageFolder:
    """Lists the images of a folder.

    Raises:
        DataError: when there are none, a class has none, there is one class only, or the test has a
            class that training has not.
    """
    folders = _part_folders(root)
    others: list[Path] = []
    parts = {name: _read_part(folder, others) for name, folder in folders.items()}
    if not parts["train"].files:
        raise DataError("There are no images in it.", where=str(folders["train"]), hint=HINT)
    classes = sorted(set(parts["train"].labels))
    if len(classes) < 2:
        raise DataError(
            f"All images are of one class, {classes[0]!r}; telling classes apart needs two.",
            where=str(folders["train"]),
            hint=HINT,
        )
    notes = []
    for name, part in parts.items():
        unknown = sorted(set(part.labels) - set(classes))
        if unknown:
            raise DataError(
                f"The class {unknown[0]!r} has no images to train on, only in {name}.",
                where=str(folders[name]),
            )
        missing = sorted(set(classes) - set(part.labels))
        if missing:
            notes.append(f"{name} has no images of {', '.join(missing[:5])}")
    if others:
        some = ", ".join(sorted(path.name for path in others)[:3])
        notes.append(
            f"{len(others)} {'file is' if len(others) == 1 else 'files are'} no image, ignored: {some}"
        )
    return ImageFolder(root, parts, classes, notes)


def walk_files(folder: Path) -> Iterator[Path]:
    """Every file below, hidden ones and what macOS adds to archives left out, in a stable order."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(parent) / name


def is_image(path: Path) -> bool:
    """Whether a file's name is that of an image."""
    return path.suffix.lower() in SUFFIXES


def files_fingerprint(root: Path, files: Iterable[Path]) -> str:
    """A hash of relative names and sizes: other files are noticed without reading all of them."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(
            f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\n".encode("utf-8", "surrogateescape")
        )
    return digest.hexdigest()


def _part_folders(root: Path) -> dict[str, Path]:
    inside = {path.name.lower(): path for path in root.iterdir() if path.is_dir()}
    if not any(name in inside for name in PARTS["train"]):
        return {"train": root}
    return {part: inside[name] for part, names in PARTS.items() for name in names if name in inside}


def _read_part(folder: Path, others: list[Path]) -> Part:
    """The images of one part; what is no image goes to ``others``."""
    part = Part()
    loose: list[Path] = []
    for child in sorted(folder.iterdir()):
        if child.name.startswith((".", "__MACOSX")):
            continue
        if not child.is_dir():
            (loose if is_image(child) else others).append(child)
            continue
        files = list(walk_files(child))
        images = [path for path in files if is_image(path)]
        others.extend(path for path in files if not is_image(path))
        if not images:
            raise DataError(
                f"The class folder {child.name!r} has no images.",
                where=str(child),
                hint="Remove it, or add images (JPEG, PNG, GIF, BMP, WEBP, TIFF, PPM).",
            )
        part.files += images
        part.labels += [child.name] * len(images)
    if loose and not part.files:
        raise DataError(f"{len(loose)} images lie in no class folder.", where=str(folder), hint=HINT)
    others.extend(loose)
    return part
