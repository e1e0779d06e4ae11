"""The verdict in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vitreous.doctor import reading
from vitreous.doctor.verdict import Finding, Verdict
from vitreous.record import places
from vitreous.record.places import Place
from vitreous.report import values

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

_STYLE = {"error": "bold red", "warning": "bold yellow", "note": "bold"}
_SHOWN_ROWS = 2
_UNKNOWN = "not known: it was made before the watching began, or by none of your own lines"
WIDTH = 80  # where there is no terminal that has one


def shown(verdict: Verdict, *, verbose: bool = False) -> Group:
    """A verdict as something Rich prints.

    Args:
        verdict: What to show.
        verbose: Also all evidence, rejected suspects, and what was not checked.
    """
    from rich.console import Group
    from rich.text import Text

    parts: list[Text | Table] = []
    name = values.text(
        Path(verdict.script).name, 100
    )  # no escape sequence of a file's name reaches the terminal
    if not verdict.findings:
        parts.append(_nothing(verdict, name))
    found = bool(verdict.seen.get("crash_found"))  # the first finding says why it stopped
    if verdict.crash and verdict.findings and not found:
        parts.append(_nothing(verdict, name))
    if verdict.crash and (verbose or not found):
        parts.append(_crash(verdict))
    for number, finding in enumerate(verdict.findings):
        first = number == 0 and (found or not verdict.crash)
        if parts:
            parts.append(Text())
        parts += _finding(finding, name, verbose=verbose, first=first, state=verdict)
    puzzled = not verdict.findings and verdict.seen.get("learned") == "nothing"
    if (verbose or puzzled) and verdict.rejected:
        parts += [Text(), Text("Suspected and not confirmed:", style="bold")]
        parts.append(_pairs([(r.fault, r.why) for r in verdict.rejected]))
    if verdict.not_checked and (verbose or not verdict.findings):
        parts += [Text(), Text("Not checked:", style="bold")]
        parts.append(_pairs([("–", line) for line in verdict.not_checked]))
    seen = verdict.seen
    parts += [
        Text(),
        Text(f"{seen.get('steps', 0)} steps looked at, {verdict.seconds:.0f} s in all.", style="dim"),
    ]
    return Group(*parts)


def plain(verdict: Verdict, *, verbose: bool = False) -> str:
    """The same as text without colour, in lines of at most `WIDTH` columns with nothing behind their last word."""
    from rich.console import Console

    console = Console(width=WIDTH, color_system=None, highlight=False, force_jupyter=False)
    with console.capture() as captured:
        console.print(shown(verdict, verbose=verbose))
    return "\n".join(line.rstrip() for line in captured.get().rstrip().splitlines())


def _nothing(verdict: Verdict, name: str) -> Text:
    from rich.text import Text

    if verdict.verdict == "crashed":
        return Text(f"{name} stopped with an error.", style="bold red")
    if verdict.seen.get("learned") == "nothing":
        return Text(
            f"{name} does not learn, and no cause was found that could be proven.", style="bold yellow"
        )
    if not verdict.seen.get("steps") and not verdict.seen.get("backwards"):
        return Text(f"{name}: no training was seen, and nothing wrong in what was.", style="bold yellow")
    return Text(f"{name}: nothing wrong was found.", style="bold green")


def _crash(verdict: Verdict) -> Table:
    return _pairs(verdict.crash)


def _pairs(rows: Sequence[tuple[str, str]]) -> Table:
    """Names, dim, and what there is to say of each; long lines go on below their own beginning."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, said in rows:
        table.add_row(Text(f"  {values.text(name, 60)}"), Text(values.text(said, 2000, lines=True)))
    return table


def _finding(
    finding: Finding, name: str, *, verbose: bool, first: bool, state: Verdict
) -> list[Text | Table]:
    from rich.table import Table
    from rich.text import Text

    style = _STYLE[finding.severity]
    lead = f"{name} {_what(finding, state)}: " if first else "also: "
    head = Table.grid(expand=True, padding=(0, 1, 0, 0), pad_edge=False)
    head.add_column(ratio=1)
    head.add_column(justify="right", no_wrap=True)
    head.add_row(
        Text(f"{lead}{values.text(finding.summary, 300)}.", style=style), Text(finding.fault, style="dim")
    )
    where = f"line {finding.line}" if finding.line else "line"
    place = Place(finding.file, finding.line) if finding.line else None
    if place is not None and values.text(places.name(place.file), 100) != name:
        where = str(place)
    code = reading.code_at(place) if place is not None else _UNKNOWN
    rows = [(where, code)]
    for row in finding.evidence if verbose else finding.evidence[:_SHOWN_ROWS]:
        at = f" (step {row.step})" if row.step is not None else ""
        rows.append(("seen", f"{row.what}: {row.value} {row.unit}".rstrip() + at))
    rows += [("fix", finding.fix), ("proof", _proof(finding))]
    if finding.explains:
        rows.append(("explains", " · ".join(finding.explains)))
    return [head, _pairs(rows)]


def _what(finding: Finding, verdict: Verdict) -> str:
    """What is said of the script before the cause: as much as was measured, whatever the fault's severity."""
    if verdict.verdict == "crashed":
        return "stops with an error"
    learned = verdict.seen.get("learned", "")
    if finding.severity == "note" and learned != "nothing":
        return "could do better"
    if finding.stage == "evaluation":
        return "reports wrong figures"
    if learned == "nothing" or (not learned and finding.severity == "error"):
        return "does not learn"
    if finding.severity == "error":
        return "learns little" if learned == "little" else "learns, but not as it should"
    return "learns worse than it could"


def _proof(finding: Finding) -> str:
    """Both runs: where they begin and where they end."""
    proof = finding.proof
    if proof is None:
        sure = "certain from what was seen" if finding.certain else "likely from what was seen"
        return f"none: {sure}, and not tried"
    seeds = f"mean of {proof.seeds} seeds" if proof.seeds > 1 else "same seed"
    lines = [f"{seeds}, {proof.steps} steps, {proof.metric}"]
    names = ("as written", "with the fix")
    for name, curve in zip(names, (proof.as_written, proof.with_fix), strict=True):
        lines.append(f"{name:<13} {_ends(curve) if curve else 'it stops at once'}")
    return "\n".join(lines) + f"   ({proof.changed})"


def _ends(curve: list[float | None]) -> str:
    width = max(1, len(curve) // 6)
    known = [v for v in curve[-width:] if v is not None]
    end = f"{sum(known) / len(known):.3g}" if len(known) == len(curve[-width:]) and known else "nan"
    start = f"{curve[0]:.3g}" if curve and curve[0] is not None else "nan"
    return f"{start} → {end}"
