"""What the findings of a run say, by the layers that they name."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from vitreous.errors import VitreousError
from vitreous.report import values
from vitreous.report.layers import named_in
from vitreous.training.run import Run

MOST = 8


@dataclass(frozen=True)
class Mark:
    """A finding of the run.

    Attributes:
        fault: Its id.
        said: What is wrong, and the fix.
        layers: Those that it names; often none.
    """

    fault: str
    said: str
    layers: tuple[str, ...]


def marks_of(run: Run) -> list[Mark]:
    """The findings of a run; none where its result cannot be read, which whoever asks for it is told."""
    try:
        findings = values.mappings(run.result.get("findings"))[:MOST]
    except VitreousError:
        return []
    layers = {name: _has_weights(m) for name, m in run.model.named_modules() if name and _speaks(m)}
    found = []
    for finding in findings:
        summary, fix = (values.text(finding.get(key), 300) for key in ("summary", "fix"))
        said = f"{summary}; fix: {fix}" if fix else summary
        found.append(Mark(values.text(finding.get("fault"), 80), said, tuple(named_in(finding, layers))))
    return found


def _has_weights(module: nn.Module) -> bool:
    return any(True for _ in module.parameters(recurse=False))


def _speaks(module: nn.Module) -> bool:
    """Whether a finding may name it: it has parameters of its own, or nothing inside."""
    return _has_weights(module) or not list(module.children())
