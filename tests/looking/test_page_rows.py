"""Rows of the requirements that a person sees move or leads from: K8's ring of a step, K9's kernel over an image."""

import re

import numpy as np
import pytest
import torch
from torch import nn

import vitreous as vt


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A network with a convolution, its trace and its page."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 3, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2))
    trace = vt.look(model, torch.randn(2, 2, 8, 8), torch.tensor([0, 1]))
    path = tmp_path_factory.mktemp("rows") / "page.html"
    trace.write_html(path)
    return trace, path


def test_row_K8_the_ring_of_a_step_has_the_live_numbers_and_leads_to_them(shown, tab):
    trace, path = shown
    page = tab(path, reduced_motion="reduce")  # without the page's smooth scrolling
    links = page.locator(".cycle a")
    said = dict(
        links.evaluate_all("all => all.map(a => [...a.querySelectorAll('text')].map(t => t.textContent))")
    )
    assert list(said) == ["data", "forward", "loss", "backward", "step of adam"]
    assert said["data"] == "2 × 2 × 8 × 8"
    assert said["forward"] == f"{sum(s.computes for s in trace.steps)} operations"
    assert number(said["loss"]) == pytest.approx(trace.loss, rel=1e-3)
    norm = np.sqrt(sum(np.square(g.astype(float)).sum() for g in trace.gradients.values()))
    assert number(said["backward"].split()[1]) == pytest.approx(norm, rel=1e-3)
    changes = trace.update("adam").changes.values()
    change, weights = (np.sqrt(sum(np.square(a.astype(float)).sum() for a in arrays))
                       for arrays in ([c.change for c in changes], [c.before for c in changes]))  # fmt: skip
    value, share = re.match(r"‖Δw‖ (\S+) \((\S+)%\)", said["step of adam"]).groups()
    assert number(value) == pytest.approx(change, rel=1e-2)
    assert number(share) == pytest.approx(100 * change / weights, abs=0.01)
    for n, place in enumerate(("step-0", "forward", None, "back", "update")):
        target = links.nth(n).get_attribute("href")
        assert place is None or target == f"#{place}"
        links.nth(n).click()
        page.wait_for_timeout(300)
        assert page.locator(target).count() == 1
        top = page.locator(target).bounding_box()["y"]
        assert -5 <= top <= 720, f"{target} is on the screen"
        page.evaluate("scrollTo(0, 0)")
    loss = next(s for s in trace.steps if f"#step-{s.number}" == links.nth(2).get_attribute("href"))
    assert float(loss.output) == pytest.approx(trace.loss)


def test_row_K8_the_ring_can_be_gone_through_by_keyboard(shown, tab):
    _, path = shown
    page = tab(path)
    page.locator(".cycle a").first.focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#back"
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert page.evaluate("location.hash") == "#back"


def test_row_K8_a_look_without_a_loss_has_no_ring(tmp_path):
    vt.look(nn.Linear(3, 2), torch.randn(1, 3), gradients=False).write_html(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'class="cycle' not in text
    assert 'href="#update"' not in text


def opened(path, tab, **more):
    """The page with the convolution's first element opened."""
    page = tab(path, **more)
    page.locator("#step-0 > summary").click()
    page.locator("#step-0 .numbers >> nth=0").get_by_role("button", name="Open this element").click()
    return page, page.locator("#step-0 .numbers >> nth=0")


def place_of(block):
    """Where the opened element is, and its value; None while it is not opened."""
    said = block.locator(".controls output").inner_text()
    index, value = re.match(r"y\[(.*)\] = (\S+)", said).groups()
    return [int(i) for i in index.split(", ")], number(value)


def test_row_K9_arrow_keys_move_the_kernel_over_the_image(shown, tab):
    """Each place has the sum of its patch; the frame stands where the kernel does; at an edge it stays."""
    trace, path = shown
    page, block = opened(path, tab)
    assert place_of(block)[0] == [0, 0, 0, 0]
    image = np.pad(trace.steps[0].inputs[0].array[0].astype(float), ((0, 0), (1, 1), (1, 1)))
    kernel, bias = (trace.parameters[f"0.{n}"].array.astype(float)[0] for n in ("weight", "bias"))
    block.locator(".stage").focus()
    y, x = 0, 0
    for key, (dy, dx) in {
        "ArrowUp": (0, 0), "ArrowRight": (0, 1), "ArrowDown": (1, 0), "ArrowLeft": (0, -1), "End": (0, 0),
    }.items():  # fmt: skip
        page.keyboard.press(key)
        y, x = y + dy, x + dx
        index, value = place_of(block)
        assert index == [0, 0, y, x], key
        patch = image[:, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3]
        assert value == pytest.approx((patch * kernel).sum() + bias, rel=1e-4)
        assert number(block.locator(".opened-value").inner_text().split("=")[1]) == pytest.approx(
            value, rel=1e-4
        )
        assert block.locator(".sliding .controls .note").inner_text() == f"row {y}, column {x}"
    frame = page.evaluate("""() => {
      const canvas = document.querySelector('.stage canvas'), ctx = canvas.getContext('2d');
      const ink = getComputedStyle(document.body).color.match(/\\d+/g).map(Number);
      const cell = canvas.width / 10, {data, width} = ctx.getImageData(0, 0, canvas.width, canvas.height);
      const is = (x, y) => ink.every((v, n) => data[4 * (y * width + x) + n] === v);
      const found = [];
      for (let y = 0; y < 10; y++) for (let x = 0; x < 10; x++)
        if (is(x * cell + 1, y * cell + 1) && is(x * cell + 1, y * cell + 4)) found.push([y, x]);
      return found;
    }""")
    assert frame[0] == [2 * y, 2 * x]


def test_row_K9_nothing_moves_by_itself_and_play_goes_through_all_places(shown, tab):
    _, path = shown
    page, block = opened(path, tab)
    page.wait_for_timeout(900)
    assert place_of(block)[0] == [0, 0, 0, 0], "it is still until it is told"
    play = block.locator(".sliding button")
    assert play.inner_text() == "Play"
    play.click()
    block.locator(".sliding .note", has_text=re.compile("column [123]|row [123]")).wait_for()
    assert play.inner_text() == "Pause"
    play.click()
    here = place_of(block)[0]
    page.wait_for_timeout(800)
    assert place_of(block)[0] == here, "paused"
    assert block.locator(".opened-value").count() == 1
    play.click()
    block.locator(".sliding .note", has_text="row 3, column 3").wait_for()
    block.locator(".sliding button", has_text="Play").wait_for()
    play.click()  # from the last place it begins anew
    assert play.inner_text() == "Pause"
    assert place_of(block)[0] != [0, 0, 3, 3]
    play.click()


def test_row_K9_who_wants_less_motion_goes_place_by_place(shown, tab):
    _, path = shown
    page, block = opened(path, tab, reduced_motion="reduce")
    button = block.locator(".sliding button")
    assert button.inner_text() == "Next place"
    for n in range(1, 6):
        button.click()
        assert place_of(block)[0] == [0, 0, n // 4, n % 4]
    page.wait_for_timeout(800)
    assert place_of(block)[0] == [0, 0, 1, 1]


def test_row_K9_each_channel_of_the_input_can_be_seen(shown, tab):
    _, path = shown
    page, block = opened(path, tab, viewport={"width": 400, "height": 800}, color_scheme="dark")
    caption = block.locator(".stage figcaption").first
    assert caption.inner_text() == "x[0, 0], the patch framed"
    before = page.evaluate("document.querySelector('.stage canvas').toDataURL()")
    block.get_by_label("input channel").fill("1")
    assert caption.inner_text() == "x[0, 1], the patch framed"
    assert block.locator(".stage figcaption").last.inner_text() == "W[0, 1]"
    assert page.evaluate("document.querySelector('.stage canvas').toDataURL()") != before
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_only_a_convolution_has_a_kernel_to_move(shown, tab):
    _, path = shown
    page = tab(path)
    for button in page.get_by_role("button", name="Open all").all():
        button.click()
    page.evaluate("""() => { for (const b of document.querySelectorAll('.numbers button'))
      if (b.textContent === 'Open this element') b.click(); }""")
    assert page.locator(".sliding").count() == 1
    assert page.locator("#step-0 .sliding").count() == 1
