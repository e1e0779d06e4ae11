"""How it learned: curves over epochs, the learning rate, gradient norms."""

from __future__ import annotations

from vitreous.report import metrics, numbers, values
from vitreous.report.blocks import Block, Paragraph, Section
from vitreous.report.run_files import RunFiles
from vitreous.report.sections.drawn import line_figure, points


def learning(run: RunFiles) -> list[Section]:
    """Learning curves, and what drove them."""
    blocks: list[Block | None] = [_curve(run, "loss")]
    main = _main_metric(run)
    if main:
        blocks.append(_curve(run, main))
    blocks += [_rate(run), _gradients(run), _search(run)]
    broken = _not_finite(run)
    if broken:
        blocks.insert(0, Paragraph(broken))
    kept = [block for block in blocks if block]
    return [Section("learning", "How it learned", kept)] if kept else []


def _main_metric(run: RunFiles) -> str:
    for name in metrics.candidates(run.task):
        if name != "loss" and any(
            points(run.history, "epoch", f"{split}.{name}") for split in ("validation", "train")
        ):
            return name
    return ""


def _curve(run: RunFiles, name: str) -> Block | None:
    """One metric over epochs, training against validation, the best epoch marked."""
    series = {split: points(run.history, "epoch", f"{split}.{name}") for split in ("train", "validation")}
    series = {split: line for split, line in series.items() if line}
    best = values.number(run.result.get("best_epoch"))
    shown = {place for line in series.values() for place, _ in line}
    mark = (best, f"best: {int(best)}") if best in shown and best is not None else None
    label = numbers.label(name)
    title = f"{label[0].upper()}{label[1:]} by epoch"
    return line_figure(title, series, x="epoch", y=label, metric=name, mark=mark, caption=_gap(series, name))


def _gap(series: dict[str, list[tuple[float, float]]], name: str) -> str:
    """The last values in words."""
    last = [f"{split} {numbers.metric(name, line[-1][1])}" for split, line in series.items()]
    return f"At the end: {', '.join(last)}." if last else ""


def _rate(run: RunFiles) -> Block | None:
    by_step = points(run.record, "step", "learning_rate")
    if by_step:
        return line_figure("Learning rate", {"learning rate": by_step}, x="step", y="learning rate")
    by_epoch = points(run.history, "epoch", "learning_rate")
    return line_figure("Learning rate", {"learning rate": by_epoch}, x="epoch", y="learning rate")


def _gradients(run: RunFiles) -> Block | None:
    by_step = points(run.record, "step", "gradient_norm")
    caption = "The length of the whole gradient before clipping."
    if by_step:
        return line_figure("Gradient norm", {"norm": by_step}, x="step", y="norm", log=True, caption=caption)
    by_epoch = points(run.history, "epoch", "gradient_norm")
    return line_figure("Gradient norm", {"norm": by_epoch}, x="epoch", y="norm", log=True, caption=caption)


def _search(run: RunFiles) -> Block | None:
    """The learning rate search, if one was made."""
    search = values.mapping(run.evaluation.get("find_lr"))
    pairs = zip(values.numbers(search.get("lr")), values.numbers(search.get("loss")), strict=False)
    line = sorted((lr, loss) for lr, loss in pairs if lr is not None and lr > 0 and loss is not None)
    suggested = values.number(search.get("suggested"))
    mark = (suggested, f"suggested: {numbers.plain(suggested)}") if suggested and suggested > 0 else None
    caption = "Loss while the rate was raised step by step, before training."
    return line_figure(
        "Learning rate search",
        {"loss": line},
        x="learning rate",
        y="loss",
        log_x=True,
        mark=mark,
        caption=caption,
    )


def _not_finite(run: RunFiles) -> str:
    """A sentence if the loss stopped being a number."""
    for row in run.history:
        for split in ("train", "validation"):
            loss = row.get(f"{split}.loss")
            if isinstance(loss, float) and values.number(loss) is None:
                epoch = numbers.plain(row.get("epoch"))
                return f"The {split} loss was no finite number in epoch {epoch}; plots leave it out."
    return ""
