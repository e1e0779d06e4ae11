"""The evidence: all that was seen of one training program, as one structured object.

It is plain data (JSON and a file of arrays), so that judging it needs neither the program nor torch. What was
not seen is None, an empty list or a line of `not_checked`; it is never a default that looks like an observation.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vitreous.record.compared import Comparison, Pair
from vitreous.record.dataflow import Trace
from vitreous.record.facts import (
    Answers,
    Crash,
    EvaluationPass,
    LoaderFacts,
    LossRow,
    LossSite,
    ModelFacts,
    OptimizerFacts,
    ParameterFacts,
    PassSite,
    PrintedLine,
    SchedulerFacts,
    Step,
)
from vitreous.record.places import Place


@dataclass
class Evidence:
    """What was seen of one run of a program.

    Attributes:
        script: Its path.
        seconds: How long it ran.
        ended: "end" (ran to its end), "steps" or "time" (stopped when enough was seen), "interrupted"
            (somebody stopped it), "crash".
        crash: The exception and what stood behind it.
        steps: Every optimizer step (or hand-written update), in order.
        optimizers: Every optimizer, with the keys of its parameters.
        parameters: Every parameter of a model, an optimizer or the graph behind a loss, by its key.
        models: Every module called from the user's own loop.
        sites: The lines from which models are called, and how.
        passes: How often models were evaluated without training, by site and step.
        losses: Every value of a torch.nn.functional loss, in order; ``trained`` says a backward pass followed.
        loss_sites: The lines where losses are computed, with facts about prediction and target.
        answers: By loss line, which classes were answered lately.
        comparisons: Tensors compared in evaluation, of the first evaluations: where, and how many elements were equal.
        pairs: NumPy arrays held against what a model gave: differences, comparisons, metrics; and tensors of another
            shape subtracted from it in evaluation.
        callers: The stacks of lines from which models were called; `arrays` refer to them.
        traces: The operations of some steps, as graphs.
        schedulers: Every learning rate scheduler.
        loaders: Every DataLoader.
        printed: What the program wrote on standard output, with the line that did.
        warned: The warnings that it was shown, each with its kind and the line that caused it; the doctor's runs only.
        probes: Answers to questions asked of the model after the program had ended (`doctor/probes`), by name.
        not_checked: What could not be looked at, in words.
        step_cost: Processor seconds of a step on average, what lies between steps included.
        backwards: How many backward passes there were, and the line of the last one looked at (backward_place).
        rewritten: Steps done whenever parameters had other values than the last step had left: weights loaded, put back
            or written by hand. None where it was not looked at.
        folder: Where the arrays lie.
    """

    script: str = ""
    seconds: float = 0.0
    ended: str = "end"
    crash: Crash | None = None
    steps: list[Step] = field(default_factory=list)
    optimizers: list[OptimizerFacts] = field(default_factory=list)
    parameters: dict[str, ParameterFacts] = field(default_factory=dict)
    models: list[ModelFacts] = field(default_factory=list)
    sites: list[PassSite] = field(default_factory=list)
    passes: list[EvaluationPass] = field(default_factory=list)
    losses: list[LossRow] = field(default_factory=list)
    loss_sites: list[LossSite] = field(default_factory=list)
    answers: list[Answers] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    callers: list[list[Place]] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    schedulers: list[SchedulerFacts] = field(default_factory=list)
    loaders: list[LoaderFacts] = field(default_factory=list)
    printed: list[PrintedLine] = field(default_factory=list)
    warned: list[PrintedLine] = field(default_factory=list)
    probes: dict[str, Any] = field(default_factory=dict)
    not_checked: list[str] = field(default_factory=list)
    step_cost: float | None = None
    backwards: int = 0
    backward_place: Place | None = None
    rewritten: list[int] | None = None
    folder: str = ""

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """Samples of the data by name: ``train.inputs``, ``train.targets``, ``evaluation.inputs``, ….

        ``train.prints`` and ``evaluation.prints`` are 64-bit fingerprints of single samples, in the order seen;
        ``….steps`` and ``….calls`` say at which step and call each row was seen. For fingerprints, ``….print_steps``,
        ``….print_calls`` (the number of the model's call), ``….print_callers`` (into `callers`), ``….print_loaders``
        (into `loaders`, -1 for none) and ``….print_models`` (into `models`) say when, from where and by what.
        ``train.ids`` and ``evaluation.ids`` are different rows of whole numbers one after the other, padding left out,
        ``….id_lengths`` their lengths.
        """
        path = Path(self.folder) / "arrays.npz"
        if not self.folder or not path.is_file():
            return {}
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    @cached_property
    def training_traces(self) -> list[Trace]:
        """Traces that end in a backward pass."""
        return [trace for trace in self.traces if trace.root is not None]

    @cached_property
    def curve(self) -> list[float]:
        """The training loss by step; NaN and infinities kept."""
        return [step.loss for step in self.steps if step.loss is not None]

    @cached_property
    def errors(self) -> list[float]:
        """By step, how badly the prediction fits its target whatever the loss says: see `LossRow.error`."""
        return [step.error for step in self.steps if step.error is not None]

    def trained_sites(self) -> list[LossSite]:
        """The loss lines that training goes through."""
        return [site for site in self.loss_sites if site.trained]

    def to_file(self, path: Path) -> None:
        """Writes it as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def from_file(cls, path: Path) -> Evidence:
        """Reads what `to_file` wrote."""
        from pydantic import TypeAdapter

        found: Evidence = TypeAdapter(cls).validate_python(json.loads(path.read_text(encoding="utf-8")))
        return found
