"""Notes on schedulers, loaders and what is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.data import IterableDataset, RandomSampler

from vitreous.record.events import BatchEvent, Listener, LoaderEvent, Printed, SchedulerEvent
from vitreous.record.facts import LoaderFacts, PrintedLine, SchedulerFacts
from vitreous.record.measure import plain
from vitreous.record.places import Place, is_users

if TYPE_CHECKING:
    from vitreous.record.session import Session

_MOST = 20_000
_MOST_LINES = 2_000
_MOST_WARNINGS = 100


class ScheduleNotes(Listener):
    """When schedulers step, when loaders begin again, and what is written."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.schedulers: list[SchedulerFacts] = []
        self.loaders: list[LoaderFacts] = []
        self.printed_lines: list[PrintedLine] = []
        self.warnings: list[PrintedLine] = []
        self._schedulers: list[Any] = []
        self._loaders: list[Any] = []

    def scheduler_made(self, event: SchedulerEvent) -> None:
        """Its line, optimizer and options."""
        self._known(event)

    def scheduler_end(self, event: SchedulerEvent) -> None:
        """After how many optimizer steps it stepped, on what figure, and what became of the rate."""
        facts = self._known(event)
        facts.step_place = facts.step_place or event.place
        if len(facts.at_steps) < _MOST:
            facts.at_steps.append(self.session.step)
            if isinstance(event.scheduler, ReduceLROnPlateau):  # it has read the figure as a number, too
                facts.given.append(float(event.given))
                facts.rates.append(float(event.scheduler.optimizer.param_groups[0]["lr"]))

    def loader_begin(self, event: LoaderEvent) -> None:
        """Its line; its options are read at the first batch, when they are settled."""
        self._loaders.append(event.loader)
        self.loaders.append(LoaderFacts(event.place))

    def batch(self, event: BatchEvent) -> None:
        """Counts batches and passes."""
        facts = self.loaders[self.number(event.loader)]
        facts.batches += 1
        facts.batch_place = facts.batch_place or event.place
        if event.first and len(facts.passes) < _MOST:
            facts.passes.append(self.session.step)
            _describe(facts, event.loader)
            if len(facts.passes) == 1:
                self._trace_back(facts, event.loader)

    def number(self, loader: Any) -> int:
        """A loader's place in `Evidence.loaders`; one made before anyone listened is entered."""
        number = next((i for i, known in enumerate(self._loaders) if known is loader), None)
        if number is None:
            self._loaders.append(loader)
            self.loaders.append(LoaderFacts(None))
            number = len(self.loaders) - 1
        return number

    def drawn(self) -> list[tuple[int, Any]]:
        """The loaders that batches were drawn from, by their place in `Evidence.loaders`."""
        return [(i, one) for i, one in enumerate(self._loaders) if self.loaders[i].batches]

    def printed(self, event: Printed) -> None:
        """A line of output."""
        if event.text.strip() and len(self.printed_lines) < _MOST_LINES:
            self.printed_lines.append(PrintedLine(event.text[:300], self.session.step, event.place))

    def warned(self, text: str, place: Place) -> None:
        """A warning is shown that the program did not silence."""
        if len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(PrintedLine(text[:300], self.session.step, place))

    def _trace_back(self, facts: LoaderFacts, loader: Any) -> None:
        """Where the parts of a batch are made: the tensors of the set, or the user's function that makes them."""
        dataset = getattr(loader, "dataset", None)
        while type(dataset).__name__ == "Subset":
            dataset = dataset.dataset  # type: ignore[union-attr]
        held = getattr(dataset, "tensors", None)
        if type(dataset) in (list, tuple) and dataset:
            held = dataset[0]
        if isinstance(held, (list, tuple)):
            facts.parts = [self.session.traces.place_of(t) if isinstance(t, Tensor) else None for t in held]
        streams = getattr(
            type(dataset), "__iter__" if isinstance(dataset, IterableDataset) else "__getitem__", None
        )
        facts.streams = isinstance(dataset, IterableDataset)
        for made in (getattr(loader, "collate_fn", None), streams):
            code = getattr(made, "__code__", None)
            if code is not None and is_users(code):
                facts.maker = Place(code.co_filename, code.co_firstlineno, code.co_name)
                break

    def _known(self, event: SchedulerEvent) -> SchedulerFacts:
        for scheduler, facts in zip(self._schedulers, self.schedulers, strict=True):
            if scheduler is event.scheduler:
                return facts
        options = {
            k: plain(v)
            for k, v in vars(event.scheduler).items()
            if not k.startswith("_") and k != "optimizer"
        }
        given = getattr(event.scheduler, "optimizer", None)
        wrapped = getattr(given, "optimizer", None)  # as accelerate does
        known = self.session.steps._objects
        number = next((i for i, other in enumerate(known) if other is given or other is wrapped), None)
        self._schedulers.append(event.scheduler)
        self.schedulers.append(SchedulerFacts(type(event.scheduler).__name__, event.place, number, options))
        return self.schedulers[-1]


def _describe(facts: LoaderFacts, loader: Any) -> None:
    sampler = getattr(loader, "sampler", None)
    facts.sampler = type(sampler).__name__
    facts.shuffle = isinstance(sampler, RandomSampler)
    facts.batch_size, facts.workers = getattr(loader, "batch_size", None), getattr(loader, "num_workers", 0)
    facts.drop_last = bool(getattr(loader, "drop_last", False))
    try:
        facts.samples = len(loader.dataset)
    except (TypeError, AttributeError, NotImplementedError):
        facts.samples = None
