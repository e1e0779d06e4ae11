"""What happened inside: by layer over the recorded steps, the layers themselves, the checks."""

from __future__ import annotations

import math

from vitreous.report import numbers, values
from vitreous.report.blocks import Block, Bullets, Figure, Section, Table
from vitreous.report.plots import grids
from vitreous.report.run_files import RunFiles
from vitreous.report.sections.drawn import figure, line_figure

# Quantity, title, whether logarithmic, what to look for.
_QUANTITIES = (
    ("activation_std", "Spread of activations", True, "Standard deviation of what each layer gives."),
    ("zero_fraction", "Zero activations", False, "Share of zeros; a layer that stays near 1 is dead."),
    ("gradient_norm", "Gradient by layer", True, "Fading towards the input means vanishing gradients."),
    ("update_ratio", "Size of updates", True, "Update over weight; about 0.001 is usual, 0.1 is hasty."),
)
_AS_LINES = 6
_MOST_LAYERS = 32
_MOST_COLUMNS = 40
_LINE_POINTS = 160
_MOST_LISTED = 400

Line = list[tuple[float, float]]


def inside(run: RunFiles) -> list[Section]:
    """Layers over steps; nothing where nothing was recorded."""
    figures: list[Block] = []
    for quantity, title, log, caption in _QUANTITIES:
        series = _by_layer(run, quantity)
        drawn = _figure(title, series, log, caption) if series else None
        if drawn:
            figures.append(drawn)
    if not figures:
        return []
    lead = f"{numbers.count(run.recorded)} recorded steps, layers from the input on."
    return [Section("inside", "Inside the network", figures, lead)]


def layers(run: RunFiles) -> list[Section]:
    """Every layer with its shapes and how its parameters are counted."""
    rows, total = [], 0
    found = values.mappings(run.evaluation.get("layers"))
    for layer in found:
        many = values.whole(layer.get("parameters"))
        total += many or 0
        rows.append(
            [
                values.text(layer.get("name"), 60),
                values.text(layer.get("kind"), 40),
                _shape(layer.get("input_shape")),
                _shape(layer.get("output_shape")),
                values.text(layer.get("sum"), 120),
                numbers.count(many),
            ]
        )
    if not rows:
        return []
    note = (
        f"The first {_MOST_LISTED} of {numbers.count(len(rows))} layers." if len(rows) > _MOST_LISTED else ""
    )
    table = Table(
        ["layer", "kind", "input", "output", "counted as", "parameters"],
        rows[:_MOST_LISTED],
        "Layers from input to output",
        right=frozenset({5}),
        total=["total", "", "", "", "", numbers.count(total)],
        note=note,
    )
    return [Section("layers", "Layers", [table])]


def checks(run: RunFiles) -> list[Section]:
    """What was checked before training."""
    items: list[tuple[bool | None, str, str]] = []
    for check in values.mappings(run.evaluation.get("checks")):
        passed = check.get("passed")
        name = values.text(check.get("name"), 80) or "check"
        items.append(
            (passed if isinstance(passed, bool) else None, name, values.text(check.get("text"), 400))
        )
    if not items:
        return []
    failed = sum(passed is False for passed, _, _ in items)
    lead = f"{failed} of {len(items)} failed." if failed else f"All {len(items)} made passed."
    if not failed and any(passed is None for passed, _, _ in items):
        lead = "None failed; some could not be made."
    return [Section("checks", "Checks before training", [Bullets(items)], lead)]


def _by_layer(run: RunFiles, quantity: str) -> dict[str, Line]:
    """Points by layer, in the order in which layers were recorded."""
    series: dict[str, Line] = {}
    for row in run.record:
        step = values.number(row.get("step"))
        if step is None:
            continue
        for name, measured in values.mapping(row.get("layers")).items():
            measures = values.mapping(measured)
            value = values.number(measures.get(quantity))
            if value is not None:
                kind = values.text(measures.get("kind"), 16)
                series.setdefault(f"{values.text(name, 18)} {kind}".strip(), []).append((step, value))
    return series


def _figure(title: str, series: dict[str, Line], log: bool, caption: str) -> Figure | None:
    if len(series) > _AS_LINES:
        return _grid_figure(title, series, log, caption)
    thinned = {name: values.evenly(line, _LINE_POINTS) for name, line in series.items()}
    if log:
        thinned = {name: [point for point in line if point[1] > 0] for name, line in thinned.items()}
    return line_figure(title, thinned, x="step", y="", log=log, caption=caption)


def _grid_figure(title: str, series: dict[str, Line], log: bool, caption: str) -> Figure | None:
    """Many layers: a coloured row each."""
    kept = {name: dict(series[name]) for name in values.evenly(list(series), _MOST_LAYERS)}
    steps = values.evenly(sorted({step for line in kept.values() for step in line}), _MOST_COLUMNS)
    every = [line[step] for line in kept.values() for step in steps if step in line]
    usable = [value for value in every if value > 0] if log else every
    if not usable:
        return None
    low, high = min(usable), max(usable)

    def share(value: float | None) -> float | None:
        if value is None or (log and value <= 0):
            return None
        if high <= low:
            return 0.5
        return math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)

    names = values.distinct(list(kept))
    written = [numbers.count(step) for step in steps]
    levels = [[share(line.get(step)) for step in steps] for line in kept.values()]
    span = f"Colour from {numbers.plain(low)} (faint) to {numbers.plain(high)} (strong)"
    ends = f"{span}{', logarithmic' if log else ''}."
    rows = [
        [name, *(numbers.plain(line.get(step)) for step in _ends(steps))]
        for name, line in zip(names, kept.values(), strict=True)
    ]
    columns = ["layer", *(f"step {numbers.count(step)}" for step in _ends(steps))]
    table = Table(columns, rows, right=frozenset(range(1, len(columns))))
    label = f"{len(names)} layers over {len(steps)} steps. {ends}"
    more = "" if len(kept) == len(series) else f" {len(kept)} of {len(series)} layers."
    shown = f"{caption} {ends}{more}"
    return figure(
        title, grids.layers(names, values.distinct(written), levels), label, caption=shown, table=table
    )


def _ends(steps: list[float]) -> list[float]:
    return values.evenly(steps, 3)


def _shape(value: object) -> str:
    shown = " × ".join(numbers.count(size) for size in values.sequence(value))
    return shown or values.text(value if isinstance(value, str) else "", 40) or numbers.MISSING
