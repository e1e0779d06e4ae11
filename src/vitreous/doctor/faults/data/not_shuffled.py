"""Training batches arrive sorted by class or by target.

What it sees:
    Batches in which one class makes up nearly everything although several classes exist, one class after another; or
    (regression) batches whose targets hardly vary while their means run through the whole range.

Why learning fails:
    Each step pulls the model to the class of the moment, away from what the steps before taught. What is shown last
    is remembered, the rest forgotten.

Example:
    DataLoader(train_set, batch_size=32)        # shuffle=False, and the file is sorted by label

Fix:
    Pass `shuffle=True` to the training loader (or draw `torch.randperm` for each epoch). An IterableDataset has to
    yield in another order itself.

Certainty:
    Certain when at least 90% of an average batch is one class, with two classes or more and batches of 4 or more: in
    shuffled batches that has a chance below 1e-6. Where batches are larger than a class, they hold at most half as many
    classes as a draw would, and come in an order that is the same in each epoch. For numbers: batches hold less than
    5% of the variance. The line is that of the loader; of batches that a generator of the script cuts (an `__iter__`,
    or a function that training alone draws from), that of its loop, or of its call where that may ask for a shuffle;
    of those cut from whole tensors in the loop of training, that of a sort behind these, if there is one to be seen.
    Where tensors are cut, the experiment reads other rows at the same lines, the same ones of inputs and targets.

Look-alikes:
    Targets that a network computes, as in Q-learning, change with it, whatever the order. A data set of one class
    so far; episodes of few-shot learning, which hold few classes on purpose.

References:
    https://pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from vitreous.doctor import literals, reading, row_reads, source, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.events import Listener, LoaderEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import LoaderFacts, LossSite
from vitreous.record.places import Place

FAULT = Fault(
    "data/not-shuffled",
    "warning",
    "data",
    "training batches arrive sorted by class or target",
    settings=("iterator_train__shuffle", "shuffle", "iterator_train", "batch_size"),
)

_PURE, _VARIANCE, _HALF = 0.9, 0.05, 0.5
_AHEAD = 20_000
_MOST_HOPS = 6
_AROUND = frozenset({"enumerate", "tqdm", "iter", "zip", "islice", "list", "track"})


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each trained loss whose batches are sorted."""
    for site in evidence.trained_sites():
        batches = [b for b in site.batches if sum(b.values()) >= 4]
        if len(batches) < 4:
            continue
        if len(site.counts) >= 2 and len(site.counts) <= 50:
            total = sum(site.counts.values())
            common = max(site.counts.values()) / total
            pure = float(np.mean([max(b.values()) / sum(b.values()) for b in batches]))
            if (pure >= _PURE and common < 0.8) or (
                _few_classes(site.batches, site.counts) and _in_order(evidence, site)
            ):
                rows = [
                    Row("share of the most frequent class in an average batch", round_to(100 * pure), "%")
                ]
                rows.append(Row("its share in all batches", round_to(100 * common), "%"))
                yield _suspicion(evidence, rows)
                return
    targets, steps = evidence.arrays.get("train.targets"), evidence.arrays.get("train.steps")
    if (
        targets is None
        or steps is None
        or targets.dtype.kind != "f"
        or targets[0].size != 1
        or len(targets) != len(steps)
        or reading.targets_are_computed(evidence)
    ):
        return
    values = targets.reshape(-1).astype(np.float64)
    whole = values.var()
    groups = [values[steps == step] for step in np.unique(steps)]
    inside = [g.var() for g in groups if len(g) >= 4]
    if len(inside) >= 8 and whole > 0 and np.mean(inside) < _VARIANCE * whole:
        yield _suspicion(
            evidence,
            [
                Row(
                    "variance of the targets within a batch",
                    round_to(100 * float(np.mean(inside) / whole)),
                    "% of all",
                )
            ],
        )


def _few_classes(batches: list[dict[str, int]], counts: dict[str, int]) -> bool:
    """Whether batches hold at most half as many classes as batches drawn at random would."""
    total = sum(counts.values())
    shares = np.array([count / total for count in counts.values()])
    seen = [len(batch) for batch in batches]
    drawn = [float((1 - (1 - shares) ** sum(batch.values())).sum()) for batch in batches]
    return float(np.mean(seen)) <= _HALF * float(np.mean(drawn))


def _in_order(evidence: Evidence, site: LossSite) -> bool:
    """Whether batches come in a fixed order: a loader's that does not shuffle, or the same ones again each epoch."""
    numbers = evidence.arrays.get("train.print_loaders", np.zeros(0, int))
    known = numbers[numbers >= 0]
    if len(known):
        return evidence.loaders[int(np.bincount(known).argmax())].sampler == "SequentialSampler"
    return any(
        all(one == two for one, two in zip(site.batches, site.batches[period:], strict=False))
        for period in range(2, len(site.batches) // 2 + 1)
    )


def _suspicion(evidence: Evidence, rows: list[Row]) -> Suspicion:
    loader = training_loader(evidence)
    place = loader.place if loader else next((s.place for s in evidence.sites if s.trained), None)
    reads = row_reads.of_training(evidence) if loader is None else None
    if loader is None and place is not None:
        line = reading.loop_line(place)
        rows = [*rows, Row("batches are taken in the loop at line", line or place.line)]
        sort = row_reads.sorted_at(reads) if reads is not None else None
        place = _own_batches(place) or sort or place
    fix, changed = "draw the order anew for each epoch, with torch.randperm", ""
    if loader is not None and loader.streams:
        place = _yields(loader.maker) or place
        fix = "yield the samples in an order drawn anew for each epoch: a DataLoader cannot shuffle an IterableDataset"
        changed = "samples read ahead and shuffled"
    elif loader is not None:
        fix = "pass shuffle=True to the training DataLoader"
        changed = "shuffle=True" if loader.sampler == "SequentialSampler" else ""
    trials = []
    if changed and loader is not None and loader.place is not None:
        trials.append(Trial(changed, {"file": loader.place.file, "line": loader.place.line}))
    if reads is not None:
        trials.append(Trial("batches cut from shuffled rows", {"rows": reads.rows, "lines": reads.lines}))
    return Suspicion(
        place,
        0.95,
        rows,
        fix,
        certain=True,
        explains=[symptoms.ONE_CLASS, symptoms.SPIKES, symptoms.GAP],
        trials=trials,
    )


def _own_batches(called: Place) -> Place | None:
    """The loop of the script's own generator that cuts the batches which the loop around a line of training takes.

    Of a class its `__iter__`; of a function only if nothing else draws from it, as evaluation does, for which it is
    right. Where one may ask either of them for a shuffle, the line that does not.
    """
    loops = [loop for loop in source.loops(called) if isinstance(loop, ast.For)]
    made = _made(called.file, loops[-1].iter) if loops else None
    name = source.last_name(made.func) if made is not None else ""
    for node in source.nodes(called.file, ast.ClassDef, ast.FunctionDef):
        if made is None or node.name != name:  # type: ignore[attr-defined]
            continue
        if any("shuffle" in argument.arg for argument in ast.walk(node) if isinstance(argument, ast.arg)):
            return Place(called.file, made.lineno)
        if isinstance(node, ast.ClassDef):
            methods = (m for m in node.body if isinstance(m, ast.FunctionDef) and m.name == "__iter__")
            return next((_yields(Place(called.file, method.lineno)) for method in methods), None)
        calls = sum(source.last_name(call.func) == name for call in source.nodes(called.file, ast.Call))
        return _yields(Place(called.file, node.lineno), name) if calls == 1 else None
    return None


def _made(file: str, taken: ast.expr) -> ast.Call | None:
    """The call that makes what a loop goes over: through enumerate and the like, and back through names."""
    for _ in range(_MOST_HOPS):
        following: ast.expr | None = None
        if isinstance(taken, ast.Name):
            following = literals.held(file, taken)
        elif isinstance(taken, ast.Attribute):
            following = next(
                (n.value for n in source.nodes(file, ast.Assign) if _sets(n, taken.attr)),
                None,
            )
        elif isinstance(taken, ast.Call):
            if not (isinstance(taken.func, ast.Name) and taken.func.id in _AROUND and taken.args):
                return taken
            following = taken.args[0]
        if following is None:
            return None
        taken = following
    return None


def _sets(node: ast.AST, attribute: str) -> bool:
    """Whether an assignment gives an object's attribute its value."""
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Attribute) and target.attr == attribute for target in node.targets
    )


def _yields(maker: Place | None, name: str = "__iter__") -> Place | None:
    """The loop of a generator function that gives its samples, or where it gives them all."""
    for function in source.nodes(maker.file, ast.FunctionDef) if maker is not None else ():
        if maker is None or function.lineno != maker.line or function.name != name:
            continue
        gives = [n.lineno for n in ast.walk(function) if isinstance(n, (ast.Yield, ast.YieldFrom))]
        around = source.loops(Place(maker.file, min(gives))) if gives else []
        line = around[0].lineno if around else min(gives, default=maker.line)
        return Place(maker.file, line, name) if gives or name == "__iter__" else None
    return None


def training_loader(evidence: Evidence) -> LoaderFacts | None:
    """The loader with the most batches that is not shuffled."""
    found = [loader for loader in evidence.loaders if not loader.shuffle and loader.batches]
    return max(found, key=lambda loader: loader.batches, default=None)


class _Shuffle(Listener):
    """Loaders made at a line are shuffled."""

    def __init__(self, file: str, line: int) -> None:
        self.file, self.line = file, line

    def loader_begin(self, event: LoaderEvent) -> None:
        place = event.place
        if place is None or (place.file, place.line) != (self.file, self.line):
            return
        from torch.utils.data import IterableDataset

        dataset = event.options.get("dataset")
        if isinstance(dataset, IterableDataset):
            event.options["dataset"] = _read_ahead(dataset)
        else:
            event.options.pop("sampler", None)  # one in order: a loader takes either
            event.options["shuffle"] = True


def _read_ahead(dataset: Any) -> Any:
    """A stream of samples in another order in each pass, as far as memory should be asked for them."""
    from torch.utils.data import IterableDataset

    order = random.Random(0)

    class Shuffled(IterableDataset):  # type: ignore[type-arg]
        def __iter__(self) -> Iterator[Any]:
            stream = iter(dataset)
            while ahead := list(islice(stream, _AHEAD)):
                order.shuffle(ahead)
                yield from ahead

    return Shuffled()


def intervene(settings: dict[str, Any]) -> Listener:
    """A new order for every epoch; of rows that the script reads itself, another one."""
    if "rows" in settings:
        return row_reads.Mixed(settings["rows"], settings["lines"])
    return _Shuffle(settings["file"], settings["line"])
