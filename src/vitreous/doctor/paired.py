"""Inputs and targets put together as they belong: what experiments on wrongly paired data do."""

from __future__ import annotations

from typing import Any

from vitreous.doctor import association
from vitreous.record.events import BatchEvent, Listener, LoaderEvent, OpCall
from vitreous.record.places import innermost


class ReorderIndexed(Listener):
    """Targets that a line takes by an index are taken from other rows."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.order = association.orders(settings["rows"])[settings["name"]]

    def op_begin(self, event: OpCall) -> None:
        """The targets, in another order."""
        import torch

        if event.name != self.settings["name_of_op"] or not event.args:
            return
        given = event.args[0]
        if list(getattr(given, "shape", ())) != self.settings["shape"]:
            return
        place = innermost()
        if place is not None and (place.file, place.line) == (self.settings["file"], self.settings["line"]):
            event.args = (given[torch.from_numpy(self.order).to(given.device)], *event.args[1:])


class Reorder(Listener):
    """Targets of a loader's batches are taken from other rows of its set."""

    def __init__(self, name: str, rows: int) -> None:
        self.order = association.orders(rows)[name]
        self._targets: dict[int, list[Any]] = {}

    def batch(self, event: BatchEvent) -> None:
        """A batch with the targets of other rows."""
        import torch

        dataset, indices = getattr(event.loader, "dataset", None), event.indices
        if indices is None or not isinstance(event.batch, (list, tuple)) or len(event.batch) != 2:
            return
        rows = list(indices)
        while dataset is not None and type(dataset).__name__ == "Subset":
            rows, dataset = [dataset.indices[row] for row in rows], dataset.dataset
        if dataset is None or len(dataset) != len(self.order):
            return
        if id(dataset) not in self._targets:
            self._targets[id(dataset)] = [dataset[row][1] for row in range(len(dataset))]
        known = self._targets[id(dataset)]
        right = torch.stack([torch.as_tensor(known[self.order[row]]) for row in rows])
        event.batch = [event.batch[0], right.to(event.batch[1].dtype)]


class Along(Listener):
    """Of two loaders the one that is asked second gives the rows that the first one has just given.

    Args:
        file: Where both are made.
        lines: The line of each.
    """

    def __init__(self, file: str, lines: list[int]) -> None:
        self.file, self.lines = file, lines
        self._loaders: list[Any] = []
        self._first: Any = None
        self._rows: list[int] = []

    def loader_begin(self, event: LoaderEvent) -> None:
        """One of the two is made."""
        if event.place is not None and event.place.file == self.file and event.place.line in self.lines:
            self._loaders.append(event.loader)

    def batch(self, event: BatchEvent) -> None:
        """A batch of either."""
        if event.indices is None or not any(loader is event.loader for loader in self._loaders):
            return
        self._first = self._first or event.loader
        if event.loader is self._first:
            self._rows = list(event.indices)
        elif self._rows:
            event.batch = event.loader.collate_fn([event.loader.dataset[row] for row in self._rows])
