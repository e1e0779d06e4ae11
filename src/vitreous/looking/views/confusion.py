"""Which classes the network takes for which, with examples of each confusion, the surest first."""

from __future__ import annotations

import numpy as np

from vitreous.looking.view import Part, Pictures, Shown, Subject, Tile, picture_png
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table
from vitreous.report.plots import grids
from vitreous.report.sections.drawn import figure

ORDER = 80
MOST_CLASSES = 30
PAIRS, EXAMPLES = 4, 5


def view(subject: Subject) -> Shown | None:
    """The matrix over the examples, and the most frequent confusions."""
    if not subject.task.is_classification or len(subject.classes) > MOST_CLASSES:
        return None
    predicted = subject.probabilities.argmax(1)
    many = len(subject.classes)
    counts = np.zeros((many, many), int)
    np.add.at(counts, (subject.labels, predicted), 1)
    names = words.distinct([words.text(c, 16) for c in subject.classes])
    right = int(np.trace(counts))
    table = Table(["true", *names], [[n, *map(str, row)] for n, row in zip(names, counts.tolist(), strict=True)],
                  right=frozenset(range(1, many + 1)))  # fmt: skip
    label = f"{right} of {len(subject.labels)} examples are right."
    parts: list[Part] = [figure("Confusion matrix", grids.confusion(names, counts.tolist()), label, caption=label, table=table)]
    wrong = counts - np.diag(np.diag(counts))
    for flat in np.argsort(-wrong.reshape(-1), kind="stable")[:PAIRS]:
        true, said = divmod(int(flat), many)
        if wrong[true, said]:
            parts.append(_examples(subject, names, true, said, predicted))
    return Shown("confusion", "What it takes for what", f"Over {len(subject.labels)} examples.", parts,
                 {"counts": counts, "predicted": predicted})  # fmt: skip


def _examples(subject: Subject, names: list[str], true: int, said: int, predicted: np.ndarray) -> Part:  # type: ignore[type-arg]
    sure = subject.probabilities[:, said]
    found = [int(n) for n in np.flatnonzero((subject.labels == true) & (predicted == said))]
    found = sorted(found, key=lambda n: -sure[n])[:EXAMPLES]
    title = f"{names[true]}, taken for {names[said]}"
    if subject.input.kind == "image" and subject.differentiable:
        tiles = [Tile(picture_png(subject.x[n].numpy()), f"example {n}, {numbers.percent(float(sure[n]))} sure") for n in found]
        return Pictures(tiles, title)
    rows = [[str(n), words.text(subject.raw[n], 160), numbers.percent(float(sure[n]))] for n in found]
    return Table(["example", "what it is", "sure"], rows, title, right=frozenset({2}))
