"""What it was made from and how to use it: data, recipe, environment, commands."""

from __future__ import annotations

import shlex

from vitreous.report import numbers, values
from vitreous.report.blocks import Block, Bullets, Code, Facts, Section
from vitreous.report.run_files import RunFiles

_MOST_NOTES = 60
_RAW_INPUTS = {
    "image": "new-images/",
    "tokens": "new-texts.csv",
    "features": "new-rows.csv",
    "sequence": "new-rows.csv",
}


def data(run: RunFiles) -> list[Section]:
    """What the data are, and what was inferred, dropped or found odd."""
    task = values.mapping(run.preprocessing.get("task"))
    given = values.mapping(run.preprocessing.get("input"))
    shape = " × ".join(numbers.count(size) for size in values.sequence(given.get("shape")))
    names = [values.text(name, 40) for name in values.sequence(task.get("classes"))]
    listed = ", ".join(names[:20]) + (f", … ({numbers.count(len(names))} in all)" if len(names) > 20 else "")
    facts = [
        ("source", values.text(run.preprocessing.get("kind"), 60)),
        ("input", " ".join(part for part in (values.text(given.get("kind"), 40), shape) if part)),
        ("vocabulary", numbers.count(given["vocabulary"]) if values.number(given.get("vocabulary")) else ""),
        ("target", values.text(task.get("target"), 80)),
        ("classes", listed),
        (
            "test examples",
            numbers.count(run.result["test.examples"]) if "test.examples" in run.result else "",
        ),
    ]
    blocks: list[Block] = []
    kept = [(name, fact) for name, fact in facts if fact]
    if kept:
        blocks.append(Facts(kept))
    notes = [values.text(note, 400) for note in values.sequence(run.preprocessing.get("notes"))]
    if any(notes):
        blocks.append(Bullets([(None, "", note) for note in notes[:_MOST_NOTES] if note]))
    return [Section("data", "The data", blocks)] if blocks else []


def usage(run: RunFiles) -> list[Section]:
    """The commands that go on from here."""
    folder = shlex.quote(values.text(run.folder, 300) or "RUN")
    kind = values.text(values.mapping(run.preprocessing.get("input")).get("kind"), 20)
    commands = [
        f"vitreous predict {folder} {_RAW_INPUTS.get(kind, 'new-data')}",
        f"vitreous evaluate {folder}",
        f"vitreous resume {folder}",
    ]
    return [Section("use", "How to use this run", [Code("In a terminal", "\n".join(commands))])]


def recipe(run: RunFiles) -> list[Section]:
    """All that determines the run, and where it ran."""
    blocks: list[Block] = []
    if run.recipe_text.strip():
        written = values.text(run.recipe_text, 20_000, lines=True)
        blocks.append(Code("recipe.toml", written, folded=True))
    facts = [(values.text(key, 60), values.text(value, 400)) for key, value in run.environment.items()]
    if facts:
        blocks.append(Facts(facts[:60]))
    return [Section("recipe", "Recipe and environment", blocks)] if blocks else []
