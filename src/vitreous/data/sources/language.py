"""Running text, from which a network learns to say what comes next."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from vitreous.data.examples import batch_bounds, epoch_order, mix_seed
from vitreous.data.split import split_indices
from vitreous.data.text_files import read_text, read_texts, text_files
from vitreous.data.tokens import Tokens
from vitreous.data.types import Batch, BatchPlan, Data, InputSpec, Task
from vitreous.errors import DataError, RunError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitreous.training.recipe import DataRecipe

AUTO_LENGTH = 128
MOST_BYTES_BY_CHARACTER = 5_000_000  # longer texts are cut into byte pairs by default
AUTO_BYTE_PAIRS = 4096  # a network that predicts one of 20,000 spends most of its work on that
HELD_OUT = 0.05


def recognizes(source: Any, recipe: DataRecipe) -> bool:
    """Whether it is a .txt file, or a folder of nothing but .txt files."""
    return isinstance(source, str | Path) and bool(text_files(Path(source)))


def load(source: Any, recipe: DataRecipe, seed: int) -> Data:
    """Reads running text; its last part is the test, the part before that validates.

    Raises:
        DataError: naming the file that is empty, too short or no text.
    """
    path = Path(source)
    text, notes = read_texts(text_files(path), recipe.memory_gib * 2**30 / 8)
    train, held_out, test = _parts(text, recipe, notes, path)
    by_character = recipe.tokens in ("character", "auto") and (
        recipe.tokens == "character" or len(text) <= MOST_BYTES_BY_CHARACTER
    )
    fitted = _fit(train, recipe, by_character)
    length, vocabulary = fitted.length, fitted.vocabulary_size
    parts = {"train": train, "validation": held_out, "test": test}
    splits = {name: _examples(name, part, fitted, path) for name, part in parts.items() if part}
    unit = "characters" if by_character else "byte pairs"
    notes.append(f"{len(text)} characters, {vocabulary - 1} different {unit}, {length} an example")
    if fitted.unseen:
        notes.append(
            f"{fitted.unseen} held-out characters never occur in training, read as {fitted.fallback!r}"
        )
    return Data(
        name=path.stem if path.is_file() else path.resolve().name,
        task=Task("next-token", vocabulary, (), "next character" if by_character else "next token"),
        input=InputSpec("tokens", (length,), vocabulary),
        train=splits["train"],
        validation=splits.get("validation"),
        test=splits.get("test"),
        preprocessing=fitted,
        notes=notes,
        fingerprint=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
    )


@dataclass
class Preprocessing:
    """Text to ids and back. Characters have ids from 1 in order of their code points; 0 is padding.

    Attributes:
        length: Tokens of a window.
        characters: The alphabet; empty where tokens are byte pairs.
        fallback: Stands in for a character that training never saw.
        state: The byte pairs' tokenizer; empty where tokens are characters.
        unseen: How many characters ``fallback`` stood in for so far.
    """

    kind: ClassVar[str] = "language"

    length: int
    characters: str = ""
    fallback: str = ""
    state: str = ""
    unseen: int = field(default=0, compare=False)

    def to_json(self) -> dict[str, Any]:
        """All that was fitted, as JSON values."""
        return {name: value for name, value in asdict(self).items() if name != "unseen"}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Preprocessing:
        """The inverse of ``to_json``; raises RunError on values it never wrote."""
        if set(values) != {field.name for field in fields(cls)} - {"unseen"}:
            raise RunError("The saved preprocessing of running text has other fields than expected.")
        return cls(**values)

    @property
    def vocabulary_size(self) -> int:
        """Number of ids, padding included."""
        return self._tokens.size if self.state else len(self.characters) + 1

    def encode(self, text: str) -> list[int]:
        """Ids of a text; a character training never saw becomes ``fallback`` and is counted."""
        return [int(i) for i in self.encode_array(text)]

    def encode_array(self, text: str) -> NDArray[np.int64]:
        """Ids of a text, [L]."""
        if self.state:
            # By lines, so that the tokenizer uses all cores and never holds one long encoding.
            rows = self._tokens.encode(text.splitlines(keepends=True)) if text else []
            return np.fromiter((i for row in rows for i in row), np.int64)
        codes = code_points(text)
        ids = self._table[np.minimum(codes, len(self._table) - 1)]
        unknown = ids == 0
        if unknown.any():
            self.unseen += int(unknown.sum())
            ids = np.where(unknown, self.characters.index(self.fallback) + 1, ids)
        return ids

    def text(self, ids: Sequence[int]) -> str:
        """The text of ids, padding left out."""
        if self.state:
            return self._tokens.text(ids)
        return "".join(self.characters[int(i) - 1] for i in ids if i)

    def read(self, path: Path) -> str:
        """A .txt file as one text."""
        return read_text(Path(path))[0]

    def inputs(self, raw: Any) -> Tensor:
        """Running text (str) to windows int64 [N, length]; prompts (list of str) to one row each.

        The last column always holds a prompt's last token: a shorter prompt has line breaks before it.
        """
        if isinstance(raw, str):
            return self._windows(raw)[:, :-1]
        rows = [self.encode(str(prompt) or "\n")[-self.length :] for prompt in raw]
        width = max(map(len, rows), default=1)
        blank = (self.encode("\n") or [1])[-1:]
        return torch.tensor([blank * (width - len(row)) + row for row in rows], dtype=torch.int64)

    def targets(self, raw: Any) -> Tensor | None:
        """The token that follows each of a running text's; None for prompts."""
        return self._windows(raw)[:, 1:] if isinstance(raw, str) else None

    def decode(self, outputs: Tensor) -> dict[str, list[Any]]:
        """Logits [B, T, V] (or [B, V]) to the likeliest token behind the last position, as text."""
        last = outputs[:, -1] if outputs.ndim == 3 else outputs
        last = last.detach().clone()
        last[:, 0] = -torch.inf  # padding is never said
        return {"prediction": [self.text([i]) for i in last.argmax(dim=1).tolist()]}

    def _windows(self, text: str) -> Tensor:
        ids = torch.from_numpy(self.encode_array(text))
        if len(ids) <= self.length:
            raise DataError(f"The text has {len(ids)} tokens; a window needs {self.length + 1}.")
        return ids.unfold(0, self.length + 1, self.length)

    @cached_property
    def _table(self) -> NDArray[np.int64]:
        """Code point to id; 0 where training never saw it, as is the last entry."""
        codes = code_points(self.characters)
        table = np.zeros(int(codes.max(initial=0)) + 2, np.int64)
        table[codes] = np.arange(1, len(codes) + 1)
        return table

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens(self.state)


class LanguageExamples:
    """Windows of a running text and the same shifted by one.

    With ``shift`` a shuffled epoch starts at a random offset, from (seed, epoch), so that windows are
    cut elsewhere each time; within an epoch none overlaps another.

    Args:
        ids: [L] in the smallest type that holds them.
        length: Tokens of a window.
        preprocessing: Gives ids back as text.
        shift: Leaves out up to one window at the front and the end of an epoch (training).
    """

    def __init__(
        self, ids: Tensor, length: int, preprocessing: Preprocessing, *, shift: bool = False
    ) -> None:
        self.ids = ids
        self.length = length
        self._preprocessing = preprocessing
        self._shift = shift
        self._count = max(1, (len(ids) - 1) // length - shift)
        self._steps = torch.arange(length + 1, device=ids.device)

    def __len__(self) -> int:
        return self._count

    def to(self, device: torch.device) -> LanguageExamples:
        """The same examples, resident on a device."""
        return LanguageExamples(self.ids.to(device), self.length, self._preprocessing, shift=self._shift)

    def offset(self, plan: BatchPlan) -> int:
        """Where the epoch's first window starts; the last one always ends within the text."""
        if plan.seed is None or not self._shift:
            return 0
        free = min(self.length - 1, len(self.ids) - 1 - self._count * self.length)
        generator = np.random.default_rng(mix_seed(plan.seed, plan.epoch, 1))
        return int(generator.integers(0, free + 1))

    def batches(self, plan: BatchPlan) -> Iterator[Batch]:
        """The batches of one epoch; see `Examples.batches`."""
        starts = (epoch_order(len(self), plan) * self.length + self.offset(plan)).to(self.ids.device)
        for start in batch_bounds(len(self), plan):
            rows = slice(start + plan.rank, start + plan.batch_size, plan.processes)
            yield self._gather(starts[rows])

    def take(self, indices: Sequence[int]) -> Batch:
        """These windows, cut from the very beginning, as one batch; see `Examples.take`."""
        return self._gather(torch.as_tensor(indices, device=self.ids.device).long() * self.length)

    def raw(self, indices: Sequence[int]) -> list[Any]:
        """The windows as text."""
        return [self._preprocessing.text(row.tolist()) for row in self.take(indices)[0]]

    def _gather(self, starts: Tensor) -> tuple[Tensor, Tensor]:
        windows = self.ids[starts[:, None] + self._steps].long()
        return windows[:, :-1], windows[:, 1:]


def code_points(text: str) -> NDArray[np.int64]:
    """The code point of each character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)


def _parts(text: str, recipe: DataRecipe, notes: list[str], path: Path) -> tuple[str, str, str]:
    """Training, validation and test part, in this order from the front."""
    defaults = type(recipe).model_fields
    changes: dict[str, Any] = {"split": "ordered"}
    if (recipe.test, recipe.validation) == (defaults["test"].default, defaults["validation"].default):
        changes |= {"test": HELD_OUT, "validation": HELD_OUT}
        notes.append(f"the last {HELD_OUT:.0%} of the text are the test, the {HELD_OUT:.0%} before validate")
    try:
        train, held_out, _ = split_indices(len(text), recipe.model_copy(update=changes), 0)
    except DataError as error:
        raise DataError(error.message.replace("row", "character"), where=str(path), hint=error.hint) from None
    first, second = len(train), len(train) + len(held_out)
    return text[:first], text[first:second], text[second:]


def _examples(name: str, part: str, fitted: Preprocessing, path: Path) -> LanguageExamples:
    """A part's windows; raises DataError where it is shorter than one."""
    ids, length = fitted.encode_array(part), fitted.length
    if len(ids) <= length:
        raise DataError(
            f"The {name} part has {len(ids)} tokens; a window of {length} needs {length + 1}.",
            where=str(path),
            hint="Set a smaller data.length, hold out more or less, or give more text.",
        )
    stored = torch.from_numpy(ids.astype(np.uint8 if fitted.vocabulary_size <= 256 else np.int32))
    return LanguageExamples(stored, length, fitted, shift=name == "train")


def _fit(text: str, recipe: DataRecipe, by_character: bool) -> Preprocessing:
    """The alphabet or the byte pairs of the training part."""
    length = AUTO_LENGTH if recipe.length == "auto" else recipe.length
    if not by_character:
        default = type(recipe).model_fields["vocabulary"].default
        most = AUTO_BYTE_PAIRS if recipe.vocabulary == default else recipe.vocabulary
        return Preprocessing(length, state=Tokens.fit(text.splitlines(keepends=True), "bpe", most).state)
    counts = np.bincount(code_points(text))
    common = np.argsort(-counts, kind="stable")[: recipe.vocabulary]
    alphabet = sorted(int(code) for code in common if counts[code])
    characters = "".join(map(chr, alphabet))
    return Preprocessing(length, characters, " " if " " in characters else chr(common[0]))
