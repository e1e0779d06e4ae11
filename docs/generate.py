"""Writes what the docs say of the code from the code: settings, models, figures.

python docs/generate.py           # fills the parts between <!-- name --> and <!-- /name -->
python docs/generate.py --check   # fails when a page is out of date
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any, get_args

from vitreous import models
from vitreous.training.recipe import Recipe

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results"


def settings() -> str:
    """Every setting with its default and meaning, a table a section."""
    parts = []
    for section, info in Recipe.model_fields.items():
        rows = []
        for name, field in info.annotation.model_fields.items():
            default = "" if field.default is None else json.dumps(field.default)
            meaning = field.description or choices(field.annotation)
            rows.append(f"| `{section}.{name}` | {default and f'`{default}`'} | {escape(meaning)} |")
        if section == "model":
            rows.append("| `model.<option>` |  | an option of the network, listed below |")
        parts.append("\n".join(["| setting | default | what it is |", "|---|---|---|", *rows]))
    return "\n\n".join(parts)


def zoo() -> str:
    """The networks with their options, from the builders' signatures."""
    rows = []
    for name in models.names():
        builder = models.builder(name)
        options = [
            f"`{key}={json.dumps(parameter.default)}`"
            for key, parameter in inspect.signature(builder).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        ]
        rows.append(f"| `{name}` | {escape(', '.join(options)) or '–'} |")
    return "\n".join(["| name | options |", "|---|---|", *rows])


def choices(annotation: Any) -> str:
    """The values of a Literal, as a sentence."""
    return ", ".join(str(value) for value in get_args(annotation))


def escape(text: str) -> str:
    """A bar would end the table cell."""
    return text.replace("|", "\\|")


def figures() -> str:
    """Each goal of each benchmark beside what was found, from the committed results."""
    rows = []
    for path in sorted(RESULTS.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        for goal in found.get("goals", []):
            verdict = {True: "yes", False: "**no**"}.get(goal["met"], "not run")
            value = "–" if goal["found"] is None else f"{goal['found']:,.4g}"
            rows.append(
                f"| `{path.stem}` | {escape(goal['name'])} | {goal['wanted']} | {value} | {verdict} |"
            )
    if not rows:
        return "Not measured yet."
    return "\n".join(["| `python -m bench …` | what | goal | found | met |", "|---|---|---|---|---|", *rows])


PARTS = {"docs/train.md": {"settings": settings, "models": zoo}, "README.md": {"figures": figures}}


def fill(text: str, parts: dict[str, Any]) -> str:
    """The page with each part between its two marks replaced."""
    for name, write in parts.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, _, rest = text.partition(start)
        after = rest.partition(end)[2]
        text = f"{before}{start}\n{write()}\n{end}{after}"
    return text


def main() -> int:
    """Fills or checks every page; the exit status says whether one was out of date."""
    stale = 0
    for page, parts in PARTS.items():
        path = ROOT / page
        old = path.read_text(encoding="utf-8")
        new = fill(old, parts)
        if new != old:
            stale = 1
            if "--check" in sys.argv:
                print(f"{page} is out of date: run python docs/generate.py")
            else:
                path.write_text(new, encoding="utf-8")
    return stale if "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
