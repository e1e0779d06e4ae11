"""What it gets wrong: confusion, classes, calibration, residuals, forecasts, the worst examples."""

from __future__ import annotations

from typing import Any

from vitreous.report import images, numbers, values
from vitreous.report.blocks import Block, Example, Examples, Paragraph, Section, Table
from vitreous.report.plots import grids, points
from vitreous.report.run_files import RunFiles
from vitreous.report.sections.drawn import figure, line_figure

_MOST_CLASSES = 30
_MOST_PAIRS = 30
_MOST_LISTED = 200
_MOST_WORST = 24
_MOST_COLUMNS = 12
_MOST_FORECASTS = 3
_MOST_SCATTERED = 500


def classes(run: RunFiles) -> list[Section]:
    """The confusion matrix and the numbers of each class."""
    blocks = [*_confusion(run), *_per_class(run)]
    return [Section("classes", "Class by class", blocks)] if blocks else []


def calibration(run: RunFiles) -> list[Section]:
    """Whether its probabilities can be believed."""
    found = values.mapping(run.evaluation.get("calibration"))
    bins = []
    for item in values.mappings(found.get("bins")):
        kept = {
            key: values.number(item.get(key)) for key in ("low", "high", "confidence", "accuracy", "count")
        }
        bins.append({key: value for key, value in kept.items() if value is not None})
    bins = [item for item in bins if len(item) == 5 and item["count"] > 0]
    if not bins:
        return []
    rows = [
        [
            numbers.interval("accuracy", item["low"], item["high"]),
            numbers.percent(item["confidence"]),
            numbers.percent(item["accuracy"]),
            numbers.count(item["count"]),
        ]
        for item in bins
    ]
    table = Table(
        ["said to be sure", "mean confidence", "was right", "examples"], rows, right=frozenset({0, 1, 2, 3})
    )
    error = values.number(found.get("expected_calibration_error"))
    measured = f"Expected calibration error {numbers.plain(error)}. " if error is not None else ""
    caption = f"{measured}On the dotted line, 80% sure is right 8 times in 10; below it, too sure."
    said = "; ".join(f"{row[1]} sure, {row[2]} right, {row[3]} examples" for row in rows)
    block = figure("Calibration", points.calibration(bins), said, caption=caption, table=table)
    return [Section("calibration", "Can its probabilities be believed?", [block])]


def errors(run: RunFiles) -> list[Section]:
    """Predictions against truth, forecasts, and the examples it is most wrong about."""
    blocks = [*_residuals(run), *_forecasts(run), *_worst(run)]
    return [Section("errors", "Where it is wrong", blocks)] if blocks else []


def samples(run: RunFiles) -> list[Section]:
    """Texts a language model wrote."""
    items = [
        Example(f"Sample {place}", [("prompt", prompt)] if prompt else [], text=written)
        for place, sample in enumerate(values.mappings(run.evaluation.get("samples"))[:_MOST_WORST], start=1)
        for prompt in [values.text(sample.get("prompt"), 300)]
        for written in [values.text(sample.get("text"), 1200, lines=True)]
        if written
    ]
    return [Section("samples", "What it writes", [Examples(items)])] if items else []


def _confusion(run: RunFiles) -> list[Block]:
    found = values.mapping(run.evaluation.get("confusion"))
    counts = [
        [number or 0.0 for number in values.numbers(row)] for row in values.sequence(found.get("counts"))
    ]
    labels = [
        values.text(label, 60) or str(place)
        for place, label in enumerate(values.sequence(found.get("labels")))
    ]
    labels += [str(place) for place in range(len(labels), len(counts))]
    many = len(counts)
    if not many or len(labels) != many or any(len(row) != many for row in counts):
        return []
    if many > _MOST_CLASSES:
        return [_pairs(labels, counts)]
    names = values.distinct([values.text(label, 14) for label in labels])
    right = sum(counts[place][place] for place in range(many))
    total = sum(map(sum, counts))
    said = f"{many} classes; {numbers.count(right)} of {numbers.count(total)} on the diagonal."
    rows = [
        [label, *(_cell(found, sum(row)) for found in row), numbers.count(sum(row))]
        for label, row in zip(labels, counts, strict=True)
    ]
    table = Table(["true ╲ predicted", *labels, "all"], rows, right=frozenset(range(1, many + 2)))
    caption = f"{said} Rows are the truth; shades are shares of a row."
    return [figure("Confusion matrix", grids.confusion(names, counts), said, caption=caption, table=table)]


def _cell(found: float, total: float) -> str:
    if not found:
        return "0"
    return f"{numbers.count(found)} ({numbers.percent(found / total)})"


def _pairs(labels: list[str], counts: list[list[float]]) -> Table:
    """Of many classes, those most often taken for one another."""
    wrong = [
        (found, truth, predicted)
        for truth, row in enumerate(counts)
        for predicted, found in enumerate(row)
        if truth != predicted and found > 0
    ]
    wrong.sort(key=lambda item: (-item[0], item[1], item[2]))
    rows = [
        [labels[truth], labels[predicted], numbers.count(found), numbers.percent(found / sum(counts[truth]))]
        for found, truth, predicted in wrong[:_MOST_PAIRS]
    ]
    note = f"{len(labels)} classes; {numbers.count(len(wrong))} pairs were confused at least once."
    columns = ["true class", "predicted", "times", "of the true class"]
    return Table(columns, rows, "Most confused classes", right=frozenset({2, 3}), note=note)


def _per_class(run: RunFiles) -> list[Block]:
    rows = [
        [
            values.text(item.get("class"), 60) or numbers.MISSING,
            numbers.percent(item.get("precision")),
            numbers.percent(item.get("recall")),
            numbers.plain(item.get("f1"), 3),
            numbers.count(item.get("support")),
        ]
        for item in values.mappings(run.evaluation.get("per_class"))
    ]
    if not rows:
        return []
    note = (
        f"The first {_MOST_LISTED} of {numbers.count(len(rows))} classes." if len(rows) > _MOST_LISTED else ""
    )
    columns = ["class", "precision", "recall", "F1", "examples"]
    return [Table(columns, rows[:_MOST_LISTED], "By class", right=frozenset({1, 2, 3, 4}), note=note)]


def _residuals(run: RunFiles) -> list[Block]:
    found = values.mapping(run.evaluation.get("residuals"))
    both = zip(values.numbers(found.get("target")), values.numbers(found.get("prediction")), strict=False)
    pairs = [(truth, predicted) for truth, predicted in both if truth is not None and predicted is not None]
    if not pairs:
        return []
    pairs = values.evenly(pairs, _MOST_SCATTERED)
    target = values.text(values.mapping(run.preprocessing.get("task")).get("target"), 30) or "target"
    spec = points.scatter(pairs, x=f"true {target}", y=f"predicted {target}")
    off = sorted(abs(truth - predicted) for truth, predicted in pairs)
    said = f"{len(pairs)} examples; half are off by at most {numbers.plain(off[len(off) // 2])}."
    caption = f"{said} On the dotted line both agree."
    shown = values.evenly(sorted(pairs), 40)
    rows = [
        [numbers.plain(truth), numbers.plain(predicted), numbers.plain(predicted - truth)]
        for truth, predicted in shown
    ]
    note = (
        f"{len(shown)} of {len(pairs)}, evenly spaced by their true value." if len(shown) < len(pairs) else ""
    )
    table = Table(["true", "predicted", "off by"], rows, right=frozenset({0, 1, 2}), note=note)
    return [figure("Predictions against truth", spec, said, caption=caption, table=table)]


def _forecasts(run: RunFiles) -> list[Block]:
    found = values.mapping(run.evaluation.get("forecast"))
    both = zip(values.sequence(found.get("target")), values.sequence(found.get("prediction")), strict=False)
    drawn: list[Block] = []
    for place, (truth, predicted) in enumerate(list(both)[:_MOST_FORECASTS], start=1):
        series = {
            name: [
                (step, value) for step, value in enumerate(values.numbers(line), start=1) if value is not None
            ]
            for name, line in (("true", truth), ("predicted", predicted))
        }
        block = line_figure(f"Forecast, example {place}", series, x="steps ahead", y="")
        if block:
            drawn.append(block)
    return drawn


def _worst(run: RunFiles) -> list[Block]:
    found = values.mappings(run.evaluation.get("worst"))[:_MOST_WORST]
    lead = Paragraph("The examples with the largest loss, the worst first.")
    return [lead, Examples([_example(item) for item in found])] if found else []


def _example(item: dict[str, Any]) -> Example:
    """One of the examples with the largest losses."""
    facts = [
        ("true", values.text(_plainly(item.get("target")), 80)),
        ("predicted", values.text(_plainly(item.get("prediction")), 80)),
        ("chance given to the truth", _chance(item.get("probability"))),
        ("loss", numbers.plain(item.get("loss"), 3) if values.number(item.get("loss")) is not None else ""),
    ]
    title = f"Example {numbers.count(item.get('index'))}"
    kept = [(name, fact) for name, fact in facts if fact]
    raw = item.get("raw")
    if isinstance(raw, str):
        return Example(title, kept, text=values.text(raw, 500, lines=True))
    row = values.mapping(raw)
    if isinstance(row.get("png_base64"), str) and len(row) == 1:
        return Example(title, kept, image=images.checked_png(row["png_base64"]))
    cells = [(values.text(key, 40), values.text(_plainly(value), 80)) for key, value in row.items()]
    return Example(title, kept, row=cells[:_MOST_COLUMNS], more=max(len(cells) - _MOST_COLUMNS, 0))


def _plainly(value: object) -> object:
    exact = values.number(value)
    if exact is not None and isinstance(value, float):
        return numbers.plain(exact)
    if isinstance(value, list):
        return ", ".join(str(_plainly(item)) for item in value[:6]) + (", …" if len(value) > 6 else "")
    return value


def _chance(value: object) -> str:
    return numbers.percent(value) if values.number(value) is not None else ""
