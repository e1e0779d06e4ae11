"""A run while it goes on: a progress bar in a terminal, plain lines in a log, JSON lines for programs."""

from __future__ import annotations

import json
import os
import sys
import textwrap
import time
from pathlib import Path
from typing import Any, TextIO

from vitreous.files import plain
from vitreous.report import numbers, values
from vitreous.training.events import Check, Listener

LOG_SECONDS = 30.0


def make_listener(*, as_json: bool, quiet: bool) -> Listener:
    """The listener that suits where standard output goes."""
    if as_json:
        return JsonLines(sys.stdout)
    if quiet:
        return Listener()
    return Terminal() if sys.stdout.isatty() else Log(sys.stdout)


class JsonLines(Listener):
    """One JSON object a line on standard output, nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def _say(self, event: str, **content: Any) -> None:
        say(self.stream, json.dumps(plain({"event": event, **content}), ensure_ascii=False))

    def note(self, text: str) -> None:
        self._say("note", text=text)

    def warning(self, text: str) -> None:
        self._say("warning", text=text)

    def check(self, check: Check) -> None:
        self._say("check", name=check.name, passed=check.passed, text=check.text)

    def finding(self, finding: dict[str, Any]) -> None:
        self._say("finding", **finding)

    def epoch(self, line: dict[str, Any]) -> None:
        self._say("epoch", **line)

    def finish(self, result: dict[str, Any]) -> None:
        self._say("result", **result)


class Log(Listener):
    """Plain lines without colour or cursor movement; one an epoch, and a sign of life in long ones."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.epochs = self.steps_per_epoch = 0
        self.told = time.monotonic()

    def say(self, text: str) -> None:
        say(self.stream, values.text(text, 2000))

    def note(self, text: str) -> None:
        self.say(f"  {text}")

    def warning(self, text: str) -> None:
        self.say(f"warning: {text}")

    def check(self, check: Check) -> None:
        self.say(f"  {'✓' if check.passed else '!'} {check.name:<13} {check.text}")

    def finding(self, finding: dict[str, Any]) -> None:
        for line in finding_lines(finding):
            say(self.stream, line)

    def start(self, *, epochs: int, steps_per_epoch: int, step: int) -> None:
        self.epochs, self.steps_per_epoch = epochs, steps_per_epoch
        self.told = time.monotonic()

    def step(self, step: int, loss: float, examples_per_second: float) -> None:
        if time.monotonic() - self.told > LOG_SECONDS:
            self.told = time.monotonic()
            done = step / max(1, self.steps_per_epoch * self.epochs)
            self.say(
                f"  step {step:,} ({100 * done:.0f}%)  loss {loss:.4f}  {examples_per_second:,.0f} examples/s"
            )

    def epoch(self, line: dict[str, Any]) -> None:
        if worth_a_line(line, self.epochs):
            self.told = time.monotonic()
            self.say(epoch_text(line, self.epochs))

    def finish(self, result: dict[str, Any]) -> None:
        from rich.console import Console

        from vitreous import report

        self.say("")
        Console(file=self.stream, width=80, color_system=None).print(report.terminal(Path(result["folder"])))


class Terminal(Listener):
    """Colours, one line an epoch, and a bar with rate and remaining time below them."""

    def __init__(self) -> None:
        from rich.console import Console

        self.console = Console(highlight=False)
        self.bar: Any = None
        self.task: Any = None
        self.status: Any = None
        self.epochs = 0

    def stage(self, text: str) -> None:
        self._stop()
        self.status = self.console.status(f"{text} …")
        self.status.start()

    def note(self, text: str) -> None:
        self._line("  ", text, "dim")

    def warning(self, text: str) -> None:
        self._line("! ", text, "yellow")

    def check(self, check: Check) -> None:
        self._line(
            "✓ " if check.passed else "! ",
            f"{check.name:<13} {check.text}",
            "green" if check.passed else "yellow",
        )

    def finding(self, finding: dict[str, Any]) -> None:
        from rich.text import Text

        style = "bold red" if finding["severity"] == "error" else "bold yellow"
        for line in finding_lines(finding):
            self.console.print(Text(line, style=style if line.startswith("!") else ""))

    def start(self, *, epochs: int, steps_per_epoch: int, step: int) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._stop()
        self.epochs = epochs
        self.bar = Progress(
            BarColumn(20), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[shown]}"), console=self.console, transient=True,
        )  # fmt: skip
        self.task = self.bar.add_task("", total=epochs * steps_per_epoch, completed=step, shown="")
        self.bar.start()

    def step(self, step: int, loss: float, examples_per_second: float) -> None:
        if self.bar is not None:
            shown = f"loss {loss:.4f}  {examples_per_second:,.0f} examples/s"
            self.bar.update(self.task, completed=step, shown=shown)

    def epoch(self, line: dict[str, Any]) -> None:
        if self.bar is not None:
            self.bar.update(self.task, completed=line["step"])
        if worth_a_line(line, self.epochs):
            self._line("", epoch_text(line, self.epochs), "")

    def finish(self, result: dict[str, Any]) -> None:
        from vitreous import report

        self._stop()
        self.console.print()
        self.console.print(report.terminal(Path(result["folder"])))

    def _line(self, mark: str, text: str, style: str) -> None:
        from rich.text import Text

        self.console.print(Text(mark + values.text(text, 2000), style=style))

    def _stop(self) -> None:
        for part in (self.bar, self.status):
            if part is not None:
                part.stop()
        self.bar = self.status = None


def say(stream: TextIO, line: str) -> None:
    """Writes a line at once; a reader that went away (``| head``) does not end a training."""
    try:
        stream.write(line + "\n")
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def finding_lines(finding: dict[str, Any]) -> list[str]:
    """A finding: what is wrong, where, and the fix, in lines of at most 80 columns."""
    sure = "" if finding["certain"] else "likely "
    parts = [("!", f"{sure}{finding['fault']}: {finding['summary']}")]
    if finding["line"]:
        parts.append(("  where", f"{Path(finding['file']).name}, line {finding['line']}"))
    parts.append(("  fix", finding["fix"]))
    return [
        line
        for name, said in parts
        for line in textwrap.wrap(values.text(said, 500), 80, initial_indent=f"{name:<9}" if name != "!" else "! ",
                                  subsequent_indent=" " * 9)
    ]  # fmt: skip


def worth_a_line(line: dict[str, Any], epochs: int) -> bool:
    """Every epoch while they are few or slow; of many quick ones about twenty, and the first and last."""
    every = -(-epochs // 20) if epochs > 30 and line["epoch_seconds"] < 1 else 1
    return line["epoch"] % every == 0 or line["epoch"] in (1, epochs)


def epoch_text(line: dict[str, Any], epochs: int) -> str:
    """One epoch in one line of at most 80 columns.

    The first words are those of the usual tutorial loop: ``Epoch 1: Loss=0.1234, Accuracy=97.00%``.
    """
    width = len(str(epochs))
    text = f"Epoch {line['epoch']:>{width}}: Loss={line['train.loss']:.4f}"
    if "train.accuracy" in line:
        text += f", Accuracy={100 * line['train.accuracy']:.2f}%"
    if "validation.loss" in line:
        text += f" | val {line['validation.loss']:.4f}"
        if "validation.accuracy" in line:
            text += f" {100 * line['validation.accuracy']:.2f}%"
    return f"{text} | {numbers.seconds(line['epoch_seconds'])}"
