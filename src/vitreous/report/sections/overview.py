"""What came out: the headline beside its baselines, the verdict, all metrics."""

from __future__ import annotations

from vitreous.report import metrics, numbers, values
from vitreous.report.blocks import Block, Bullets, Figure, Paragraph, Section, Table
from vitreous.report.metrics import Headline, Score
from vitreous.report.plots.points import intervals
from vitreous.report.run_files import RunFiles
from vitreous.report.sections.drawn import figure

_MOST_BASELINES = 8


def summary(run: RunFiles) -> str:
    """The line below the title."""
    result = run.result
    device = values.text(run.environment.get("device"), 40)
    epochs = values.whole(result.get("epochs")) or len(run.history)
    best = values.whole(result.get("best_epoch"))
    parts = [
        run.task,
        f"{numbers.count(result['parameters'])} parameters"
        if values.number(result.get("parameters"))
        else "",
        f"{epochs:,} epoch{'s' * (epochs != 1)}" if epochs else "",
        f"best epoch {best}" if best is not None else "",
        numbers.seconds(result["seconds"]) if values.number(result.get("seconds")) is not None else "",
        f"on {device}" if device else "",
    ]
    return " · ".join(part for part in parts if part)


def state(run: RunFiles) -> str:
    """A sentence for a run that did not come to its end, else nothing."""
    if run.finished:
        return ""
    if not run.result and not run.history:
        return "Nothing was trained yet: this folder has neither result.json nor history.jsonl."
    epochs = len(run.history)
    done = f"after {epochs} epoch{'s' * (epochs != 1)}" if epochs else "before the first epoch ended"
    return f"This run stopped {done}; it can be resumed, and what follows is what is known so far."


def overview(run: RunFiles, head: Headline | None) -> list[Section]:
    """The first section: always there, so that a page never starts with details."""
    blocks: list[Block] = []
    verdict = values.text(run.evaluation.get("verdict"), 600)
    if verdict:
        blocks.append(Paragraph(verdict))
    if head and (head.baselines or head.ours.low is not None):
        blocks.append(_comparison(head))
    table = _all_metrics(run)
    if table:
        blocks.append(table)
    if head:
        blocks.append(_baseline_table(run, head))
    advice = [values.text(item, 400) for item in values.sequence(run.evaluation.get("advice"))]
    if any(advice):
        blocks.append(Bullets([(None, "", item) for item in advice if item]))
    return [Section("outcome", "Outcome", blocks)] if blocks else []


def sentence(head: Headline) -> str:
    """The best baseline beside the headline."""
    if not head.baselines:
        return "No baseline was measured beside it."
    best = head.baselines[0]
    return f"Best baseline: {best.who}, {shown(head.metric, best)}"


def shown(metric: str, score: Score) -> str:
    """A score and its interval: 97.3% (97.0–97.7%)."""
    between = numbers.interval(metric, score.low, score.high)
    return f"{numbers.metric(metric, score.value)}{f' ({between})' if between else ''}"


def _comparison(head: Headline) -> Figure:
    scores = head.scores[: _MOST_BASELINES + 1]
    names = values.distinct([values.text(score.who, 26) for score in scores])
    spec = intervals(scores, names, title=numbers.label(head.metric), share=numbers.is_share(head.metric))
    said = "; ".join(f"{name} {shown(head.metric, score)}" for name, score in zip(names, scores, strict=True))
    better = "further left" if numbers.smaller_is_better(head.metric) else "further right"
    caption = f"On the {head.split} split; {better} is better. Lines are 95% intervals."
    return figure(
        f"{numbers.label(head.metric)[0].upper()}{numbers.label(head.metric)[1:]} compared",
        spec,
        said,
        caption=caption,
    )


def _baseline_table(run: RunFiles, head: Headline) -> Table:
    def row(score: Score) -> list[str]:
        return [
            f"{run.model} (this network)" if score is head.ours else score.who,
            numbers.metric(head.metric, score.value),
            numbers.interval(head.metric, score.low, score.high) or numbers.MISSING,
            numbers.count(score.parameters),
            numbers.seconds(score.seconds),
            score.note,
        ]

    rows = [row(score) for score in head.scores]
    columns = ["model", numbers.label(head.metric), "95% interval", "parameters", "training"]
    if any(cells[-1] for cells in rows):
        columns.append("note")
    else:
        rows = [cells[:-1] for cells in rows]
    return Table(columns, rows, "The network and its baselines", right=frozenset({1, 2, 3, 4}))


def _all_metrics(run: RunFiles) -> Table | None:
    """Every metric by split."""
    source = run.result if run.result else (run.history[-1] if run.history else {})
    by_split = {split: dict(metrics.of_split(source, split)) for split in ("train", "validation", "test")}
    splits = [split for split, found in by_split.items() if found]
    names = list(dict.fromkeys(name for split in reversed(splits) for name in by_split[split]))
    if not names:
        return None
    rows = []
    for name in names:
        cells = []
        for split in splits:
            value = numbers.metric(name, by_split[split].get(name))
            low, high = (source.get(f"{split}.{name}.{end}") for end in ("low", "high"))
            between = numbers.interval(name, low, high)
            cells.append(f"{value} ({between})" if between else value)
        rows.append([numbers.label(name), *cells])
    return Table(["metric", *splits], rows, "All metrics", right=frozenset(range(1, len(splits) + 1)))
