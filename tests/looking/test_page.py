"""The page of a trace in a real browser: quiet, offline, by keyboard, and every opened sum is right."""

import re
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import vitreous as vt
from vitreous.looking.film import page as film_page
from vitreous.looking.film.frames import frames_of
from vitreous.looking.page import html
from vitreous.looking.page.target import write_page
from vitreous.looking.subject import subject_from
from vitreous.looking.view import show_all

from .networks import NETWORKS

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def digit_page(digit_run, tmp_path_factory):
    x, y = digit_run.example(7)
    trace = vt.look(digit_run.model, x, y, loss=F.cross_entropy)
    path = tmp_path_factory.mktemp("page") / "digits.html"
    return trace, write_page(trace, str(digit_run.folder), path, sample=7)


def page_of(name, folder, training=False):
    torch.manual_seed(0)
    model, x, y = NETWORKS[name]()
    trace = vt.look(model.train(training), x, y)
    path = folder / "page.html"
    trace.write_html(path)
    return trace, path


def number(text):
    return float(text.replace("−", "-").replace("∞", "inf").replace(",", ""))


def open_at(tab, place, index):
    """Sets the axes of a numbers block, opens the element and gives (value, terms, foot)."""
    block = tab.locator(place)
    for axis, i in enumerate(index):
        field = block.locator(f"input[data-axis='{axis}']")
        if field.count():
            field.fill(str(i))
    block.get_by_role("button", name="Open this element").click()
    value = number(block.locator(".opened-value").inner_text().split("=")[1])
    terms = [number(cell) for cell in block.locator(".opened tbody tr td:last-child").all_inner_texts()]
    foot = dict(
        zip(
            block.locator(".opened tfoot th").all_inner_texts(),
            map(number, block.locator(".opened tfoot td:last-child").all_inner_texts()),
            strict=True,
        )
    )
    return value, terms, foot


def step_of(trace, operation, nth=0):
    return [s for s in trace.steps if s.operation == operation][nth]


def first_block(step, side="step"):
    return f"#{side}-{step.number} .numbers >> nth=0"


def test_a_neuron_opens_to_its_weighted_sum(digit_page, tab):
    """Row A1: each w·x, the bias, the sum, as torch has it."""
    trace, path = digit_page
    step = step_of(trace, "linear")
    page = tab(path)
    page.locator(f"#step-{step.number} > summary").click()
    unit = 5
    value, terms, foot = open_at(page, first_block(step), (0, unit))
    x = trace.steps[0].output[0].astype(float)
    w, b = (trace.parameters[f"hidden1.linear.{n}"].array[unit].astype(float) for n in ("weight", "bias"))
    np.testing.assert_allclose(terms, [*(x * w), b], rtol=1e-5, atol=1e-6)
    assert value == pytest.approx((x * w).sum() + b, rel=1e-5)
    assert foot["torch has"] == pytest.approx(float(step.output[0, unit]), rel=1e-5)


def test_the_way_back_opens_to_the_outer_product(digit_page, tab):
    """Rows D3 and D8: dW is δ times x, dx is δ times W."""
    trace, path = digit_page
    step = step_of(trace, "linear", 1)
    page = tab(path)
    page.locator(f"#back-{step.number} > summary").click()
    blocks = page.locator(f"#back-{step.number} .numbers")
    titles = blocks.evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    weight = next(n for n, title in enumerate(titles) if "to weight" in title)
    value, terms, foot = open_at(page, f"#back-{step.number} .numbers >> nth={weight}", (2, 3))
    delta, x = float(step.gradient[0, 2]), float(step.inputs[0].array[0, 3])
    assert value == pytest.approx(delta * x, rel=1e-4, abs=1e-9)
    assert foot["torch has"] == pytest.approx(
        float(trace.gradients["hidden2.linear.weight"][2, 3]), rel=1e-4, abs=1e-9
    )
    inward = next(n for n, title in enumerate(titles) if "to input" in title)
    value, terms, _ = open_at(page, f"#back-{step.number} .numbers >> nth={inward}", (0, 4))
    w = trace.parameters["hidden2.linear.weight"].array[:, 4].astype(float)
    np.testing.assert_allclose(terms, w * step.gradient[0], rtol=1e-4, atol=1e-8)


def test_a_convolution_opens_to_patch_times_kernel(tmp_path, tab):
    """Row G2."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 3, 3, stride=2, padding=1), nn.Flatten(), nn.Linear(48, 2))
    trace = vt.look(model, torch.randn(2, 2, 8, 8), torch.tensor([0, 1]))
    trace.write_html(tmp_path / "page.html")
    page = tab(tmp_path / "page.html")
    page.locator("#step-0 > summary").click()
    value, terms, foot = open_at(page, "#step-0 .numbers >> nth=0", (1, 2, 3, 1))
    image = np.pad(trace.steps[0].inputs[0].array[1].astype(float), ((0, 0), (1, 1), (1, 1)))
    kernel, bias = (trace.parameters[f"0.{n}"].array.astype(float)[2] for n in ("weight", "bias"))
    patch = (image[:, 6:9, 2:5] * kernel).ravel()
    np.testing.assert_allclose(terms, [*patch, bias], rtol=1e-4, atol=1e-6)
    assert value == pytest.approx(patch.sum() + bias, rel=1e-5)
    assert foot["torch has"] == pytest.approx(float(trace.steps[0].output[1, 2, 3, 1]), rel=1e-5)


@pytest.mark.parametrize(
    "name", ["mlp", "lenet5", "packed bidirectional lstm", "encoder layer", "unet", "vae"]
)
def test_every_opened_element_is_torchs_number(name, tmp_path, tab):
    """Opens an element of the first output of every step, forward and back, where the page offers one."""
    _, path = page_of(name, tmp_path)
    page = tab(path)
    for button in page.get_by_role("button", name="Open all").all():
        button.click()
    page.wait_for_timeout(300)
    assert page.locator("#forward .numbers:not([data-ready])").count() == 0
    differences = page.evaluate("""() => {
      const found = [];
      const read = text => Number(text.replace('−', '-').replace('−', '-').replace('∞', 'Infinity'));
      for (const block of document.querySelectorAll('.step .numbers')) {
        const button = [...block.querySelectorAll('button')].find(b => b.textContent === 'Open this element');
        if (!button) continue;
        const some = block.querySelector('.some button');
        (some || button).click();
        const foot = [...block.querySelectorAll('.opened tfoot tr')];
        const torch = foot.find(row => row.cells[0].textContent === 'torch has');
        if (!torch) continue;
        const terms = [...block.querySelectorAll('.opened tbody td:last-child')].map(cell => read(cell.textContent));
        const how = foot[0].cells[0].textContent;
        found.push([how, read(foot[0].cells[2].textContent), read(torch.cells[2].textContent), terms]);
      }
      return found;
    }""")
    assert len(differences) >= 5
    for how, value, torch_has, terms in differences:
        scale = max(map(abs, [*terms, torch_has, 1e-6]))
        assert value == pytest.approx(torch_has, abs=2e-4 * scale)
        if how == "sum":
            assert sum(terms) == pytest.approx(value, abs=2e-4 * max(scale, sum(map(abs, terms))))


def test_the_keyboard_alone_opens_an_element(digit_page, tab):
    trace, path = digit_page
    step = step_of(trace, "linear")
    page = tab(path)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator(f"#step-{step.number} > summary").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#step-{step.number} .controls")
    page.keyboard.press("Tab")  # to the axis
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Open this element"
    page.keyboard.press("Enter")
    said = page.locator(f"#step-{step.number} .opened-value >> nth=0").inner_text()
    assert said.startswith("y[0, 2] = ")
    assert number(said.split("=")[1]) == pytest.approx(float(step.output[0, 2]), rel=1e-5)


def test_a_screen_reader_is_told_what_things_are(digit_page, tab):
    _, path = digit_page
    page = tab(path)
    unnamed = page.evaluate("""() => {
      for (const d of document.querySelectorAll('details')) d.open = true;
      const unsaid = 'img:not([alt]),svg:not([aria-hidden]):not(.drawn svg),canvas:not([aria-hidden])';
      return [...document.querySelectorAll(unsaid)].map(e => e.outerHTML.slice(0, 80)); }""")
    assert unnamed == []
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert page.evaluate("document.documentElement.lang") == "en"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_it_fits_a_phone_and_words_can_be_read(digit_page, tab, mode):
    _, path = digit_page
    page = tab(path, viewport={"width": 400, "height": 800}, color_scheme=mode)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    ink, paper = page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
    assert contrast(ink, paper) > 7
    muted = page.evaluate("getComputedStyle(document.querySelector('.note')).color")
    assert contrast(muted, paper) > 4.5
    for place in ("a", "button", "summary"):
        assert (
            contrast(page.evaluate(f"getComputedStyle(document.querySelector('main {place}')).color"), paper)
            > 4.5
        )


def contrast(one, other):
    """The ratio of two colours as WCAG 2 has it."""
    found = []
    for color in (one, other):
        parts = [int(v) / 255 for v in re.findall(r"\d+", color)[:3]]
        linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        found.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(found) + 0.05) / (min(found) + 0.05)


def test_without_a_script_structure_and_statistics_are_there(digit_page, browser):
    _, path = digit_page
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("noscript").count() == 1
    assert "64·16 + 16 = 1,040" in page.locator("#structure").inner_text()
    assert not page.locator(".numbers").first.is_visible()
    context.close()


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.add_module(f"{HOSTILE}<img src=x onerror=alert(1)>".replace(".", ""), nn.Linear(3, 2))

    def forward(self, x):
        return next(iter(self.children()))(x)


def test_hostile_names_stay_text(tmp_path, tab):
    trace = vt.look(Named(), torch.randn(4, 3), torch.tensor([0, 1, 0, 1]))
    path = tmp_path / "page.html"
    trace.write_html(path, title=f"</title>{HOSTILE}")
    page = tab(path)
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.wait_for_timeout(100)
    assert page.evaluate("document.scripts.length") == 2
    assert HOSTILE in page.locator("h1").inner_text()
    assert page.locator("main img[src='x']").count() == 0
    assert HOSTILE in page.locator("#structure").inner_text()


def test_not_a_number_is_shown_where_it_began(tmp_path, tab):
    class Rooted(nn.Module):
        def forward(self, x):
            return torch.sqrt(x - 1).sum(1, keepdim=True) * 2

    trace = vt.look(Rooted(), torch.tensor([[0.5, 3.0]]))
    path = tmp_path / "page.html"
    trace.write_html(path)
    page = tab(path)
    assert "first NaN or infinity came from step" in page.locator("header").inner_text()
    bad = trace.not_a_number
    assert bad.operation == "sqrt"
    page.locator(f"#step-{bad.number} > summary").click()
    page.get_by_role("button", name="As a table").first.click()
    assert "NaN" in page.locator(f"#step-{bad.number}").inner_text()


def test_the_digit_classifiers_page_is_small(tmp_path, tab):
    """784-128-64-10 of 28 × 28 pixels, with a run's 512 examples and all views: at most 1 MB."""
    generator = torch.Generator().manual_seed(0)
    layers = nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    model = nn.Sequential(nn.Flatten(), *layers)
    strokes = torch.rand(512, 1, 7, 7, generator=generator) * (
        torch.rand(512, 1, 7, 7, generator=generator) > 0.7
    )
    x, y = F.interpolate(strokes, scale_factor=4, mode="bilinear"), torch.arange(512) % 10
    trace = vt.look(model, x[:1], y[:1])
    path = html.write(trace, tmp_path / "page.html", views=show_all(subject_from(model, x, y)))
    assert path.stat().st_size <= 1_000_000
    page = tab(path)
    assert page.locator("#learned article.view").count() >= 10


def test_resnet_18s_page_is_small_and_soon_ready(tmp_path, tab):
    _, path = page_of("resnet18", tmp_path)
    assert path.stat().st_size <= 5_000_000
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        page = tab(path)
        page.locator("#forward details.step > summary").nth(3).click()
        page.wait_for_selector("#forward .controls")
        seconds.append(time.perf_counter() - start)
    assert min(seconds) <= 2.5  # a shared machine; the figure of 1 s is measured by bench.look_speed


def test_the_film_moves_by_slider_keys_and_button(digit_run, tmp_path, tab):
    frames = frames_of(digit_run, most=4)
    path = film_page.write(frames, tmp_path / "film.html", f"film {HOSTILE}")
    page = tab(path)
    shown = "[...document.querySelectorAll('.frame:not([hidden])')].map(f => Number(f.dataset.frame))"
    last = len(frames) - 1
    assert set(page.evaluate(shown)) == {last}
    assert page.locator("#said").inner_text() == frames[-1].title
    page.locator("#moment").focus()
    page.keyboard.press("ArrowLeft")
    assert set(page.evaluate(shown)) == {last - 1}
    page.keyboard.press("Home")
    assert set(page.evaluate(shown)) == {0}
    assert page.locator("#moment").get_attribute("aria-valuetext") == frames[0].title
    page.keyboard.press("End")
    page.locator("#play").click()
    page.locator("#said", has_text=frames[1].title).wait_for()
    page.locator("#play").click()
    assert page.locator("#play").inner_text() == "Play"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert HOSTILE in page.locator("h1").inner_text()


def test_the_film_fits_a_phone(digit_run, tmp_path, tab):
    path = film_page.write(frames_of(digit_run, most=2), tmp_path / "film.html", "digits")
    page = tab(path, viewport={"width": 400, "height": 800}, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_without_a_script_all_moments_of_a_film_are_there(digit_run, tmp_path, browser):
    path = film_page.write(frames_of(digit_run, most=2, only=["filters"]), tmp_path / "film.html", "digits")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert [f.is_visible() for f in page.locator("#view-filters .frame").all()] == [True, True]
    assert not page.locator("#moment").is_visible()
    context.close()
