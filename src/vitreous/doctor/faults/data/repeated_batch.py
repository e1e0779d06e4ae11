"""Every step sees the same batch, or the same few samples, though there are more.

What it sees:
    All training steps together saw no more than one or two batches of different samples. More exist: the loader's set
    is at least four times as large, or a random generator is seeded anew on the way to each batch. And batches that are
    drawn without a loader and come again and again, sample by sample in the same order, where the generator of the
    whole program is seeded anew between them: in the loop, or in a function that evaluates. And one batch that a
    function drew in front of the loop, where evaluation is given four times as many samples.

Why learning fails:
    The network learns these few samples by heart, the loss goes to zero, and it knows nothing of the rest.

Example:
    for step in range(1000):
        x, y = next(iter(loader))  # a new iterator each time: without shuffling it is always the first batch

Fix:
    Loop over the loader (`for x, y in loader:`), or keep one iterator and call `next` on it. Seed once at the top of
    the program, not where batches are drawn.

Certainty:
    Certain: samples are told by their values, over at least 20 steps. A few batches in turn are believed only if a run
    that ignores the seeds set during training has a loss in evaluation lower by 15%: batches cut out of the whole data
    in their order come again each epoch, too, and seeding is right there. Where the whole set is one batch, there is
    nothing more to see, and nothing is said; nor where one batch is cut out once, unless four times as many samples
    are beside it and others are evaluated again and again: who learns one batch by heart on purpose asks of none. One
    that a function draws in front of the loop is believed if drawing it at each step takes 15% off the evaluation's.

Look-alikes:
    Overfitting one batch on purpose (a set of one batch) raises nothing. Overfitting in general is listed under this
    fault where this is the cause.

References:
    https://pytorch.org/docs/stable/data.html; https://stackoverflow.com/questions/53570732
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import edits, evaluated, source, symptoms
from vitreous.doctor.compare import is_evaluated
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, edited
from vitreous.record.events import BatchEvent, Listener, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import LoaderFacts
from vitreous.record.places import Place

FAULT = Fault(
    "data/repeated-batch",
    "error",
    "data",
    "every step sees the same batch",
    settings=("overfit_batches", "limit_train_batches"),
)

_LEAST_STEPS, _BATCHES, _MORE = 20, 1.6, 4
_UNSEEN = 0.5
_TIMES, _MOSTLY = 4, 0.9  # that a batch comes, and of all steps those with such batches
_LEAST_GAIN = (
    0.15  # seen to come again and to be seeded: more than other draws of an evaluation differ by is enough
)
_SEEDS_ALL = re.compile(
    r"^((torch|np|numpy)(\.random)?\.|random\.)?(manual_seed|seed|(seed|fix|set)_\w*seed\w*|seed_\w+)$"
)
_RANDOM = re.compile(
    r"\b(randint|randperm|permutation|choice|choices|sample|integers|rand|randn|multinomial)\("
)
_SEEDS = re.compile(r"seed|default_rng|RandomState|Generator")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Training that has seen next to nothing of its data."""
    prints, steps = evidence.arrays.get("train.prints"), evidence.arrays.get("train.print_steps")
    if prints is None or steps is None or not len(prints):
        return
    different, count = len(np.unique(prints)), len(np.unique(steps))
    batch = float(np.median(np.unique(steps, return_counts=True)[1]))
    if count < _LEAST_STEPS:
        return
    if different > max(1.0, _BATCHES * batch):
        yield from _in_turn(evidence, prints, steps)
        return
    rows = [Row("different samples in all steps", different, f"of {count} steps with {batch:g} each")]
    loader = _loader(evidence)
    if loader is not None and loader.samples is not None:
        if loader.samples >= _MORE * different:
            rows.append(Row("samples of the loader's set", loader.samples))
            yield _by_loader(evidence, loader, rows)
        return
    seed = _seeded(evidence)
    if seed is not None:
        yield _by_draw(evidence, seed, rows)
    else:
        found = list(_taken_once(evidence, different, rows))
        yield from found or _drawn_once(evidence, different, rows)


def _in_turn(evidence: Evidence, prints: np.ndarray, steps: np.ndarray) -> Iterator[Suspicion]:
    """A few drawn batches that come again and again, since something seeds the generator between them."""
    seed = _seeded_between(evidence)
    if seed is None or not is_evaluated(evidence) or _loader(evidence) is not None:
        return
    batches = [part.tobytes() for part in np.split(prints, np.flatnonzero(np.diff(steps)) + 1)]
    often = Counter(batches)
    again = [number for number in often.values() if number >= _TIMES]
    if sum(again) < _MOSTLY * len(batches):
        return
    yield Suspicion(
        seed,
        0.6,
        [
            Row("batches that come again, sample by sample", len(again)),
            Row("steps that are made with them", sum(again), f"of {len(batches)}"),
        ],
        f"seed once at the top of the program; what needs its own draws gets a generator of its own (line {seed.line})",
        summary="seeding during training makes the same few batches come again",
        explains=[symptoms.GAP],
        trials=[Trial("seeds set during training are ignored", {"kind": "seed"})],
        metric="evaluation loss",
        gain=_LEAST_GAIN,
    )


def _seeded_between(evidence: Evidence) -> Place | None:
    """A line that seeds what the whole program draws from, in a loop that trains or a function that is called there."""
    trained = [
        place for site in evidence.sites if site.trained for place in [site.place, *site.stack] if place
    ]
    blocks: list[tuple[str, ast.stmt]] = [
        (place.file, loop) for place in trained for loop in source.loops(place)[:1]
    ]
    stacks = [stack for stack in evidence.callers if any(source.loops(place) for place in stack[-1:])]
    blocks += [
        (place.file, f) for stack in stacks for place in stack[:-1] for f in source.functions(place)[-1:]
    ]
    for file, block in blocks:
        for call in source.nodes(file, ast.Call):
            within = block.lineno < call.lineno <= (block.end_lineno or 0)
            if within and _SEEDS_ALL.search(ast.unparse(call.func)):
                return Place(file, call.lineno)
    return None


def _loader(evidence: Evidence) -> LoaderFacts | None:
    numbers = evidence.arrays["train.print_loaders"]
    known = numbers[numbers >= 0]
    return evidence.loaders[int(np.bincount(known).argmax())] if len(known) * 2 > len(numbers) else None


def _by_loader(evidence: Evidence, loader: LoaderFacts, rows: list[Row]) -> Suspicion:
    again = len(loader.passes) >= 0.9 * loader.batches  # each batch is the first of a pass
    rows.append(Row("passes begun over the loader", len(loader.passes), f"for {loader.batches} batches"))
    place = loader.batch_place if again else _dataset_place(evidence) or loader.batch_place or loader.place
    settings = {"kind": "loader", "file": place.file, "line": place.line} if place is not None else {}
    known = is_evaluated(evidence)
    return Suspicion(
        place,
        0.97,
        rows,
        "loop over the loader (for batch in loader:), or keep one iterator and start it again when it ends"
        if again
        else "let each index give another sample",
        certain=True,
        summary="each step takes the first batch of a new pass over the data"
        if again
        else "the loader gives the same few samples for all indices",
        explains=[symptoms.GAP],
        trials=[Trial("each step takes the next batch", settings)] if again and known else [],
        metric="evaluation loss",
    )


def _taken_once(evidence: Evidence, different: int, rows: list[Row]) -> Iterator[Suspicion]:
    """One batch of a loader or of an array that has many, trained for good, while other samples are held out.

    Who learns one batch by heart on purpose, to see whether the network can, does not ask of others.
    """
    held_out = [group for group in evaluated.groups(evidence) if group.seen < _UNSEEN]
    if not any(len({batch.step for batch in group.batches}) > 1 for group in held_out):
        return
    once = (one for one in evidence.loaders if one.batches == 1 and one.batch_place)
    loader = next((one for one in once if one.batch_size == different), None)
    taken, samples = (loader.batch_place, loader.samples or 0) if loader else _same_rows(evidence, different)
    others = len(np.unique(np.concatenate([group.prints for group in held_out])))
    if taken is None or samples - others < _MORE * different:
        return
    yield Suspicion(
        taken,
        0.95,
        [*rows, Row("samples there are", samples)],
        "take another batch at each step: loop over the loader, or move the rows that are taken",
        certain=True,
        summary="all steps are made with the one batch that is taken here",
        explains=[symptoms.GAP],
        trials=_taken_at_each_step(evidence, taken),
        metric="evaluation loss",
    )


def _drawn_once(evidence: Evidence, different: int, rows: list[Row]) -> Iterator[Suspicion]:
    """A batch that a function drew in front of the loop, while evaluation is given ever new ones."""
    held_out = [group.prints for group in evaluated.groups(evidence) if group.seen < _UNSEEN]
    new = len(np.unique(np.concatenate(held_out))) if held_out else 0
    drawn = _drawn_in_front(evidence)
    if drawn is None or new < _MORE * different or not is_evaluated(evidence):
        return
    site = next((site for site in evidence.sites if site.trained and site.place), None)
    changes = edits.some(edits.insert_first(site.place if site else None, source.code(drawn)))
    yield Suspicion(
        drawn,
        0.6,
        [*rows, Row("samples that evaluation was given", new)],
        "draw a batch at each step: move this line into the loop",
        summary="all steps are made with the one batch that is drawn here",
        explains=[symptoms.GAP],
        trials=[Trial("a batch drawn at each step", edited(changes), tuple(changes))] if changes else [],
        metric="evaluation loss",
        gain=_LEAST_GAIN,
    )


def _drawn_in_front(evidence: Evidence) -> Place | None:
    """The line above a training loop that takes what the model is given in it from a function that draws."""
    place = next((site.place for site in evidence.sites if site.trained and site.place), None)
    around = source.loops(place) if place is not None else []
    if place is None or not around:
        return None
    given = {n.id for call in edits.calls_at(place) for n in call.args if isinstance(n, ast.Name)}
    draws = {f.name for f in source.nodes(place.file, ast.FunctionDef) if _RANDOM.search(ast.unparse(f))}
    assigned = sorted(
        (node for node in source.nodes(place.file, ast.Assign) if given & set(_names(node))),
        key=lambda node: node.lineno,
    )
    if any(
        node.lineno > around[0].lineno and node.lineno <= (around[0].end_lineno or 0) for node in assigned
    ):
        return None
    above = [node for node in assigned if node.lineno < around[0].lineno and isinstance(node.value, ast.Call)]
    if above and source.last_name(above[-1].value.func) in draws:  # type: ignore[attr-defined]
        return Place(place.file, above[-1].lineno)
    return None


def _names(node: ast.Assign) -> list[str]:
    return [name for target in node.targets for name in source.assigned_names(target)]


def _same_rows(evidence: Evidence, different: int) -> tuple[Place | None, int]:
    """The line within the loop that takes so many rows of the data, and how many rows these have."""
    for trace in evidence.training_traces:
        for op in trace.ops:
            whole = trace.op(op.inputs[0]) if op.inputs else None
            if op.name != "__getitem__" or op.place is None or whole is None or trace.learns(op):
                continue
            taken, given = (one.output.shape if one.output else [] for one in (op, whole))
            if taken[:1] == [different] and taken[1:] == given[1:] and source.loops(op.place):
                return op.place, given[0]
    return None, 0


def _taken_at_each_step(evidence: Evidence, taken: Place) -> list[Trial]:
    """The line that takes a batch in front of the loop written once more at its top: another one, if it is drawn."""
    site = next((site for site in evidence.sites if site.trained and site.place), None)
    drawn = any(loader.shuffle and loader.batch_place == taken for loader in evidence.loaders)
    if site is None or not drawn or not is_evaluated(evidence) or source.loops(taken):
        return []
    changes = edits.some(edits.insert_first(site.place, source.code(taken)))
    return [Trial("a batch drawn at each step", edited(changes), tuple(changes))]


def _by_draw(evidence: Evidence, place: Place, rows: list[Row]) -> Suspicion:
    known = is_evaluated(evidence)
    return Suspicion(
        place,
        0.95,
        rows,
        f"seed once at the top of the program, not where batches are drawn (line {place.line})",
        certain=True,
        summary="batches are drawn at random and are always the same",
        explains=[symptoms.GAP],
        trials=[Trial("seeds set during training are ignored", {"kind": "seed"})] if known else [],
        metric="evaluation loss",
    )


def _seeded(evidence: Evidence) -> Place | None:
    """A line that seeds at each step, on the way to the batch: in the loop, or in a function that it calls."""
    for trace in evidence.training_traces[1:4]:
        for op in trace.ops:
            if op.kind == "op" and not op.module and op.place is not None:
                seed = _seed_near(op.place)
                if seed is not None:
                    return seed
    return None


def _seed_near(place: Place) -> Place | None:
    """A line that seeds, in the loop around a line, else in the function that the loop calls."""
    blocks: list[ast.stmt] = [*source.loops(place)[:1]]
    blocks = blocks or [*source.functions(place)[-1:]]
    for block in blocks:
        for call in source.nodes(place.file, ast.Call):
            within = block.lineno < call.lineno <= (block.end_lineno or 0)
            if within and _SEEDS.search(ast.unparse(call.func)):
                return Place(place.file, call.lineno, place.function)
    return None


def _dataset_place(evidence: Evidence) -> Place | None:
    """The `__getitem__` of a set of the script's own."""
    for node in source.nodes(evidence.script, ast.FunctionDef):
        if node.name == "__getitem__":
            returned = [n.lineno for n in ast.walk(node) if isinstance(n, ast.Return)]
            return Place(evidence.script, returned[-1] if returned else node.lineno, "__getitem__")
    return None


class _Next(Listener):
    """Each first batch of a pass is the next one of a pass that goes on."""

    def __init__(self, file: str, line: int) -> None:
        self.file, self.line = file, line
        self._going: dict[int, Any] = {}

    def batch(self, event: BatchEvent) -> None:
        place = event.place
        if not event.first or place is None or (place.file, place.line) != (self.file, self.line):
            return
        key = id(event.loader)
        for _ in range(2):
            if key not in self._going:
                self._going[key] = iter(event.loader)
            try:
                event.batch = next(self._going[key])
                return
            except StopIteration:
                del self._going[key]


class _IgnoreSeeds(Listener):
    """Seeds are set before the first step only."""

    def __init__(self) -> None:
        import random

        import torch

        self.training = False
        for module, name in (
            (torch, "manual_seed"),
            (torch.random, "manual_seed"),
            (np.random, "seed"),
            (random, "seed"),
        ):
            setattr(module, name, self._unless_training(getattr(module, name)))

    def step_end(self, event: OptimizerEvent) -> None:
        self.training = True

    def _unless_training(self, plain: Any) -> Any:
        def seed(*args: Any, **kwargs: Any) -> Any:
            return None if self.training else plain(*args, **kwargs)

        return seed


def intervene(settings: dict[str, Any]) -> Listener:
    """Lets each step have another batch."""
    return _IgnoreSeeds() if settings["kind"] == "seed" else _Next(settings["file"], settings["line"])
