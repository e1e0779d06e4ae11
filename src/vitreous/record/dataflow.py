"""A recorded step as a graph of operations, and the questions asked of it.

Unlike autograd's own graph it has the operations through which no gradient flows: detach, argmax, a round trip
through NumPy, everything under no_grad. That is where most mistakes are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from vitreous.record.facts import TensorFacts
from vitreous.record.places import Place

# Operations that give the same numbers in another shape, place, type or storage.
SHAPING = frozenset(
    [
        "view",
        "reshape",
        "squeeze",
        "unsqueeze",
        "flatten",
        "unflatten",
        "transpose",
        "permute",
        "contiguous",
        "expand",
        "expand_as",
        "repeat",
        "to",
        "float",
        "double",
        "half",
        "bfloat16",
        "type",
        "cpu",
        "cuda",
        "clone",
        "t",
        "T",
        "mT",
        "movedim",
        "swapaxes",
        "view_as",
        "reshape_as",
        "squeeze_",
        "unsqueeze_",
        "narrow",
        "select",
        "__getitem__",
        "chunk",
        "split",
        "unbind",
        "detach",
        "data",
        "requires_grad_",
        "ravel",
        "stack",
        "cat",
        "concat",
        "alias",
        "long",
        "int",
        "dropout",
        "feature_dropout",
        "alpha_dropout",
        "identity",
    ]
)
NONLINEAR = frozenset(
    [
        "relu",
        "relu_",
        "leaky_relu",
        "elu",
        "selu",
        "celu",
        "gelu",
        "silu",
        "mish",
        "tanh",
        "tanh_",
        "sigmoid",
        "sigmoid_",
        "softmax",
        "log_softmax",
        "softplus",
        "hardtanh",
        "hardsigmoid",
        "hardswish",
        "relu6",
        "prelu",
        "rrelu",
        "logsigmoid",
        "tanhshrink",
        "softsign",
        "softshrink",
        "hardshrink",
        "threshold",
        "glu",
        "max_pool1d",
        "max_pool2d",
        "max_pool3d",
        "adaptive_max_pool1d",
        "adaptive_max_pool2d",
        "max",
        "maximum",
        "minimum",
        "clamp",
        "clamp_min",
        "abs",
        "square",
        "pow",
        "__pow__",
        "exp",
        "log",
        "sqrt",
        "sin",
        "cos",
        "where",
        "lstm",
        "gru",
        "rnn_tanh",
        "rnn_relu",
        "multi_head_attention_forward",
        "scaled_dot_product_attention",
        "layer_norm",
        "group_norm",
        "batch_norm",
        "instance_norm",
        "rms_norm",
        "normalize",
        "mul",
        "__mul__",
        "__rmul__",
        "div",
        "__truediv__",
        "bilinear",
        "einsum",
        "sign",
        "heaviside",
        "amax",
        "logsumexp",
        "norm",
        "lstm_cell",
        "gru_cell",
    ]
)
LINEAR = frozenset(
    [
        "linear",
        "matmul",
        "__matmul__",
        "__rmatmul__",
        "mm",
        "bmm",
        "addmm",
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "mv",
        "dot",
        "baddbmm",
        "addmv",
    ]
)
# Operations that take the shape and type of their argument, and none of its numbers.
SHAPE_ONLY = frozenset(
    [
        "zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "randint_like",
        "new_zeros", "new_ones", "new_empty", "new_full", "new_tensor",
    ]
)  # fmt: skip
# Where a gradient ends, whatever comes behind.
CUTTING = frozenset(
    [
        "detach",
        "detach_",
        "data",
        "argmax",
        "argmin",
        "round",
        "floor",
        "ceil",
        "sign",
        "item",
        "tolist",
        "numpy",
        "__array__",
        "bool",
        "long",
        "int",
        "argsort",
        "__gt__",
        "__lt__",
        "__ge__",
        "__le__",
        "__eq__",
        "__ne__",
        "gt",
        "lt",
        "ge",
        "le",
        "eq",
        "ne",
        "heaviside",
        "multinomial",
        "bernoulli",
        "one_hot",
        "bincount",
        "unique",
        "nonzero",
        "topk_indices",
        "__float__",
        "__int__",
        "__bool__",
        "trunc",
    ]
)


@dataclass
class Op:
    """One operation, parameter or tensor from outside.

    Attributes:
        number: Its place in the program's whole sequence.
        name: The function's name; "parameter" or "data" for what is no operation.
        kind: "op", "parameter" or "data".
        inputs: The numbers of what its tensor arguments came from, in their order.
        arguments: Its other arguments, where they are plain values, by name or position.
        parameter: The key of the parameter that it is.
        output: Its (first) result.
        place: The user's innermost line; ``stack`` has the lines around it.
        module: The path of the innermost module, its class (module_kind) and where it was constructed (module_place).
        builtin: Whether that module is one of torch.nn's, so that its constructor is the line to look at.
        grad: Whether gradients were on.
        failed: Whether it raised.
    """

    number: int
    name: str
    kind: str = "op"
    inputs: list[int] = field(default_factory=list)
    arguments: dict[str, Any] = field(default_factory=dict)
    parameter: str | None = None
    output: TensorFacts | None = None
    place: Place | None = None
    stack: list[Place] = field(default_factory=list)
    module: str = ""
    module_kind: str = ""
    module_place: Place | None = None
    builtin: bool = False
    grad: bool = True
    failed: bool = False

    @property
    def blame(self) -> Place | None:
        """The line to look at: a ready-made module's constructor, else the line of the operation itself."""
        return self.module_place if self.builtin and self.module_place else self.place


@dataclass
class Trace:
    """The operations between the end of one step and the end of the next.

    Attributes:
        step: Steps done when it began.
        ops: In order, with the parameters and outside tensors they use in front of their first use.
        root: The number of the operation whose result backward started from; None where there was no backward.
        roots: All of them where backward was called more than once.
        cut: Whether operations were left out at the end because there were too many.
        setup: Whether it is what came before the first call of a model: of most results only shapes are known.
    """

    step: int
    ops: list[Op] = field(default_factory=list)
    root: int | None = None
    roots: list[int] = field(default_factory=list)
    cut: bool = False
    setup: bool = False

    def following(self, before: Trace) -> Trace:
        """This trace with the one before it in front, so that what was made there is no tensor from outside."""
        linked = []
        for op in self.ops:
            made: int | None = op.arguments.get("made_as") if op.kind == "data" else None
            known = made is not None and made in before.by_number
            linked.append(
                replace(op, name="alias", kind="op", inputs=[made] if made else []) if known else op
            )
        return replace(self, ops=before.ops + linked)

    @cached_property
    def by_number(self) -> dict[int, Op]:
        """Its operations by their numbers."""
        return {op.number: op for op in self.ops}

    def op(self, number: int | None) -> Op | None:
        """The operation of this number; None if it is not in this trace."""
        return None if number is None else self.by_number.get(number)

    def inputs(self, op: Op) -> list[Op]:
        """What an operation's tensor arguments came from."""
        return [self.by_number[n] for n in op.inputs if n in self.by_number]

    def behind(self, number: int | None) -> list[Op]:
        """All that a result depends on, itself included, the latest first."""
        found: dict[int, Op] = {}
        waiting = [] if number is None else [number]
        while waiting:
            current = waiting.pop()
            op = self.by_number.get(current)
            if op is None or current in found:
                continue
            found[current] = op
            if op.name not in SHAPE_ONLY:
                waiting.extend(op.inputs)
        return [found[n] for n in sorted(found, reverse=True)]

    def users(self, number: int) -> list[Op]:
        """The operations that take a result."""
        return [op for op in self.ops if number in op.inputs]

    def origin(self, op: Op | None, through: Collection[str] = SHAPING) -> Op | None:
        """The operation that made the numbers: back through those that only give them another shape."""
        seen = 0
        while op is not None and op.name in through and op.inputs and seen < 200:
            op, seen = self.op(op.inputs[0]), seen + 1
        return op

    def learns(self, op: Op) -> bool:
        """Whether a result depends on any parameter, also where no gradient can flow."""
        return any(found.kind == "parameter" for found in self.behind(op.number))

    def fitted(self, ops: list[Op]) -> Op | None:
        """Of what meets in a loss, the one that learns; of several, the first that a gradient flows into.

        What a network says under no_grad, as the target network of Q-learning, is what the other is fitted to.
        """
        learned = [op for op in ops if self.learns(op)]
        heard = (op for op in learned if op.output is not None and op.output.requires_grad)
        return next(heard, next(iter(learned), None))

    def chain(self, op: Op | None) -> Iterator[Op]:
        """An operation and its first inputs that depend on a parameter, back to the model's input."""
        seen: set[int] = set()
        while op is not None and op.number not in seen:
            seen.add(op.number)
            yield op
            candidates = [i for i in self.inputs(op) if i.kind == "op" and self.learns(i)]
            op = candidates[0] if candidates else None

    @cached_property
    def losses(self) -> list[Op]:
        """The operations where prediction and target meet on the way to the root, by name or by structure."""
        behind = self.behind(self.root)
        named = [op for op in behind if op.name in LOSS_NAMES]
        if named:
            return named
        return [op for op in behind if op.kind == "op" and len(op.inputs) >= 2 and self._meets_target(op)]

    def _meets_target(self, op: Op) -> bool:
        """An elementwise operation on a prediction and something that no parameter is behind, of its shape."""
        if op.name in LINEAR or op.module_kind:
            return False
        inputs = self.inputs(op)
        learned = [i for i in inputs if self.learns(i) and i.kind == "op"]
        given = [i for i in inputs if not self.learns(i)]
        return bool(learned) and any(g.output and len(g.output.shape) >= 1 for g in given)


LOSS_NAMES = frozenset(
    [
        "cross_entropy",
        "nll_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "kl_div",
        "poisson_nll_loss",
        "multi_margin_loss",
        "multilabel_soft_margin_loss",
        "soft_margin_loss",
        "multilabel_margin_loss",
        "gaussian_nll_loss",
        "ctc_loss",
        "hinge_embedding_loss",
        "triplet_margin_loss",
        "cosine_embedding_loss",
    ]
)
