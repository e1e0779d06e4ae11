"""Which classes the network takes for which, with examples of each confusion, the surest first."""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.looking.view import Part, Pictures, Shown, Tile, described, picture_png
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
    if not subject.classifies or len(subject.classes) > MOST_CLASSES:
        return None
    predicted = subject.probabilities.argmax(1)
    many = len(subject.classes)
    counts = np.zeros((many, many), int)
    np.add.at(counts, (subject.labels, predicted), 1)
    names = words.distinct([words.text(c, 16) for c in subject.classes])
    rows = [[name, *map(str, row)] for name, row in zip(names, counts.tolist(), strict=True)]
    table = Table(["true", *names], rows, right=frozenset(range(1, many + 1)))
    label = f"{int(np.trace(counts))} of {len(subject.labels)} examples are right."
    spec = grids.confusion(names, counts.tolist())
    parts: list[Part] = [figure("Confusion matrix", spec, label, caption=label, table=table)]
    wrong = counts - np.diag(np.diag(counts))
    for flat in np.argsort(-wrong.reshape(-1), kind="stable")[:PAIRS]:
        true, said = divmod(int(flat), many)
        if wrong[true, said]:
            parts.append(_examples(subject, names, true, said, predicted))
    found = {"counts": counts, "predicted": predicted}
    return Shown("confusion", "What it takes for what", f"Over {len(subject.labels)} examples.", parts, found)


def _examples(subject: Subject, names: list[str], true: int, said: int, predicted: Array) -> Part:
    sure = subject.probabilities[:, said]
    found = np.flatnonzero((subject.labels == true) & (predicted == said)).tolist()
    found = sorted(found, key=lambda n: -sure[n])[:EXAMPLES]
    title = f"{names[true]}, taken for {names[said]}"
    told = [(n, subject.number(n), numbers.percent(float(sure[n]))) for n in found]
    if subject.drawable:
        tiles = [
            Tile(picture_png(subject.x[n].numpy()), f"example {number}, {p} sure") for n, number, p in told
        ]
        return Pictures(tiles, title, small=True)
    rows = [[str(number), described(subject, n), p] for n, number, p in told]
    return Table(["example", "what it is", "sure"], rows, title, right=frozenset({2}))
