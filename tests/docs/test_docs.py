"""Every command and every Python block of README and docs runs, on small data made here."""

from __future__ import annotations

import datetime
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))]


def blocks(language: str) -> list[tuple[str, str]]:
    """(page, text) of every fenced block in a language."""
    found = []
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        found += [(page, block) for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)]
    return found


def commands() -> list[tuple[str, str]]:
    """(page, command) of every line in a console block, comments left out."""
    lines = [
        (page, line.split("  #")[0].strip())
        for page, block in blocks("console")
        for line in block.splitlines()
    ]
    return [(page, line) for page, line in lines if line]


def marked(name: str, page: str) -> str:
    """What stands in the fenced block between <!-- name --> and <!-- /name -->."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name} -->\n```\w*\n(.*?)```\n<!-- /{name} -->", text, re.DOTALL)
    assert found, f"{page} has no block {name}"
    return found[1]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files the pages speak of."""
    folder = tmp_path_factory.mktemp("docs")
    generator = np.random.default_rng(0)
    rows = 240
    age, income = generator.integers(18, 80, rows), generator.normal(50_000, 15_000, rows).round(2)
    cities = generator.choice(["Oslo", "Rome", "Lima"], rows)
    churned = np.where(age + generator.normal(0, 10, rows) > 50, "yes", "no")
    polars.DataFrame({"age": age, "city": cities, "income": income, "churned": churned}).write_csv(
        folder / "customers.csv"
    )
    words = {1: ["awful", "broken", "bad"], 5: ["lovely", "great", "good"]}
    stars = generator.choice([1, 5], rows)
    body = [" ".join(generator.choice([*words[int(s)], "the", "thing", "was"], 8)) for s in stars]
    polars.DataFrame({"body": body, "stars": stars}).write_csv(folder / "reviews.csv")
    (folder / "book.txt").write_text("the quick brown fox jumps over the lazy dog.\n" * 200, encoding="utf-8")
    start = datetime.datetime(2024, 1, 1)
    hours = np.arange(600)
    load = 100 + 20 * np.sin(hours / 24 * 2 * np.pi) + generator.normal(0, 2, len(hours))
    dates = [(start + datetime.timedelta(hours=int(h))).isoformat(sep=" ") for h in hours]
    polars.DataFrame({"date": dates, "load": load.round(2)}).write_csv(folder / "series.csv")
    np.savez(
        folder / "data.npz", X=generator.normal(size=(200, 6)).astype("f4"), y=generator.integers(0, 3, 200)
    )
    (folder / "my_model.py").write_text(
        "from torch import nn\n\n\nclass MyNet(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))\n",
        encoding="utf-8",
    )
    np.save(folder / "x.npy", generator.normal(size=(8, 6)).astype("f4"))
    np.save(folder / "y.npy", generator.integers(0, 3, 8))
    (folder / "train.py").write_text(marked("script", "docs/doctor.md"), encoding="utf-8")
    for name, colour in {"cat": (200, 80, 80), "dog": (80, 80, 200)}.items():
        (folder / "photos" / name).mkdir(parents=True)
        for number in range(20):
            size = (32 + number % 3, 32, 3)
            pixels = np.clip(generator.normal(colour, 40, size), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / name / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def environment(workplace: Path) -> dict[str, str]:
    """One thread: several test processes share the cores; and a cache of its own."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(workplace / ".cache")}


def arguments(line: str, mnist: Path | None) -> list[str]:
    """The command as a list; training is cut to one epoch, and what the doctor runs to 40 steps, where it sets none.

    It makes experiments where a page or a diff is asked for, and none for the other options: they take longest.
    """
    words = shlex.split(line.replace("--data-dir DIR", f"--data-dir {mnist}"))
    if ("train" in words or words[1] == "compare") and "--epochs" not in words:
        words += ["--epochs", "1"]
    if words[:2] == ["vitreous", "doctor"] and words[3:4] != ["--steps"]:
        words[2:2] = ["--steps", "40"]
    if words[:2] == ["vitreous", "doctor"] and not {"--html", "--patch"} & set(words):
        words[2:2] = ["--no-prove"]
    return words


# Imports torch once and forks a child for each command: a fresh process each would cost minutes.
RUNNER = """
import json, os, sys, traceback
import torch, sklearn.ensemble, sklearn.linear_model
torch.set_num_threads(1)
import vitreous.training.session
from vitreous.__main__ import main
for words in json.loads(sys.stdin.read()):
    child = os.fork()
    if child == 0:
        sys.argv = words
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code and not (words[1] == "doctor" and code == 1):  # 1: something is wrong, and said
        sys.exit(f"{' '.join(words)}: exit {code}")
"""


# One test a page and not one a command: later commands use the runs that earlier ones made.
@pytest.mark.parametrize("page", sorted({page for page, _ in commands()}))
def test_every_command_of_the_page_succeeds(
    page: str, workplace: Path, environment: dict[str, str], request: pytest.FixtureRequest
) -> None:
    here = workplace / f"page-{Path(page).stem}"
    here.mkdir()
    for item in workplace.iterdir():
        if item.suffix or item.name == "photos":
            (here / item.name).symlink_to(item)
    ours, engine = [], []
    for line in [line for named, line in commands() if named == page]:
        mnist = None
        if "--data-dir DIR" in line:
            try:
                mnist = request.getfixturevalue("shared_data")("mnist")
            except pytest.skip.Exception:
                continue  # the images are not here; every other command still runs
        words = arguments(line, mnist)
        (ours if words[0] == "vitreous" else engine).append(words)
    run([sys.executable, "-c", RUNNER], here, environment, json.dumps(ours))
    for words in engine:
        assert words[0] == "torchrun"
        run([sys.executable, "-m", "torch.distributed.run", "--standalone", *words[1:]], here, environment)


def test_the_verdict_of_the_pages_is_what_the_doctor_says(
    workplace: Path, environment: dict[str, str]
) -> None:
    here = workplace / "verdict"
    here.mkdir()
    (here / "train.py").write_text(marked("script", "docs/doctor.md"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "vitreous", "doctor", "train.py", "--time", "300"],
        cwd=here, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    # Figures of another machine differ in their last digits; which they are and every word are the same.
    numbers = re.compile(r"\d[\d.,]*(e[+-]?\d+)?")
    for page in ("README.md", "docs/doctor.md"):
        assert numbers.sub("#", done.stdout).split() == numbers.sub("#", marked("verdict", page)).split()
    assert re.search(r"line 24\b", done.stdout)


def test_what_look_prints_on_the_page_is_what_it_prints(workplace: Path, environment: dict[str, str]) -> None:
    here = workplace / "look"
    here.mkdir()
    vitreous = [sys.executable, "-m", "vitreous"]
    plain = ["--set", "train.baselines=false", "--set", "train.checks=false", "--quiet"]
    train = next(line for page, line in commands() if page == "README.md" and "model.hidden=[128,64]" in line)
    run([*vitreous, *shlex.split(train)[1:], *plain], here, environment)
    printed = run([*vitreous, "look", "runs/digits", "--sample", "7"], here, environment)
    shown = masked(marked("look", "README.md"))
    assert len(shown) > 10
    rest = iter(masked(printed))
    assert all(line in rest for line in shown), printed  # a part of it, in its order


def masked(text: str) -> list[str]:
    """Its lines without their figures, which differ in the last digits from machine to machine, and without rules."""
    lines = [" ".join(re.sub(r"-?\d[\d.,]*(e[+-]?\d+)?", "#", line).split()) for line in text.splitlines()]
    return [line for line in lines if line.strip("─ ")]


def run(words: list[str], folder: Path, environment: dict[str, str], given: str = "") -> str:
    """Runs a process to its end, gives what it printed, and shows what it said if it failed."""
    done = subprocess.run(
        words,
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize(("page", "code"), blocks("python"))  # frameworks in them warn of each other
def test_python_blocks_run(page: str, code: str, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.datasets import load_iris

    x, y = load_iris(return_X_y=True)
    monkeypatch.chdir(workplace)
    exec(compile(code, page, "exec"), {"X": x, "y": y})


def test_links_of_the_pages_exist() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text(encoding="utf-8")):
            assert ((ROOT / page).parent / link).exists(), f"{page}: {link}"


def test_generated_parts_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_error_code_is_documented() -> None:
    from vitreous import errors

    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    classes = [
        c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.VitreousError)
    ]
    for kind in classes:
        if kind is not errors.VitreousError:
            assert f"| `{kind.code}` |" in text
            assert f"`{kind.__name__}`" in text
