"""Nothing from a file becomes markup: hostile words in every field, in a parser and in a browser."""

import importlib.util
from pathlib import Path

import pytest

from vitreous import report

WORDS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</title></style></textarea><script src=//evil.example/a.js></script>",
    "\x1b[31mred\x1b]8;;http://evil.example\x07link",
    "javascript:alert(1)",
    "{{7*7}}{% include '/etc/passwd' %}${7*7}",
    "]]><!--<iframe src=http://evil.example>",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#60;img onerror=alert(1)&#62;",
    "\u202eevil\u2066שלום",
    "#01fe",
    "\ud800\ufffe\x00",
    "W" * 50_000,
    'url(http://evil.example/x) "#0100fe" datum.x',
]


def poison(value, words):
    """Every text, and every key that a file may choose, replaced by hostile words."""
    if isinstance(value, dict):
        free = all(key.startswith("column ") or key.isdigit() for key in value) or "data fingerprint" in value
        return {
            (f"{next(words)}{place}" if free else key): poison(item, words)
            for place, (key, item) in enumerate(value.items())
        }
    if isinstance(value, list):
        return [poison(item, words) for item in value]
    return next(words) if isinstance(value, str) else value


def endless(start):
    place = start
    while True:
        yield WORDS[place % len(WORDS)]
        place += 1


def poisoned(whole, start):
    words = endless(start)
    kind = whole["result.json"]["task"]
    result = {
        name: poison(value, words) if name != "recipe.toml" else "".join(WORDS[:10])
        for name, value in whole.items()
    }
    result["result.json"]["task"] = kind
    return result


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("page_checks", Path(__file__).with_name("test_page.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def watch(browser, path, **more):
    """Opens a page and notes every dialog, request, complaint and script element."""
    seen = []
    tab = browser.new_page(**more)
    tab.on("dialog", lambda dialog: (seen.append(("dialog", dialog.message)), dialog.dismiss()))
    tab.on(
        "request",
        lambda request: request.url.startswith("data:image/png") or seen.append(("request", request.url)),
    )
    tab.on("console", lambda message: seen.append(("console", message.text)))
    tab.on("pageerror", lambda error: seen.append(("error", str(error))))
    tab.goto(path.as_uri())
    tab.wait_for_timeout(50)
    assert seen.pop(0) == ("request", path.as_uri())
    return tab, seen


@pytest.mark.parametrize("start", range(len(WORDS)))
def test_hostile_words_stay_words(run_files, save_run, check, start):
    kind = ["multiclass", "regression", "binary", "next-token"][start % 4]
    folder = save_run(
        poisoned(run_files(kind, steps=4, epochs=3, layers=3 + 5 * (start % 2)), start),
        f"<b onclick=alert(1)>'{start}",
    )
    parsed = check.page(folder)
    check.check(parsed)
    assert not parsed.all("b", "textarea") and "\x1b" not in parsed.text and "\u202e" not in parsed.text
    allowed = {"svg", "g", "path", "line", "rect", "circle", "text", "tspan"}
    drawn = {tag for tag, attrs in parsed.tags if "transform" in attrs}
    assert drawn <= allowed


def test_hostile_words_in_a_browser(run_files, save_run, browser):
    for start, kind in enumerate(("multiclass", "regression", "binary", "next-token")):
        folder = save_run(
            poisoned(run_files(kind, steps=4, epochs=3, layers=9 if start % 2 else 3), start),
            f"<img src=x onerror=alert(1)>{start}",
        )
        tab, seen = watch(browser, report.write(folder))
        assert seen == []
        assert (
            tab.evaluate(
                "document.scripts.length + document.querySelectorAll('iframe,object,embed,form').length"
            )
            == 0
        )
        assert "<script>alert(1)</script>" in tab.evaluate("document.body.textContent")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tab.close()


@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_fits_a_phone_in_both_modes(run_files, save_run, browser, kind):
    path = report.write(save_run(run_files(kind)))
    for mode in ("light", "dark"):
        tab, seen = watch(browser, path, viewport={"width": 360, "height": 700}, color_scheme=mode)
        assert seen == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        ink, paper = tab.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
        assert ("(21, 23, 26)" in paper) == (mode == "dark")
        fill = tab.evaluate("getComputedStyle(document.querySelector('.plot text')).fill")
        assert fill not in ("rgb(0, 0, 0)", ink, paper)
        tab.close()
