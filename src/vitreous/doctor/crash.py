"""What stands behind an exception: the operation, the tensors it was given, and what is usually the matter."""

from __future__ import annotations

import re
from pathlib import Path

from vitreous.doctor.fault import Suspicion
from vitreous.record.dataflow import Op, Trace
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Crash, TensorFacts

# The exception's text, and what to do; the first that fits. None of them is a fault of the catalogue by itself.
_HINTS = (
    (r"shapes cannot be multiplied|size mismatch|expected input\[.*\] to|Expected .*dimensional|must match the size",
     "the layer expects other sizes than it is given: compare the shapes above with its constructor"),
    (r"expected .*(Float|Double|Long|Half|Int|BFloat16)|same dtype|found dtype|not implemented for '",
     "convert with .float() (inputs, regression targets) or .long() (class numbers)"),
    (r"same device|Expected all tensors to be on|is on cpu|cuda:\d+ and cpu",
     "move the model and every batch to one device: model.to(device), x.to(device)"),
    (r"backward through the graph a second time",
     "a tensor of an earlier step is used again: detach what is carried from batch to batch (h = h.detach())"),
    (r"modified by an inplace operation",
     "an operation that ends in _ (or +=) changed what backward needs: use the one that returns a new tensor"),
    (r"does not require grad",
     "no parameter that learns is behind the loss: look for detach, no_grad, .item(), argmax or requires_grad=False"),
    (r"can be implicitly created only for scalar",
     "reduce the loss to one number with .mean() before backward()"),
    (r"got an empty parameter list",
     "the model registers no parameters: hold its layers in nn.ModuleList or as attributes"),
    (r"index out of range in self",
     "a token number is not below num_embeddings: enlarge the embedding or look at the ids"),
    (r"out of memory|DefaultCPUAllocator", "use a smaller batch, and keep no losses with their graphs (loss.item())"),
    (r"must be the same|does not match|must match", "bring both tensors to the same shape"),
    (r"^SystemExit.*(arguments? (are|is) required|following arguments)",
     "the script wants arguments of its own: vitreous doctor SCRIPT.PY ITS ARGUMENTS"),
    (r"^EOFError", "give the answer as an argument of the script, or by default: nobody is there to type it"),
    (r"^ModuleNotFoundError", "install the module in the environment that vitreous runs in"),
    (r"^SyntaxError|^IndentationError", "Python itself cannot read the script: mend this line first"),
)  # fmt: skip


# Exceptions of training itself: what is found wrong with it stands behind them. Others may have nothing to do with it.
_OF_TRAINING = re.compile(
    r"does not require grad|second time|in-?place operation|empty parameter list|\bnan\b|\binf|not finite|diverg",
    re.I,
)


def accounts_for(suspicion: Suspicion, crash: Crash | None) -> bool:
    """Whether a fault is why the script stopped: it is at a line of the trail, or was named for what PyTorch said."""
    if crash is None:
        return False
    said = any(row.what.startswith("PyTorch") for row in suspicion.evidence)
    in_trail = suspicion.place is not None and any(
        (place.file, place.line) == (suspicion.place.file, suspicion.place.line) for place in crash.places
    )
    return said or in_trail or _OF_TRAINING.search(crash.message) is not None


def explained(evidence: Evidence) -> list[tuple[str, str]]:
    """Names and facts about the crash, for people; empty where there was none."""
    crash = evidence.crash
    if crash is None:
        return []
    facts = [("error", f"{crash.kind}: {crash.message.splitlines()[0][:300] if crash.message else ''}")]
    if crash.places:
        place = crash.places[0]
        inside = f", in {place.function}" if place.function not in ("", "<module>") else ""
        facts.append(("where", f"{place}{inside}, {crash.phase}, after {crash.step} steps"))
    trace, op = _failed(evidence)
    if trace is not None and op is not None:
        facts.append(("operation", op.name + (f" in {op.module_kind} {op.module}" if op.module_kind else "")))
        facts += [(f"given {i}", _tensor(given)) for i, given in enumerate(trace.inputs(op)[:4], start=1)]
    said = f"{crash.kind}: {crash.message}"
    hint = next((hint for pattern, hint in _HINTS if re.search(pattern, said)), None)
    if hint:
        facts.append(("usually", hint))
    return facts


def exit_message(message: str, folder: Path) -> str:
    """What a script said when it left by sys.exit with a number: the last line of its standard error.

    argparse exits with 2 and says why only there.
    """
    place = folder / "stderr.txt"
    lines = (
        place.read_text(encoding="utf-8", errors="replace").strip().splitlines() if place.is_file() else []
    )
    return f"{lines[-1].strip()[:300]} (status {message})" if lines and message.isdigit() else message


def _failed(evidence: Evidence) -> tuple[Trace | None, Op | None]:
    number = evidence.crash.op if evidence.crash else None
    for trace in reversed(evidence.traces):
        op = trace.op(number)
        if op is not None:
            return trace, op
    return None, None


def _tensor(op: Op) -> str:
    found: TensorFacts | None = op.output
    if found is None:
        return op.name
    said = f"{found.shape} {found.dtype} on {found.device}"
    if found.minimum is not None and found.maximum is not None:
        said += f", {found.minimum:.4g} to {found.maximum:.4g}"
    source = (
        "a parameter" if op.kind == "parameter" else f"from {op.name}" if op.kind == "op" else "from outside"
    )
    return f"{said}, {source}" + (f" ({op.place})" if op.place else "")
