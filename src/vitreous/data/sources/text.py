"""A table with a column of text: classes, a number or a tag for each word are predicted from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from vitreous.data.augment import TokenDropout
from vitreous.data.classes import class_columns, class_counts, class_targets, class_task
from vitreous.data.columns import place, to_numbers, to_texts
from vitreous.data.examples import TensorExamples
from vitreous.data.frames import is_table, read_frame
from vitreous.data.split import split_indices
from vitreous.data.tokens import TokenExamples, TokenKind, Tokens, padded
from vitreous.data.types import IGNORED_TARGET, Data, InputSpec, Task
from vitreous.errors import DataError, RecipeError, RunError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

    from vitreous.training.recipe import DataRecipe

FEW_TEXTS = 20_000
LONGEST_AUTO = 256
LIKELY_TARGETS = ("label", "class", "category", "target", "sentiment", "stars", "rating", "score", "y")
MOST_CLASSES = 1000


def recognizes(source: Any, recipe: DataRecipe) -> bool:
    """Whether it is a table and the recipe says which column is the text, or the tags of one."""
    wanted = recipe.text is not None or recipe.tags is not None
    return wanted and recipe.horizon is None and is_table(source)


def load(source: Any, recipe: DataRecipe, seed: int) -> Data:
    """Reads a table with a text column.

    Raises:
        DataError: naming the file and the column or row that cannot be used.
    """
    where = str(source) if isinstance(source, str | Path) else "the table"
    try:
        return _load(source, recipe, seed, where)
    except DataError as error:
        if error.where is not None and where in error.where:
            raise
        inside = f"{where}, {error.where}" if error.where else where
        raise DataError(error.message, where=inside, hint=error.hint) from None


def _load(source: Any, recipe: DataRecipe, seed: int, where: str) -> Data:
    frame, notes = read_frame(source, header=recipe.header, expected=[recipe.text or ""])
    if recipe.text is None:
        raise DataError("data.tags needs data.text, the column of the words.")
    columns = text_columns(recipe.text, frame.columns)
    target = recipe.tags or _target_column(frame, columns, recipe)
    if target not in frame.columns:
        raise DataError(f"There is no column {target!r}.", hint=did_you_mean(target, frame.columns))
    present = frame.filter(frame[target].is_not_null())
    if present.height < frame.height:
        notes.append(f"{frame.height - present.height} rows without {target} left out")
    texts, missing = joined_texts(present, columns)
    if missing:
        notes.append(f"{missing} missing texts read as empty")
    task = _task(present[target], target, recipe)
    labels = to_texts(present[target]).to_list() if task.is_classification else None
    rows = split_indices(len(texts), recipe, seed, labels=None if labels is None else np.asarray(labels))
    fitted, ids, values = _fit(texts, present, task, train=rows[0], columns=columns, recipe=recipe)
    if fitted.kind_of_task == "tagging":
        task = Task("tagging", len(fitted.classes), tuple(fitted.classes), target)
    notes.append(f"{len(texts)} texts, {fitted.tokens.size} known tokens, {fitted.length} tokens an example")
    cut = sum(len(row) > fitted.length for row in ids)
    if cut:
        notes.append(f"{cut} texts are longer than {fitted.length} tokens, cut")
    splits = _examples(padded(ids, fitted.length), values, rows, texts=texts, task=task, recipe=recipe)
    counts = class_counts(values[rows[0]], task.classes) if task.is_classification else ()
    content = "\0".join([*texts, *(to_texts(present[target]).to_list())])
    return Data(
        name=Path(source).stem if isinstance(source, str | Path) else "text",
        task=task,
        input=InputSpec("tokens", (fitted.length,), fitted.tokens.size),
        train=splits[0],
        validation=splits[1] if len(rows[1]) else None,
        test=splits[2] if len(rows[2]) else None,
        preprocessing=fitted,
        notes=notes,
        fingerprint=hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(),
        class_counts=counts,
    )


@dataclass(frozen=True)
class Preprocessing:
    """Texts to ids of a vocabulary learnt from training texts; targets to numbers and back.

    Attributes:
        columns: Text columns, joined by a blank.
        target: Column of the target.
        kind_of_task: A `TaskKind`.
        classes: Names of classes or tags; empty for regression.
        mean: Of the training targets (regression).
        scale: Their standard deviation.
        length: Tokens an example.
        tokens: The tokenizer.
    """

    kind: ClassVar[str] = "text"

    columns: list[str]
    target: str
    kind_of_task: str
    classes: list[str]
    mean: float
    scale: float
    length: int
    tokens: Tokens

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON values."""
        values = {key: value for key, value in vars(self).items() if key != "tokens"}
        return {**values, "tokens": self.tokens.state}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Preprocessing:
        """The inverse of ``to_json``; raises RunError on values it never wrote."""
        if set(values) != {field.name for field in fields(cls)}:
            raise RunError("The saved preprocessing of texts has other fields than expected.")
        return cls(**{**values, "tokens": Tokens(values["tokens"])})

    def read(self, path: Path) -> Any:
        """A table with the text column, or a .txt file with a text on each line."""
        path = Path(path)
        if path.suffix.lower() != ".txt":
            return read_frame(path, expected=self.columns)[0]
        try:
            return path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"It cannot be read as UTF-8 text: {error}.", where=str(path)) from None

    def inputs(self, raw: Any) -> Tensor:
        """A table, or a list of texts, to ids int64 [B, length]."""
        return padded(self.tokens.encode(self._texts(raw)), self.length)

    def targets(self, raw: Any) -> Tensor | None:
        """The target column as the Task says; None where there is no such column."""
        if not is_table(raw):
            return None
        frame, _ = read_frame(raw)
        if self.target not in frame.columns:
            return None
        column = frame[self.target]
        if column.null_count():
            row = int(column.is_null().arg_max() or 0)
            raise DataError("The target is missing.", where=place(row, self.target))
        if self.kind_of_task == "tagging":
            return tag_targets(self._texts(frame), to_texts(column).to_list(), self.classes, self.length)
        if self.kind_of_task == "regression":
            return _numbers(column, self.mean, self.scale)
        return class_targets(to_texts(column).to_list(), self.classes, where=f"column {self.target!r}")

    def decode(self, outputs: Tensor) -> dict[str, list[Any]]:
        """Logits to classes and probabilities, numbers in the target's unit, or tags joined by blanks."""
        if self.kind_of_task == "tagging":
            best = outputs.detach().argmax(dim=-1).tolist()
            return {"prediction": [" ".join(self.classes[i] for i in row) for row in best]}
        if self.kind_of_task == "regression":
            values = outputs.detach().cpu().double().reshape(len(outputs)) * self.scale + self.mean
            return {f"predicted_{self.target}": values.tolist()}
        return class_columns(outputs, self.classes)

    def _texts(self, raw: Any) -> list[str]:
        if isinstance(raw, str):
            return [raw]
        if not is_table(raw):
            return [str(text) for text in raw]
        frame, _ = read_frame(raw)
        for name in self.columns:
            if name not in frame.columns:
                raise DataError(f"There is no column {name!r}.", hint=did_you_mean(name, frame.columns))
        return joined_texts(frame, self.columns)[0]


def text_columns(setting: str, columns: list[str]) -> list[str]:
    """The column of that name, else the several whose names are joined by commas."""
    if setting in columns:
        return [setting]
    names = [name.strip() for name in setting.split(",")]
    for name in names:
        if name not in columns:
            raise DataError(f"There is no column {name!r} (data.text).", hint=did_you_mean(name, columns))
    return names


def joined_texts(frame: pl.DataFrame, columns: list[str]) -> tuple[list[str], int]:
    """Each row's texts joined by a blank, and how many rows have none at all."""
    parts = [to_texts(frame[name]).to_list() for name in columns]
    texts = [" ".join(part for part in row if part) for row in zip(*parts, strict=True)]
    return texts, sum(not text for text in texts)


def tag_targets(texts: list[str], tags: list[str], classes: list[str], length: int) -> Tensor:
    """Tags int64 [N, length], -100 where padded or never seen in training.

    Raises:
        DataError: naming the row whose tags and words differ in number.
    """
    number = {name: i for i, name in enumerate(classes)}
    rows = []
    for row, (text, line) in enumerate(zip(texts, tags, strict=True), 1):
        words, names = text.split(), line.split()
        if len(words) != len(names):
            raise DataError(f"{len(words)} words but {len(names)} tags.", where=f"row {row}")
        rows.append([number.get(name, IGNORED_TARGET) for name in names])
    return padded(rows, length, IGNORED_TARGET)


def _target_column(frame: pl.DataFrame, columns: list[str], recipe: DataRecipe) -> str:
    names = [recipe.target] if isinstance(recipe.target, str) else recipe.target or []
    if len(names) > 1:
        raise DataError("One target can be predicted from text, not several.", hint="Set data.target to one.")
    if names:
        return names[0]
    others = [name for name in frame.columns if name not in columns and name not in recipe.ignore]
    likely = [name for name in others if name.lower() in LIKELY_TARGETS]
    if len(others) == 1 or len(likely) == 1:
        return likely[0] if likely else others[0]
    raise DataError(
        "It is not clear which column is to be predicted.",
        hint=f"Set data.target to one of: {', '.join(others) or '(there is no other column)'}.",
    )


def _task(column: pl.Series, target: str, recipe: DataRecipe) -> Task:
    """Which task the target's values call for; tags get their classes later, from training rows."""
    if recipe.tags:
        return Task("tagging", 1, (), target)
    texts = to_texts(column)
    kind = recipe.task
    if kind == "auto":
        values = column.drop_nulls()
        fractional = column.dtype.is_float() and bool((values != values.round()).any())
        kind = "regression" if fractional else "multiclass"
    if kind == "regression":
        return Task("regression", 1, (), target)
    if kind not in ("binary", "multiclass"):
        raise RecipeError(
            f"Text cannot be used for the task {kind!r}.", hint="binary, multiclass, regression"
        )
    classes = sorted(texts.unique().to_list(), key=_natural)
    if len(classes) < 2 or (kind == "binary" and len(classes) != 2):
        raise DataError(f"{len(classes)} class in {target!r}: {', '.join(classes[:5])}; expected 2 or more.")
    if len(classes) > min(MOST_CLASSES, max(2, len(column) // 2)):
        raise DataError(
            f"{target!r} has {len(classes)} different values in {len(column)} rows; these are no classes.",
            hint="Set data.target to another column, or data.task=regression if they are numbers.",
        )
    return class_task(classes, target)


def _fit(
    texts: list[str],
    frame: pl.DataFrame,
    task: Task,
    *,
    train: Any,
    columns: list[str],
    recipe: DataRecipe,
) -> tuple[Preprocessing, list[list[int]], Tensor]:
    """Tokenizer, length and target scale from training rows; the ids and targets of all rows."""
    kind: TokenKind = "word" if recipe.tokens == "auto" else recipe.tokens
    if task.kind == "tagging":
        if recipe.tokens not in ("auto", "word"):
            raise RecipeError(f"Tags belong to words, not to data.tokens={recipe.tokens}.")
        kind = "blank"
    tokens = Tokens.fit([texts[i] for i in train], kind, max(recipe.vocabulary, 3))
    ids = tokens.encode(texts)
    length = recipe.length
    if length == "auto":
        lengths = [len(ids[i]) for i in train]
        length = int(min(LONGEST_AUTO, max(1, np.ceil(np.percentile(lengths, 95)))))
    column, mean, scale, classes = frame[task.target], 0.0, 1.0, list(task.classes)
    if task.kind == "tagging":
        lines = to_texts(column).to_list()
        classes = sorted({name for i in train for name in lines[i].split()})
        values = tag_targets(texts, lines, classes, length)
    elif task.kind == "regression":
        values = _numbers(column, 0.0, 1.0)
        if recipe.normalize:
            chosen = values[train].double()
            mean, scale = float(chosen.mean()), float(chosen.std(correction=0)) or 1.0
        values = (values - mean) / scale
    else:
        values = class_targets(to_texts(column).to_list(), classes, where=f"column {task.target!r}")
    fitted = Preprocessing(columns, task.target, task.kind, classes, mean, scale, length, tokens)
    return fitted, ids, values


def _examples(
    ids: Tensor, values: Tensor, rows: Any, *, texts: list[str], task: Task, recipe: DataRecipe
) -> list[TensorExamples]:
    """The three splits. Tags are as long as the input, so theirs are not trimmed."""
    kind = TensorExamples if task.kind == "tagging" else TokenExamples
    share = _hidden_share(recipe, len(rows[0]), task)
    hidden = TokenDropout(share) if share else None
    splits = []
    for part, indices in enumerate(rows):
        at = torch.from_numpy(indices)
        splits.append(
            kind(
                ids[at],
                values[at],
                augment=hidden if part == 0 else None,
                raw=lambda i, indices=indices: texts[indices[i]],  # type: ignore[misc]
            )
        )
    return splits


def _hidden_share(recipe: DataRecipe, examples: int, task: Task) -> float:
    """How many tokens to hide: few texts are soon known by their rarest words, so half of those go.

    Iyyer et al. 2015 (https://aclanthology.org/P15-1162) found word dropout to help most on short texts;
    on 6,000 AG News texts half cost nothing and won 3 to 8 points over 5% for an LSTM.
    """
    if not recipe.augment:
        return 0.0
    if recipe.token_dropout != "auto":
        return recipe.token_dropout
    return 0.5 if examples <= FEW_TEXTS and task.kind != "tagging" else 0.05


def _numbers(column: pl.Series, mean: float, scale: float) -> Tensor:
    values = to_numbers(column, strict=True)
    if values.null_count() or values.is_infinite().any():
        raise DataError(f"The target {column.name!r} has values that are no finite numbers.")
    return ((torch.from_numpy(values.to_numpy().copy()) - mean) / scale).float().unsqueeze(1)


def _natural(name: str) -> tuple[bool, float, str]:
    """Numbers by value (10 behind 9), then names."""
    try:
        return False, float(name), name
    except ValueError:
        return True, 0.0, name
