"""Takes the pictures of docs/look.md: trains the digit classifier, looks at it, and photographs the pages.

python docs/pictures.py           # needs playwright and a chromium
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

PICTURES = Path(__file__).parent / "pictures"
COLORS = 64
TRAIN = (
    "train digits --model mlp --set model.hidden=[128,64] --set train.keep_checkpoints=12 --epochs 12 "
    "--set train.baselines=false --out run"
)

# A picture: the page, what to open on it, what to take, the width of the window, light or dark.
OPEN_NEURON = """async () => {
  const step = document.getElementById('step-1');
  step.open = true;
  await new Promise(done => setTimeout(done, 300));
  for (const part of step.querySelectorAll('.numbers')) if (part !== step.querySelector('.numbers')) {
    part.previousElementSibling.previousElementSibling.hidden = part.previousElementSibling.hidden = part.hidden = true;
  }
  step.querySelector('canvas + *, .controls button').click();
}"""
TAKEN: dict[str, tuple[str, str, str, int, str]] = {
    "top": ("look.html", "", "window", 900, "light"),
    "neuron": ("look.html", OPEN_NEURON, "#step-1", 760, "light"),
    "maximization": ("look.html", "", "#view-maximization .blocks > :nth-child(1)", 900, "light"),
    "representations": ("look.html", "", "#view-representations", 700, "dark"),
    "confusion": ("look.html", "", "#view-confusion figure", 620, "light"),
}


def command(words: str, folder: Path) -> None:
    """Runs vitreous in a folder."""
    subprocess.run([sys.executable, "-m", "vitreous", *words.split()], cwd=folder, check=True)


def small(png: bytes) -> bytes:
    """With few colours: a page has no more."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLORS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def photograph(browser: Any, folder: Path, name: str) -> None:
    """One picture."""
    page_name, script, place, width, mode = TAKEN[name]
    page = browser.new_page(viewport={"width": width, "height": 620}, color_scheme=mode)
    page.goto((folder / page_name).as_uri())
    page.wait_for_selector("html[data-ready]")
    if script:
        page.evaluate(f"({script})()")
        page.wait_for_timeout(300)
    taken = page.screenshot() if place == "window" else page.locator(place).first.screenshot()
    (PICTURES / f"look-{name}.png").write_bytes(small(taken))
    page.close()


def main() -> None:
    """All of them."""
    from playwright.sync_api import sync_playwright

    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as started:
        folder = Path(name)
        command(TRAIN, folder)
        command("look run --sample 7 --html look.html", folder)
        command("look run --through-training --views filters --frames 8 --export film.gif", folder)
        shutil.copy(folder / "film.gif", PICTURES / "look-film.gif")
        chromium = shutil.which("chromium") or "/usr/bin/chromium"
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for picture in TAKEN:
            photograph(browser, folder, picture)
        browser.close()


if __name__ == "__main__":
    main()
