import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from vitreous import report
from vitreous.errors import RunError
from vitreous.report import palette

VOID = {"meta", "br", "img"}
SPOKEN = ("aria-label", "alt")


class Page(HTMLParser):
    """Tags in order, attributes, the text of each element, whether everything is closed."""

    def __init__(self, markup):
        super().__init__()
        self.tags, self.words, self.open = [], [], []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, *names):
        return [(tag, attrs) for tag, attrs in self.tags if tag in names]


def page(folder):
    return Page(report.write(folder).read_text(encoding="utf-8"))


def check(parsed):
    """What holds for every page."""
    assert parsed.open == []
    assert not parsed.all(
        "script", "iframe", "object", "embed", "link", "base", "form", "foreignobject", "image", "use"
    )
    policy = [attrs["content"] for _, attrs in parsed.all("meta") if attrs.get("http-equiv")]
    assert policy[0].startswith("default-src 'none'")
    for tag, attrs in parsed.tags:
        assert not [
            name for name in attrs if name.startswith("on") or name in ("style", "xlink:href", "srcset")
        ], tag
        for name in ("href", "src"):
            if name in attrs:
                assert attrs[name].startswith(("#", "data:image/png;base64,"))
        for name in ("fill", "stroke"):
            assert attrs.get(name, "none") == "none" or attrs[name].startswith("var(--"), attrs
        if attrs.get("role") == "img":
            assert attrs["aria-label"]
        if tag == "img":
            assert attrs["alt"]
    levels = [int(tag[1]) for tag, _ in parsed.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    names = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(names) == len(set(names))
    assert {attrs["href"][1:] for _, attrs in parsed.all("a")} <= set(names)
    for _, attrs in parsed.tags:  # words that are read aloud may hold an address, nothing else may
        assert "//" not in "".join(
            value or "" for name, value in attrs.items() if name not in (*SPOKEN, "src")
        )


def test_every_kind(any_run):
    parsed = page(any_run)
    check(parsed)
    result = json.loads((any_run / "result.json").read_text())
    for words in (
        "109,386 parameters",
        "12 epochs",
        "best epoch 10",
        "A network was the right tool",
        "logistic regression",
    ):
        assert words in parsed.text
    if "test.accuracy" in result:
        assert f"{result['test.accuracy']:.1%}" in parsed.text
    plots = [attrs for _, attrs in parsed.tags if attrs.get("role") == "img"]
    assert len(plots) == len(parsed.all("figure")) >= 7
    assert "vitreous resume" in parsed.text


def test_values_are_those_of_the_files(run_files, save_run):
    whole = run_files()
    parsed = page(save_run(whole))
    for words in (
        "97.0%",
        "95.7%",
        "0.963",
        "784·128 + 128",
        "100,480",
        "1,797 images of 8 × 8 pixels.",
        "2.31, expected ln 10 = 2.30",
    ):
        assert words in parsed.text
    counts = whole["evaluation.json"]["confusion"]["counts"]
    share = counts[0][0] / sum(counts[0])
    assert f"36 ({share:.1%})" in parsed.text
    assert f"{sum(row[i] for i, row in enumerate(counts))} of {sum(map(sum, counts))}" in parsed.text
    assert "hidden = [128, 64]" in parsed.text
    assert "best: 10" in parsed.text


def test_small_and_without_leftovers(run_files, save_run):
    folder = save_run(run_files(classes=30, layers=60, steps=1500, epochs=700))
    report.write(folder)
    assert (folder / "report.html").stat().st_size < 1_000_000
    assert [path.name for path in folder.iterdir() if "tmp" in path.name] == []


def test_many_classes_become_a_table(run_files, save_run):
    parsed = page(save_run(run_files(classes=40)))
    check(parsed)
    assert "Most confused classes" in parsed.text
    assert "Confusion matrix" not in parsed.text


@pytest.mark.parametrize(
    "missing",
    [
        "recipe.toml",
        "environment.json",
        "preprocessing.json",
        "result.json",
        "history.jsonl",
        "record.jsonl",
        "evaluation.json",
    ],
)
def test_any_file_may_be_missing(run_files, save_run, missing):
    whole = run_files(steps=5)
    del whole[missing]
    check(page(save_run(whole)))


def test_empty_folder(tmp_path):
    parsed = page(tmp_path)
    check(parsed)
    assert "Nothing was trained yet" in parsed.text


def test_stopped_after_one_epoch(run_files, save_run):
    whole = run_files(epochs=1)
    folder = save_run({name: whole[name] for name in ("recipe.toml", "preprocessing.json", "history.jsonl")})
    with (folder / "history.jsonl").open("a") as file:
        file.write('{"epoch": 2, "train.l')
    parsed = page(folder)
    check(parsed)
    assert "stopped after 1 epoch;" in parsed.text
    assert "validation accuracy" in parsed.text
    assert "could not be read" not in parsed.text


def test_damaged_files_are_named(run_files, save_run):
    folder = save_run(run_files(steps=3))
    (folder / "evaluation.json").write_text('{"checks": [')
    (folder / "recipe.toml").write_bytes(b"\xff\xfe[[[")
    (folder / "history.jsonl").write_text(
        '{"epoch": 1, "train.loss": NaN}\nxx\n[1]\n{"epoch": 2, "train.loss": 1e999}\n'
    )
    parsed = page(folder)
    check(parsed)
    assert "evaluation.json could not be read" in parsed.text
    assert "recipe.toml could not be read" in parsed.text
    assert "history.jsonl has 1 damaged line" in parsed.text
    assert "no finite number in epoch 1" in parsed.text


WRONG = [None, True, -1.5, "text", [[]], {}, [{"a": [1, "b"]}], 1e308]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_values_of_another_kind(run_files, save_run, wrong):
    whole = run_files(steps=3)
    for name in ("result.json", "environment.json", "preprocessing.json", "evaluation.json"):
        whole[name] = dict.fromkeys(whole[name], wrong)
    whole["history.jsonl"] = [dict.fromkeys(whole["history.jsonl"][0], wrong)] * 3
    whole["record.jsonl"] = [dict.fromkeys(whole["record.jsonl"][0], wrong)] * 3
    check(page(save_run(whole)))


@pytest.mark.parametrize("wrong", WRONG[:6], ids=repr)
def test_inner_values_of_another_kind(run_files, save_run, wrong):
    whole = run_files("multiclass", steps=3) | {}
    for kind in ("regression", "forecast", "next-token"):
        whole["evaluation.json"] |= {
            key: value
            for key, value in run_files(kind)["evaluation.json"].items()
            if key not in whole["evaluation.json"]
        }

    def spoil(value, depth):
        if isinstance(value, dict):
            return {key: spoil(item, depth - 1) for key, item in value.items()}
        if isinstance(value, list):
            return [spoil(item, depth - 1) for item in value]
        return wrong if depth <= 0 else value

    for name in ("evaluation.json", "record.jsonl", "preprocessing.json"):
        whole[name] = spoil(whole[name], 3)
    check(page(save_run(whole)))


def test_missing_folder_and_readonly(tmp_path, monkeypatch):
    with pytest.raises(RunError, match="run folder"):
        report.write(tmp_path / "none")

    def full(*_):
        raise OSError(28, "No space left on device")

    (tmp_path / "report.html").write_text("before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="No space left"):
        report.write(tmp_path)
    assert (tmp_path / "report.html").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_needs_no_torch(run_files, save_run):
    folder = save_run(run_files(steps=3))
    code = (
        "import sys; from vitreous import report\n"
        "heavy = {'torch', 'polars', 'sklearn', 'vl_convert', 'jinja2', 'rich', 'PIL', 'numpy', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        f"report.write(__import__('pathlib').Path({str(folder)!r}))\n"
        "assert not {'torch', 'polars', 'sklearn'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_contrast(colors):
    for paper in ("paper", "panel"):
        for words in ("ink", "muted", "accent", "good", "bad"):
            assert contrast(colors[paper], colors[words]) >= 4.5, (paper, words)
    for level in range(palette.LEVELS):
        assert contrast(colors[f"h{level}"], colors[f"k{level}"]) >= 4.5, level
    for line in range(palette.SERIES):
        assert contrast(colors["paper"], colors[f"s{line}"]) >= 3, line
    shades = [contrast(colors["paper"], colors[f"h{level}"]) for level in range(palette.LEVELS)]
    assert shades == sorted(shades)
