"""The corpus as data: where its scripts are, and what is known of each."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SPLITS = ("tune", "opened", "held-out")

# Every fault the doctor can name. The ids are public and never change their meaning.
CATALOGUE = {
    "data": """not-normalized non-finite not-shuffled labels-misaligned class-imbalance split-leak transform-mismatch
        axis-order label-range repeated-batch""",
    "model": """no-nonlinearity dead-units saturated-units bad-init unregistered-parameters disconnected
        mixes-samples output-activation too-small vanishing-gradients exploding-gradients sees-the-future
        tiny-batch-norm ignores-input""",
    "loss": """softmax-before-cross-entropy sigmoid-before-logits-loss logits-into-probability-loss
        mse-for-classification broadcast swapped-arguments not-differentiable keeps-graph log-of-zero""",
    "optim": """no-zero-grad grads-cleared no-step wrong-parameters frozen lr-too-high lr-too-low lr-schedule
        weight-decay-too-high accumulation-scale""",
    "train": "eval-mode overfit too-short dropout-too-high batch-size state-carried mixed-precision",
    "eval": "train-mode tracks-gradients wrong-metric on-training-data",
}
FAULTS = tuple(f"{group}/{name}" for group, names in CATALOGUE.items() for name in names.split())


@dataclass(frozen=True)
class Place:
    """One fault of a script and where its fix goes.

    Attributes:
        fault: its id.
        accept: other ids that are also right.
        lines: first and last line of faulty.py, counted from 1.
        also: further places that the fix touches.
        elsewhere: other places where the same fix could as well be made.
    """

    fault: str
    accept: tuple[str, ...]
    lines: tuple[int, int]
    also: tuple[tuple[int, int], ...]
    elsewhere: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Case:
    """One folder of cases/ or several/, or one script of healthy/.

    Attributes:
        name: of the folder or script.
        kind: "cases", "several" or "healthy".
        known: all that its .toml says.
    """

    name: str
    kind: str
    known: dict[str, Any]

    @property
    def toml(self) -> Path:
        """The file that says what is known."""
        base = FOLDER / self.kind
        return base / f"{self.name}.toml" if self.kind == "healthy" else base / self.name / "expected.toml"

    @property
    def scripts(self) -> dict[str, Path]:
        """Its scripts by the key of the result that each must print."""
        if self.kind == "healthy":
            return {"result": self.toml.with_suffix(".py")}
        folder = self.toml.parent
        return {"faulty_result": folder / "faulty.py", "fixed_result": folder / "fixed.py"}

    @property
    def places(self) -> list[Place]:
        """Its faults; of a healthy script none."""
        tables = {"cases": [self.known], "several": self.known.get("faults", []), "healthy": []}[self.kind]
        return [
            Place(
                fault=table["fault"],
                accept=tuple(table.get("accept", [])),
                lines=(table["lines"][0], table["lines"][1]),
                also=tuple((first, last) for first, last in table.get("also", [])),
                elsewhere=tuple((first, last) for first, last in table.get("elsewhere", [])),
            )
            for table in tables
        ]

    @property
    def split(self) -> str:
        """Whether thresholds may be tuned on it: "tune", "held-out", or "opened": held out once, then looked at."""
        return str(self.known["split"])

    def changes(self) -> list[tuple[int, int]]:
        """Which lines of faulty.py the fix replaces; for an insertion the two lines around it."""
        faulty, fixed = (path.read_text(encoding="utf-8").splitlines() for path in self.scripts.values())
        matcher = difflib.SequenceMatcher(None, faulty, fixed, autojunk=False)
        return [
            (start + 1, end) if end > start else (start, start + 1)
            for tag, start, end, _, _ in matcher.get_opcodes()
            if tag != "equal"
        ]


def load(kind: str | None = None) -> list[Case]:
    """All cases of one kind, or of all kinds, by name.

    Raises:
        ValueError: a .toml that cannot be read, with its path.
    """
    found = []
    for each in (kind,) if kind else ("cases", "several", "healthy"):
        pattern = "*.toml" if each == "healthy" else "*/expected.toml"
        for path in sorted((FOLDER / each).glob(pattern)):
            try:
                known = tomllib.loads(path.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise ValueError(f"{path}: {error}") from error
            found.append(Case(path.stem if each == "healthy" else path.parent.name, each, known))
    return found
