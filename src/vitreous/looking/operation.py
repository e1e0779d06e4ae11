"""What an operation by hand is: a formula, forward and backward in NumPy, and the sum behind each element.

Each file in `looking/ops` holds one, a class derived from `Operation` here (or from `Elementwise` or
`Rearrangement`, which most are). The parameters of its ``forward`` are named as torch names them, so that
a recorded call can be bound to it; tensors arrive as arrays, everything else as it was given.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Index: TypeAlias = tuple[int, ...]

# How calls of the same operation differ in spelling, and what changes no number (the result's type is taken from
# torch).
SPELLINGS = {"self": "input", "axis": "dim", "keepdims": "keepdim", "x1": "input", "x2": "other"}
BESIDES = ("out", "dtype", "device", "layout", "memory_format", "generator", "pin_memory", "requires_grad")


@dataclass(frozen=True)
class Term:
    """One line of an opened element.

    Attributes:
        text: What it is: ``input[0, 3] · weight[2, 3]``.
        factors: The numbers that are multiplied.
        value: Their product.
    """

    text: str
    factors: tuple[float, ...]
    value: float


@dataclass(frozen=True)
class Opened:
    """One element of an output (or of a gradient), opened to what it is made of.

    Attributes:
        formula: How the terms make the value.
        terms: In order.
        value: What comes out.
        how: "sum": the value is the sum of the terms; "steps": each term is worked out from those before
            it, the last is the value; "chosen": the value is one of the terms.
    """

    formula: str
    terms: tuple[Term, ...]
    value: float
    how: str = "sum"


@dataclass(eq=False)
class Operation:
    """One call of an operation. Forward may leave in ``saved`` what backward needs.

    Attributes:
        names: What torch calls it, without the underscore of operations in place.
        title: Its name in words.
        formula: Forward, on one line.
        derivative: Backward, on one line.
        multilinear: Whether the output is a sum of products of the inputs: then the same sums over
            magnitudes bound what rounding may do to a result whose terms cancel.
        computes: False where there is nothing to recompute: numbers drawn at random, or made from nothing.
        shaped: Whether a call is bound with the output's shape, however it was worded (``view(2, -1)``).
        use: Of an activation: when one takes it, for docs/activations.md.
        entangled: Whether a later output depends on an earlier one inside of torch: its gradient there counts paths
            twice, and ours is taken.
        replays: Whether it may draw at random: the trace then asks the generator again for the mask.
    """

    names: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str] = ""
    formula: ClassVar[str] = ""
    derivative: ClassVar[str] = ""
    multilinear: ClassVar[bool] = False
    computes: ClassVar[bool] = True
    shaped: ClassVar[bool] = False
    replays: ClassVar[bool] = False
    entangled: ClassVar[bool] = False
    use: ClassVar[str] = ""

    saved: dict[str, Any] = field(default_factory=dict)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The output: an array, or a tuple of arrays."""
        raise NotImplementedError

    def backward(self, grad: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """By parameter name, what the loss changes by with each input, given the same for the output.

        An operation of integers or truths has no gradient: it gives an empty dict.
        """
        return {}

    def open_element(self, index: Index, *args: Any, **kwargs: Any) -> Opened:
        """What the output's element at an index is made of; call forward first."""
        result = self.forward(*args, **kwargs)
        output = result[0] if isinstance(result, tuple) else result
        return Opened(self.formula, (), float(output[index]), "steps")

    def open_gradient(self, name: str, index: Index, grad: Any, *args: Any, **kwargs: Any) -> Opened:
        """What one element of an input's gradient is made of: a term for each output element it reaches.

        Term j is the gradient that came in at output j times the local derivative ∂y_j/∂x, found by
        sending each incoming number back alone; outputs that it does not reach are left out.
        """
        result = self.forward(*args, **kwargs)
        many = isinstance(result, tuple | list)
        outputs = result if many else (result,)
        grads = grad if many else (grad,)
        terms = []
        for place, (output, incoming) in enumerate(zip(outputs, grads, strict=True)):
            if incoming is None:
                continue
            for j in _reached(incoming):
                alone: list[Any] = [None if g is None else np.zeros_like(g) for g in grads]
                alone[place] = np.zeros(output.shape, incoming.dtype)
                alone[place][j] = 1
                slope = self.backward(tuple(alone) if many else alone[0], *args, **kwargs)[name][index]
                if slope:
                    text = f"δ[{', '.join(map(str, j))}] · ∂y/∂{name}"
                    factors = (float(incoming[j]), float(slope))
                    terms.append(Term(text, factors, factors[0] * factors[1]))
        return Opened("Σ δ · ∂y/∂x", tuple(terms), float(sum(term.value for term in terms)))

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """Puts a recorded call's arguments by the names that ``forward`` has for them.

        Raises:
            TypeError: when the call does not fit: it is then not explained by hand.
        """
        signature = signature_of(cls)  # type: ignore[arg-type]
        known = signature.parameters
        named = {SPELLINGS.get(name, name): value for name, value in kwargs.items()}
        named = {name: value for name, value in named.items() if name in known or name not in BESIDES}
        return signature.bind(*args, **named)


MOST_REACHED = 4096


def _reached(incoming: Array) -> list[Index]:
    """The places of the incoming gradient that are not zero, at most 4,096 of them."""
    places = np.argwhere(incoming != 0)[:MOST_REACHED]
    return [tuple(int(i) for i in place) for place in places]


class Elementwise(Operation):
    """y = f(x), element by element: ``value`` is f and ``slope`` its derivative."""

    def value(self, x: Array, *args: Any, **kwargs: Any) -> Array:
        """Computes f(x)."""
        raise NotImplementedError

    def slope(self, x: Array, y: Array, *args: Any, **kwargs: Any) -> Array:
        """Computes f'(x), given y = f(x) too."""
        raise NotImplementedError

    def forward(self, input: Array, *args: Any, **kwargs: Any) -> Array:
        """Applies f."""
        self.saved["y"] = y = self.value(input, *args, **kwargs)
        return y

    def backward(self, grad: Array, input: Array, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """dL/dx = dL/dy · f'(x)."""
        return {"input": grad * self.slope(input, self.saved["y"], *args, **kwargs)}

    def open_element(self, index: Index, input: Array, *args: Any, **kwargs: Any) -> Opened:
        """x, then f(x)."""
        x, y = float(input[index]), float(self.forward(input, *args, **kwargs)[index])
        return Opened(self.formula, (Term("x", (x,), x), Term("y", (y,), y)), y, "steps")

    def open_gradient(
        self, name: str, index: Index, grad: Array, input: Array, *args: Any, **kwargs: Any
    ) -> Opened:
        """The one path: what came in times f'(x)."""
        y = self.forward(input, *args, **kwargs)
        slope = np.broadcast_to(self.slope(input, y, *args, **kwargs), input.shape)
        factors = (float(grad[index]), float(slope[index]))
        term = Term("δ · f′(x)", factors, factors[0] * factors[1])
        return Opened(self.derivative or "dL/dx = dL/dy · f′(x)", (term,), term.value)

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """As the base, without ``inplace``: what is shown is the value, wherever it is kept."""
        return super().bind(args, {name: value for name, value in kwargs.items() if name != "inplace"})


class Rearrangement(Operation):
    """Each output element is a copy of one input element: ``move`` says which by moving anything alike."""

    derivative = "each gradient goes back to where its number came from, and is added there"
    multilinear = True

    def move(self, input: Array, *args: Any, **kwargs: Any) -> Any:
        """Moves the elements of an array; must not look at them."""
        raise NotImplementedError

    def forward(self, input: Array, *args: Any, **kwargs: Any) -> Any:
        """The elements where they now are."""
        return self.move(input, *args, **kwargs)

    def backward(self, grad: Any, input: Array, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Adds up, for every input element, the gradients of its copies."""
        places = self.move(np.arange(input.size).reshape(input.shape), *args, **kwargs)
        pairs = zip(grad, places, strict=True) if isinstance(places, tuple | list) else [(grad, places)]
        total = np.zeros(input.size, input.dtype)
        for incoming, place in pairs:
            if incoming is not None:
                total += np.bincount(np.ravel(place), np.ravel(incoming), input.size).astype(input.dtype)
        return {"input": total.reshape(input.shape)}

    def open_element(self, index: Index, input: Array, *args: Any, **kwargs: Any) -> Opened:
        """Where the number comes from."""
        places = self.move(np.arange(input.size).reshape(input.shape), *args, **kwargs)
        place = int((places[0] if isinstance(places, tuple | list) else places)[index])
        origin = np.unravel_index(place, input.shape)
        value = float(input[origin])
        term = Term(f"input[{', '.join(str(int(i)) for i in origin)}]", (value,), value)
        return Opened(self.formula, (term,), value)


@cache
def signature_of(kind: type[Operation]) -> inspect.Signature:
    """The signature of an operation's forward (of an elementwise one: of its value), without self."""
    method: Any = kind.forward
    if issubclass(kind, Elementwise) and kind.forward is Elementwise.forward:
        method = kind.value
    elif issubclass(kind, Rearrangement) and kind.forward is Rearrangement.forward:
        method = kind.move
    parameters = list(inspect.signature(method).parameters.values())[1:]
    if parameters and parameters[0].name == "x":
        parameters[0] = parameters[0].replace(name="input")
    return inspect.Signature(parameters)


@cache
def all_operations() -> Mapping[str, type[Operation]]:
    """Every operation we know by hand, by each name that torch has for it; found by listing `looking/ops`."""
    from vitreous.looking import ops

    found: dict[str, type[Operation]] = {}
    for info in sorted(pkgutil.iter_modules(ops.__path__), key=lambda info: info.name):
        module = import_module(f"{ops.__name__}.{info.name}")
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, Operation)
                and value.__module__ == module.__name__
            ):
                for name in value.names:
                    found[name] = value
    return found


def unbroadcast(grad: Array, shape: tuple[int, ...]) -> Array:
    """Sums a gradient over the axes along which a number was repeated, back to its shape."""
    if grad.shape == shape:
        return grad
    extra = grad.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        extra + i for i, size in enumerate(shape) if size == 1 and grad.shape[extra + i] != 1
    )
    return grad.sum(axis=axes, keepdims=True).reshape(shape) if axes else grad.reshape(shape)


def at(array: Any, index: Index, shape: tuple[int, ...]) -> float:
    """The element of an operand that broadcasting brings to an index of the output's shape."""
    return float(np.broadcast_to(array, shape)[index])


def without_alpha(text: str, alpha: Any) -> str:
    """A formula of `torch.add` as it was called: nearly always with an alpha of 1, which nobody writes."""
    return text.replace("alpha·", "") if isinstance(alpha, int | float) and alpha == 1 else text


def product(text: str, *factors: float) -> Term:
    """A term that is a product."""
    numbers = tuple(float(factor) for factor in factors)
    return Term(text, numbers, float(np.prod(numbers)))


def ordinary(dims: Any, ndim: int) -> tuple[int, ...]:
    """Axes as torch takes them (None, one, several, from the end) as a tuple counted from 0."""
    if dims is None or dims in ((), []):
        return tuple(range(ndim))
    dims = (dims,) if isinstance(dims, int | np.integer) else tuple(dims)
    return tuple(int(dim) % max(ndim, 1) for dim in dims) if ndim else ()
