"""The fix as a unified diff, where it is mechanical."""

from __future__ import annotations

import difflib
from collections import defaultdict
from pathlib import Path

from vitreous.doctor.fault import Edit
from vitreous.doctor.verdict import Verdict
from vitreous.report import values


def unified(verdict: Verdict) -> str:
    """All mechanical fixes of a verdict as one diff that `patch` or `git apply` take; empty where there is none."""
    by_file: dict[str, list[Edit]] = defaultdict(list)
    for finding in verdict.findings:
        for edit in finding.edits:
            by_file[edit.file].append(edit)
    parts = []
    for file, edits in by_file.items():
        before = Path(file).read_text(encoding="utf-8")
        after = applied(before, edits)
        name = values.text(Path(file).name, 300)
        lines = difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
        )
        parts.append("".join(lines))
    return "".join(parts)


def applied(source: str, edits: list[Edit]) -> str:
    """The source with edits made, the last first so that line numbers hold."""
    lines = source.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda edit: -edit.first):
        text = [f"{line}\n" for line in edit.text.splitlines()]
        lines[edit.first - 1 : max(edit.last, edit.first - 1)] = text
    return "".join(lines)
