"""The parts of the evidence. Each is plain data; None means it was not looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vitreous.record.places import Place


@dataclass
class TensorFacts:
    """What is known of a tensor; statistics only where they were measured, over finite elements.

    Attributes:
        shape: Its sizes.
        dtype: As "float32".
        device: As "cpu".
        requires_grad: Whether a gradient can flow through it.
        minimum, maximum, mean, std: Over all elements.
        zeros: Share of elements that are exactly 0.
        bad: Number of NaN and infinite elements.
    """

    shape: list[int]
    dtype: str
    device: str = "cpu"
    requires_grad: bool = False
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    std: float | None = None
    zeros: float | None = None
    bad: int | None = None


@dataclass
class Step:
    """One update of parameters.

    Attributes:
        number: From 0.
        optimizer: Its place in `Evidence.optimizers`; -1 for an update written by hand.
        loss: The root of the last backward pass before it.
        error: `LossRow.error` of that loss.
        backwards: Backward passes since the step before it (of any optimizer).
        lr: The learning rate of each parameter group.
        gradient_norm: Over the optimizer's parameters, as the step uses it; on recorded steps.
        carried: Whether gradients that the optimizer's previous step had used were still there, not cleared.
        empty: Whether all of the optimizer's gradients were None or zero.
        lost: Of an empty step behind an empty one, whether the backward pass before it had left a gradient; without,
            it is empty because the loss has no slope there. None where it was not looked.
        line: Where step is called.
        seconds: Since the program began.
        made_anew: Whether, by hand, new tensors took the place of the old ones.
    """

    number: int
    optimizer: int
    loss: float | None = None
    error: float | None = None
    backwards: int = 0
    lr: list[float] = field(default_factory=list)
    gradient_norm: float | None = None
    carried: bool = False
    empty: bool = False
    lost: bool | None = None
    line: int | None = None
    seconds: float = 0.0
    made_anew: bool = False


@dataclass
class OptimizerFacts:
    """An optimizer.

    Attributes:
        kind: Its class.
        place: Where it is constructed.
        groups: For each parameter group its options (lr, weight_decay, momentum, …) without the parameters.
        parameters: Keys into `Evidence.parameters`, over all groups.
        steps: How many it made.
        clears: How often gradients were cleared by its zero_grad or by that of a module it trains.
        step_place, backward_place, clear_place: The lines last seen.
        thrown_away: Backward passes whose gradients were cleared before a step of this optimizer used them; those
            of other optimizers' losses are among them.
        thrown_place: The line that did it last.
        again: Backward passes within a step (a closure's) at weights that it had moved since the pass before.
        added_up: Those of them that added to the gradients of the pass before.
    """

    kind: str
    place: Place | None
    groups: list[dict[str, Any]] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    steps: int = 0
    clears: int = 0
    step_place: Place | None = None
    backward_place: Place | None = None
    clear_place: Place | None = None
    thrown_away: int = 0
    thrown_place: Place | None = None
    again: int = 0
    added_up: int = 0


@dataclass
class ParameterFacts:
    """One parameter: a module's, an optimizer's, or a bare tensor that the loss depends on.

    Attributes:
        name: As "0.weight", the model's number in front where there are several; "tensor from line N" for a bare one.
        model: The number of the model that has it registered; None if none has.
        left: Whether that model had it replaced, and no longer has it at the end.
        kind: The class of the module that owns it.
        place: Where that module (or bare tensor) is constructed.
        frozen_place: The line that last set requires_grad to False, where it was seen.
        filled_place: The last line before training that wrote values into it, where it was seen.
        optimizers: The numbers of the optimizers that hold it.
        looked: Recorded backward passes of training since it was known.
        received: In how many of them it had a gradient that is not all zero.
        reached: Whether the graph behind some loss ends in it.
        norms: Gradient norms on recorded steps, as (step, norm).
        asked: Whether `torch.autograd.grad` was asked for its gradient other than for training: it is an input.
        change: L2 norm of last value minus first, over that of the first.
        first, last: Its statistics at the first recorded step and at the end.
    """

    key: str
    name: str
    shape: list[int]
    model: int | None = None
    left: bool = False
    kind: str = ""
    place: Place | None = None
    requires_grad: bool = True
    frozen_place: Place | None = None
    filled_place: Place | None = None
    optimizers: list[int] = field(default_factory=list)
    looked: int = 0
    received: int = 0
    reached: bool = False
    used: bool = False
    norms: list[tuple[int, float]] = field(default_factory=list)
    asked: bool = False
    change: float | None = None
    first: TensorFacts | None = None
    last: TensorFacts | None = None


@dataclass
class ModuleFacts:
    """A module inside a model.

    Attributes:
        path: Its name in the model; "" is the model itself.
        kind: Its class; ``own`` where that class is the user's.
        options: What it prints of itself (extra_repr), as "in_features=64, out_features=10, bias=True".
        calls: How often it was called while a recorded step went through the model.
        eval_in_training: How often that was in eval mode in a pass that was trained.
        batch_first: Whether the batch is on its first axis, of a layer that goes along time; None of others.
    """

    path: str
    kind: str
    own: bool = False
    options: str = ""
    place: Place | None = None
    calls: int = 0
    eval_in_training: int = 0
    batch_first: bool | None = None


@dataclass
class ModelFacts:
    """A module called from the user's own loop.

    Attributes:
        number: From 0, in the order of first calls.
        modules: All in it, from the outside in.
        sensitive: Paths of the modules that do something else in training than in evaluation.
    """

    number: int
    kind: str
    place: Place | None = None
    modules: list[ModuleFacts] = field(default_factory=list)
    sensitive: list[str] = field(default_factory=list)
    parameters: int = 0


@dataclass
class PassSite:
    """A line from which a model is called, with gradients on or with gradients off, and what was seen there.

    Attributes:
        trained: Calls behind which a backward pass went through the output.
        evaluated: Calls behind which none did.
        training_mode: Of the evaluated ones, those with a sensitive module (dropout, batch norm) in training mode.
        eval_mode: Of the trained ones, those where every sensitive module was in eval mode.
        with_graph: Of the evaluated ones, those that built a graph.
        whole_training: Whether the model itself, not only some layers of it, was in training mode when evaluated.
        result_used: Whether an operation outside of models (a loss, a metric) took the output of an evaluated call.
        first_step, last_step: Steps done at the first and last call.
        inputs, outputs: The tensors of the first calls that were traced.
    """

    number: int
    model: int
    place: Place | None
    stack: list[Place] = field(default_factory=list)
    trained: int = 0
    evaluated: int = 0
    training_mode: int = 0
    eval_mode: int = 0
    with_graph: int = 0
    whole_training: bool = False
    result_used: bool = False
    first_step: int = 0
    last_step: int = 0
    inputs: list[TensorFacts] = field(default_factory=list)
    outputs: list[TensorFacts] = field(default_factory=list)


@dataclass
class EvaluationPass:
    """Calls from one line between two steps, none of which was trained."""

    step: int
    site: int
    calls: int = 1
    samples: int = 0


@dataclass
class LossRow:
    """One value of a loss.

    Attributes:
        step: Steps done before it.
        site: Its place in `Evidence.loss_sites`.
        trained: Whether a backward pass went through it.
        error: Whatever the loss function: the share of wrong classes where the target is classes, else the mean
            squared error over the target's variance in the batch, prediction and target matched element by element.
        call: The number of the model's call before it, as in ``evaluation.print_calls``; -1 where there was none.
        balanced: For classes, the mean over those in the batch of the share of each that is wrong.
    """

    step: int
    site: int
    value: float
    trained: bool = False
    error: float | None = None
    training: bool = True
    balanced: float | None = None
    call: int = -1


@dataclass
class Answers:
    """Which class was answered to which, over the last calls of a loss; columns are answers, rows are the truth.

    Attributes:
        site: The loss's place in `Evidence.loss_sites`.
        trained: Whether the calls were trained.
        calls: How many calls are counted.
        matrix: By true class, then by answered class; class 1 of a yes-or-no loss is yes.
    """

    site: int
    trained: bool
    calls: int
    matrix: list[list[int]]


@dataclass
class LossSite:
    """A line where a loss of torch.nn.functional is computed.

    Attributes:
        name: The function, as "cross_entropy".
        module: The class of the loss module around it, with the line it was constructed at (module_place).
        input, target: Facts at the first call; extremes widened by later recorded calls.
        options: Its literal options (reduction, ignore_index, label_smoothing, …).
        broadcast: Whether input and target had different shapes that were broadcast against each other.
        target_graph: Whether the target required a gradient and the input did not.
        integers: Whether every target seen is a whole number.
        counts: How often each target was seen, where they are whole numbers and few.
        batches: For the first training batches, their targets' counts in order (only with ``counts``).
        direct: Calls that were given what a model had just put out, as it was.
    """

    number: int
    name: str
    place: Place | None
    stack: list[Place] = field(default_factory=list)
    module: str = ""
    module_place: Place | None = None
    input: TensorFacts | None = None
    target: TensorFacts | None = None
    options: dict[str, Any] = field(default_factory=dict)
    calls: int = 0
    trained: int = 0
    broadcast: bool = False
    target_graph: bool = False
    integers: bool | None = None
    counts: dict[str, int] = field(default_factory=dict)
    batches: list[dict[str, int]] = field(default_factory=list)
    direct: int = 0


@dataclass
class SchedulerFacts:
    """A learning rate scheduler: where it is made and stepped, and how many of its steps an epoch of steps has.

    `given` has what each step was told, where it waits for a figure; `rates` the first group's rate behind each.
    """

    kind: str
    place: Place | None
    optimizer: int | None
    options: dict[str, Any] = field(default_factory=dict)
    step_place: Place | None = None
    at_steps: list[int] = field(default_factory=list)
    given: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)


@dataclass
class LoaderFacts:
    """A DataLoader: its line, options, the line that draws from it, and the optimizer steps done as each pass began.

    Attributes:
        parts: For each part of a sample the line where it became a tensor, where the set holds tensors.
        maker: The user's function that makes a batch or a sample (`collate_fn`, else the set's ``__getitem__`` or,
            of one that streams, ``__iter__``).
        streams: Whether the set is an IterableDataset, whose order the loader cannot change.
    """

    place: Place | None
    samples: int | None = None
    batch_size: int | None = None
    shuffle: bool = False
    sampler: str = ""
    workers: int = 0
    drop_last: bool = False
    passes: list[int] = field(default_factory=list)
    batches: int = 0
    batch_place: Place | None = None
    parts: list[Place | None] = field(default_factory=list)
    maker: Place | None = None
    streams: bool = False


@dataclass
class PrintedLine:
    """Text on standard output and where it was written."""

    text: str
    step: int
    place: Place | None = None


@dataclass
class Crash:
    """An exception that ended the program.

    Attributes:
        kind, message: The exception's class and its text.
        places: The user's lines in its traceback, from the inside out.
        op: The number of the failing operation in the last trace, if one was being recorded.
        phase: "setup" before the first backward pass, "training", or "evaluation" where gradients were off.
    """

    kind: str
    message: str
    places: list[Place] = field(default_factory=list)
    op: int | None = None
    step: int = 0
    phase: str = "setup"
    traceback: str = ""
