"""The verdict as one offline HTML page, made of the report's parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from vitreous.doctor.verdict import Finding, Proof, Rejected, Verdict
from vitreous.errors import UsageError
from vitreous.record import places
from vitreous.record.evidence import Evidence
from vitreous.report import numbers, values
from vitreous.report.blocks import Block, Bullets, Code, Facts, Paragraph, Section, Table
from vitreous.report.page import fill
from vitreous.report.sections.drawn import line_figure

_AROUND = 4  # lines of code shown on each side
_MOST_LAYERS = 12

_WORDS = {
    "healthy": "Nothing wrong was found.",
    "faulty": "Something is wrong; what to change first stands first.",
    "crashed": "The script stopped with an error.",
}


def write(verdict: Verdict, evidence: Evidence, path: Path) -> None:
    """Writes the page.

    Args:
        verdict: What to show.
        evidence: What it stands on.
        path: The file.

    Raises:
        UsageError: if the file cannot be written.
    """
    try:
        path.write_text(render(verdict, evidence), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the page could not be written: {error.strerror or error}", where=str(path)
        ) from error


def render(verdict: Verdict, evidence: Evidence) -> str:
    """The page as text."""
    from vitreous import __version__

    return fill(
        kind="Diagnosis",
        source="one observed run of this script and the experiments on it",
        title=Path(verdict.script).name,
        summary=_WORDS[verdict.verdict],
        state="",
        problems=[],
        headline=None,
        sections=_sections(verdict, evidence),
        version=__version__,
    )


def _sections(verdict: Verdict, evidence: Evidence) -> list[Section]:
    found = [_finding(number, finding) for number, finding in enumerate(verdict.findings, start=1)]
    parts = [*found, _observed(evidence)]
    if verdict.crash:
        facts = [(name, values.text(fact, 500)) for name, fact in verdict.crash]
        parts.insert(0, Section("crash", "The error that ended it", [Facts(facts)]))
    if verdict.rejected:
        parts.append(Section("rejected", "Suspected and not confirmed", _rejected(verdict.rejected)))
    if verdict.not_checked:
        items = [(None, "", values.text(line, 400)) for line in verdict.not_checked]
        parts.append(Section("not-checked", "Not checked", [Bullets(items)]))
    return parts


def _finding(number: int, finding: Finding) -> Section:
    where = f"{places.name(finding.file)}, line {finding.line}" if finding.line else "no line"
    facts = [("fault", finding.fault), ("severity", finding.severity), ("where", where), ("fix", finding.fix)]
    facts.append(("confidence", f"{100 * finding.confidence:.0f}%"))
    if finding.explains:
        facts.append(("explains", ", ".join(finding.explains)))
    if finding.proof is None:
        sure = "certain from what was seen" if finding.certain else "likely from what was seen"
        facts.append(("proof", f"none: {sure}, and not tried"))
    blocks: list[Block] = [Facts(facts), _evidence(finding)]
    figure = _curves(finding.proof) if finding.proof else None
    if figure is not None:
        blocks.append(figure)
    code = _code(finding)
    if code:
        blocks.append(Code(where, code))
    summary = finding.summary[0].upper() + finding.summary[1:]
    return Section(f"finding-{number}", summary, blocks)


def _evidence(finding: Finding) -> Table:
    """What was seen; the step only where any row has one."""
    rows = [
        [
            values.text(row.what, 200),
            values.text(f"{row.value} {row.unit}", 100),
            "" if row.step is None else f"{row.step:,}",
        ]
        for row in finding.evidence
    ]
    columns = ["what was seen", "value", "step"]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return Table(columns, rows, "Evidence", right=frozenset({2}))


def _curves(proof: Proof) -> Block | None:
    every = max(1, proof.steps // max(1, len(proof.as_written)))
    series = {
        name: [(float(i * every), v) for i, v in enumerate(line) if v is not None and math.isfinite(v)]
        for name, line in (("as written", proof.as_written), ("with the change", proof.with_fix))
    }
    seeds = f"mean over {proof.seeds} seeds decides" if proof.seeds > 1 else "same seed"
    caption = f"The same script twice, {seeds}, {proof.steps} steps; only this was changed: {proof.changed}."
    return line_figure("Proof", series, x="step", y=proof.metric, caption=caption)


def _code(finding: Finding) -> str:
    """The lines around the finding's."""
    if not finding.file or finding.line is None:
        return ""
    lines = places.text(finding.file).splitlines()
    first = max(1, finding.line - _AROUND)
    last = min(len(lines), finding.line + _AROUND)
    return "\n".join(
        f"{'>' if n == finding.line else ' '} {n:4}  {lines[n - 1]}" for n in range(first, last + 1)
    )


def _observed(evidence: Evidence) -> Section:
    """The script as it ran: loss, gradients by layer."""
    blocks: list[Block] = []
    losses = {
        "training": [
            (float(s.number), s.loss) for s in evidence.steps if s.loss is not None and math.isfinite(s.loss)
        ]
    }
    untrained = [
        (float(row.step), row.value)
        for row in evidence.losses
        if not row.trained and math.isfinite(row.value)
    ]
    if untrained:
        losses["evaluation"] = untrained
    figures = (
        line_figure("Loss", losses, x="step", y="loss"),
        line_figure("Gradient by layer", _gradients(evidence), x="step", y="norm", log=True),
    )
    blocks += [figure for figure in figures if figure is not None]
    lead = f"{numbers.count(len(evidence.steps))} steps in {evidence.seconds:.1f} s."
    return Section("observed", "The script as it ran", blocks or [Paragraph("No step was seen.")], lead)


def _gradients(evidence: Evidence) -> dict[str, list[tuple[float, float]]]:
    """Gradient norms of weights over recorded steps, from the input on; evenly chosen where there are many."""
    weights = [p for p in evidence.parameters.values() if len(p.shape) > 1 and p.norms]
    kept = values.evenly(weights, _MOST_LAYERS)
    return {f"{p.name}": [(float(step), norm) for step, norm in p.norms if 0 < norm < math.inf] for p in kept}


def _rejected(rejected: Sequence[Rejected]) -> list[Block]:
    blocks: list[Block] = [
        Table(["fault", "why not"], [[r.fault, values.text(r.why, 300)] for r in rejected])
    ]
    figures = [_curves(r.proof) for r in rejected if r.proof is not None]
    return [*blocks, *(figure for figure in figures[:6] if figure is not None)]
