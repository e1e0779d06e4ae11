import io

import pytest
from rich.console import Console

from vitreous import report
from vitreous.errors import RunError


def printed(renderable, width=80):
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=False).print(renderable)
    return out.getvalue()


def test_summary(run_files, save_run):
    folder = save_run(run_files())
    shown = printed(report.terminal(folder))
    for words in (
        "mlp on digits",
        "test accuracy 91.3%",
        "89.9–92.4%",
        "logistic regression",
        "94.7%",
        "109,386",
        "3.2 s",
    ):
        assert words in shown
    assert "A network was the right tool" in shown
    assert "report.html" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_every_kind(any_run):
    shown = printed(report.terminal(any_run))
    assert "A network was the right tool" in shown
    assert "reconstruction" in any_run.name or "this network" in shown


def test_in_memory(run_files):
    whole = run_files("regression")
    shown = printed(
        report.terminal(
            {"result": whole["result.json"], "evaluation": whole["evaluation.json"], "folder": "runs/a"}
        )
    )
    assert "RMSE 43.85" in shown
    assert "Report: runs/a/report.html" in shown
    flat = printed(report.terminal(whole["result.json"]))
    assert "RMSE 43.85" in flat
    assert "Report" not in flat
    assert "No metric" in printed(report.terminal({}))


def test_nothing_from_a_file_styles_the_terminal(run_files):
    whole = run_files()
    whole["result.json"]["model"] = "\x1b[31m[bold red]m[/]\x1b]8;;http://a\x07"
    whole["evaluation.json"]["verdict"] = "[link=http://a]x[/link]\x1b[2J\x07"
    whole["evaluation.json"]["baselines"][0]["name"] = "[/]\x9b31mtrees\n\n\x1b[1A"
    shown = printed(
        report.terminal({"result": whole["result.json"], "evaluation": whole["evaluation.json"]}), 120
    )
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "[bold red]m[/]" in shown
    assert "[link=http://a]x[/link]" in shown
    table = printed(
        report.comparison([{**whole["result.json"], "run": "[red]\x1b[31ma"}], title="[b]t\x1b[0m"), 120
    )
    assert "\x1b" not in table
    assert "[red]a" in table
    assert "[b]t" in table


def test_comparison(run_files, save_run):
    better = run_files()
    better["result.json"] |= {
        "model": "cnn",
        "test.accuracy": 0.991,
        "test.accuracy.low": 0.98,
        "test.accuracy.high": 0.997,
    }
    shown = printed(
        report.comparison([save_run(run_files(), "one"), save_run(better, "two"), {"model": "none"}])
    )
    lines = [line.split()[:2] for line in shown.splitlines() if line.strip()]
    assert lines[2:] == [["two", "cnn"], ["one", "mlp"], ["none", "–"]]
    assert "98.0–99.7%" in shown
    assert "test accuracy" in shown


def test_comparison_puts_the_smaller_error_first():
    rows = [
        {"model": "a", "task": "regression", "test.rmse": 2.0},
        {"model": "b", "task": "regression", "test.rmse": 1.5},
    ]
    shown = printed(report.comparison(rows))
    assert shown.index("1.5") < shown.index(" 2 ")
    assert printed(report.comparison([]))


def test_missing_folder(tmp_path):
    with pytest.raises(RunError, match="run folder"):
        report.terminal(tmp_path / "none")
