"""Cross-entropy in a program that has squared errors of classes, numbered, one-hot or two: for experiments."""

from __future__ import annotations

from typing import Any

from vitreous.doctor.change import Listener, SkipOp, hold
from vitreous.record.events import Backward, Constructed, LossCall, ModuleCall, OpCall, OptimizerEvent

LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")


class Outputs(Listener):
    """As many outputs as classes beside a layer with one, and cross-entropy on them.

    What the record sees as the prediction is the number of the class with the largest output.
    """

    def __init__(self, file: str, line: int, classes: int, first: int) -> None:
        self.file, self.line, self.classes, self.first = file, line, classes, first
        self._heads: list[Any] = []
        self._optimizers: list[Any] = []
        self._other: Any = None
        # what trains them where the program has no optimizer of torch's, as with Keras
        self._own: Any = None
        self._logits: Any = None

    def module_made(self, event: Constructed) -> None:
        """A layer of the line."""
        if event.place is not None and (event.place.file, event.place.line) == (self.file, self.line):
            self._heads.append(event.module)

    def optimizer_made(self, event: OptimizerEvent) -> None:
        """What trains it will train the outputs beside it."""
        self._optimizers.append(event.optimizer)

    def module_end(self, event: ModuleCall) -> None:
        """The outputs beside that layer, made at its first call."""
        import torch

        head = event.module
        sizes = (getattr(head, name, None) for name in ("out_features", "out_channels", "units"))
        outputs = next((size for size in sizes if size is not None), None)
        if not any(known is head for known in self._heads) or outputs != 1:
            return
        of_keras = hasattr(head, "units")
        if self._other is None and (self._optimizers or of_keras):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                self._other = _wider(head, self.classes, event.args[0]).to(event.output)
            if of_keras:
                self._own = torch.optim.Adam(self._other.parameters())
            else:
                hold(self._optimizers[0], list(self._other.parameters()))
        self._logits = self._other(event.args[0]) if self._other is not None else None
        if self._logits is not None and hasattr(head, "out_channels"):
            self._logits = self._logits.movedim(1, -1)

    def backward_end(self, event: Backward) -> None:
        """A step of the outputs that no optimizer of the program knows."""
        if self._own is not None:
            self._own.step()
            self._own.zero_grad()

    def loss_begin(self, event: LossCall) -> None:
        """Cross-entropy on them; for the record, the number of the class that is answered."""
        import torch

        logits, target = self._logits, event.target
        if event.name not in LOSSES or logits is None or target.numel() * self.classes != logits.numel():
            return
        logits = logits.reshape(-1, self.classes)
        wanted = (target.reshape(-1).round().long() - self.first).clamp(0, self.classes - 1)
        event.input = (logits.argmax(1) + self.first).to(target).view(target.shape)
        event.replace(torch.nn.functional.cross_entropy(logits, wanted))


class OutputsInGradient(Outputs):
    """The same where the squared difference is written out: the gradient is that of cross-entropy.

    The value stays the squared difference, now of the class that has the largest output.
    """

    def __init__(self, difference: list[Any], **settings: Any) -> None:
        super().__init__(**settings)
        self.difference = difference
        self._losses: list[Any] = []

    def op_begin(self, event: OpCall) -> None:
        """The difference, of the class that is answered."""
        import torch

        place = event.place if event.name == self.difference[0] else None
        if place is None or [place.file, place.line] != self.difference[1:] or self._logits is None:
            return
        said, meant = event.args[:2]
        if not said.requires_grad and meant.requires_grad:
            said, meant = meant, said
        if meant.numel() * self.classes != self._logits.numel():
            return
        logits = self._logits.reshape(-1, self.classes)
        if torch.is_grad_enabled():
            wanted = (meant.reshape(-1).round().long() - self.first).clamp(0, self.classes - 1)
            self._losses.append(torch.nn.functional.cross_entropy(logits, wanted))
        answer = (logits.argmax(1) + self.first).to(said).view(said.shape)
        event.args = tuple(answer + 0 * said if given is said else given for given in event.args)

    def backward_begin(self, event: Backward) -> None:
        """What was put aside joins the gradient."""
        _in_gradient(event, self._losses)


def _in_gradient(event: Backward, losses: list[Any]) -> None:
    """A backward pass that begins from other losses as well, whose value counts as nothing."""
    if losses:
        loss = sum(losses) / len(losses)
        event.roots = [event.roots[0] + (loss - loss.detach()), *event.roots[1:]]
    losses.clear()


class MoreOutputs(Listener):
    """Outputs beside the last layer, for classes that it has none for, as soon as a label asks for one."""

    def __init__(self) -> None:
        self._head: Any = None
        self._given: Any = None  # what the head was called with last
        self._beside: list[Any] = []
        self._optimizers: list[Any] = []

    def optimizer_made(self, event: OptimizerEvent) -> None:
        """What trains the head will train the outputs beside it."""
        self._optimizers.append(event.optimizer)

    def module_end(self, event: ModuleCall) -> None:
        """The last layer with weights that ran."""
        if hasattr(event.module, "out_features") or hasattr(event.module, "out_channels"):
            self._head, self._given = event.module, event.args[0] if event.args else None

    def loss_begin(self, event: LossCall) -> None:
        """Scores of all classes there are labels of."""
        import torch

        if event.name != "cross_entropy" or self._head is None or event.target.is_floating_point():
            return
        there = event.input.shape[1] + sum(self._outputs(layer) for layer in self._beside)
        missing = int(event.target.max()) + 1 - there
        if missing > 0:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                self._beside.append(_wider(self._head, missing, self._given).to(event.input))
            for optimizer in self._optimizers[:1]:
                hold(optimizer, list(self._beside[-1].parameters()))
        more = [self._like(event.input, layer(self._given)) for layer in self._beside]
        event.input = torch.cat([event.input, *more], 1)

    def _outputs(self, layer: Any) -> int:
        return int(getattr(layer, "out_features", 0) or layer.out_channels)

    def _like(self, scores: Any, more: Any) -> Any:
        """Scores of further classes in the axes of those that the loss was given: class behind sample."""
        if hasattr(self._head, "out_features") and scores.ndim > 2:
            return more.movedim(-1, 1)
        return more.reshape(-1, more.shape[-1]) if scores.ndim == 2 else more


def _wider(head: Any, outputs: int, given: Any) -> Any:
    """A new layer like a linear one (Keras's is called Dense) or a convolution with so many outputs."""
    import torch

    if not hasattr(head, "out_channels"):
        return torch.nn.Linear(given.shape[-1], outputs)
    return type(head)(
        head.in_channels, outputs, head.kernel_size, head.stride, head.padding, head.dilation,
        padding_mode=head.padding_mode,
    )  # fmt: skip


class InGradient(SkipOp):
    """The gradient of cross-entropy instead of that of a squared difference, whose value stays what it is.

    So the two runs are compared by the same figure: the squared error of probabilities.
    """

    def __init__(self, difference: list[Any], skip: list[Any] | None, two: bool = False) -> None:
        super().__init__(*(skip or ["", "", 0]))
        self.difference, self.two = difference, two
        self._losses: list[Any] = []

    def op_begin(self, event: OpCall) -> None:
        """The difference, of the probabilities."""
        import torch

        super().op_begin(event)
        place = event.place if event.name == self.difference[0] else None
        if place is None or [place.file, place.line] != self.difference[1:]:
            return
        said, meant = event.args[:2]
        if not said.requires_grad and meant.requires_grad:
            said, meant = meant, said
        if not isinstance(said, torch.Tensor) or said.shape != meant.shape:
            return
        found = self._of_two(said, meant) if self.two else self._of_rows(said, meant)
        if found is None:
            return
        loss, changed = found
        if torch.is_grad_enabled():
            self._losses.append(loss)
        event.args = tuple(changed if given is said else given for given in event.args)

    def _of_two(self, said: Any, meant: Any) -> tuple[Any, Any]:
        """Binary cross-entropy, and the probabilities of yes."""
        import torch

        loss = torch.nn.functional.binary_cross_entropy_with_logits(said, meant.to(said))
        return loss, said.detach().sigmoid()

    def _of_rows(self, said: Any, meant: Any) -> tuple[Any, Any] | None:
        """Cross-entropy of one-hot rows, and the probabilities; None where the targets are no such rows."""
        import torch

        axis = next((a for a in (-1, 1) if bool((meant.sum(a) == 1).all())), None)
        if axis is None:
            return None
        rows, wanted = said.movedim(axis, -1).flatten(0, -2), meant.argmax(axis).flatten()
        return torch.nn.functional.cross_entropy(rows, wanted), said.detach().softmax(axis)

    def backward_begin(self, event: Backward) -> None:
        """What was put aside joins the gradient."""
        _in_gradient(event, self._losses)
