"""What the doctor found wrong with the training, right behind the outcome."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from vitreous.report import values
from vitreous.report.blocks import Block, Facts, Section, Table
from vitreous.report.layers import named_in
from vitreous.report.run_files import RunFiles

_MOST = 8


def findings(run: RunFiles) -> list[Section]:
    """A section with each finding; none where nothing was found."""
    found = values.mappings(run.result.get("findings"))[:_MOST]
    blocks = [block for finding in found for block in _finding(finding, run)]
    lead = "Seen in the first steps and in the record of this run; nothing was run again to prove it."
    return [Section("findings", "What is wrong with it", blocks, lead)] if blocks else []


def _finding(finding: dict[str, Any], run: RunFiles) -> list[Block]:
    line = values.whole(finding.get("line"))
    file = Path(values.text(finding.get("file"), 300)).name
    facts = [
        ("what", values.text(finding.get("summary"), 300)),
        ("fault", values.text(finding.get("fault"), 80)),
        ("how sure", "certain from what was seen" if finding.get("certain") is True else "likely, not proven"),
        ("where", f"{file}, line {line}" if line is not None and file else ""),
        ("fix", values.text(finding.get("fix"), 300)),
        *_layers(finding, run),
        ("explains", ", ".join(values.text(name, 80) for name in values.sequence(finding.get("explains"))[:8])),
    ]  # fmt: skip
    rows = [
        [values.text(row.get("what"), 120), values.text(f"{row.get('value')} {row.get('unit') or ''}", 80)]
        for row in values.mappings(finding.get("evidence"))[:8]
    ]
    blocks: list[Block] = [Facts([(name, fact) for name, fact in facts if fact])]
    return [*blocks, Table(["what was seen", "value"], rows)] if rows else blocks


def _layers(finding: dict[str, Any], run: RunFiles) -> list[tuple[str, str]]:
    """The layers that it names, and the command that shows their numbers."""
    recorded = values.mapping(run.record[-1].get("layers")) if run.record else {}
    weights = {name: "weight_norm" in values.mapping(about) for name, about in recorded.items()}
    layers = [values.text(name, 80) for name in named_in(finding, weights)[:8]]
    if not layers:
        return []
    folder = shlex.quote(values.text(run.folder, 300) or "RUN")
    return [("layers", ", ".join(layers)), ("see them", f"vitreous look {folder} --html look.html")]
