"""Writes what the docs say of the code from the code: settings, models, faults, figures.

python docs/generate.py           # fills the parts between <!-- name --> and <!-- /name -->
python docs/generate.py --check   # fails when a page is out of date
"""

from __future__ import annotations

import inspect
import json
import math
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

from vitreous import models
from vitreous.doctor.faults import all_faults
from vitreous.looking.activation import Measured, activations, measure
from vitreous.looking.view import all_views
from vitreous.training.recipe import Recipe

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results"


def settings() -> str:
    """Every setting with its default and meaning, a table a section."""
    parts = []
    for section, info in Recipe.model_fields.items():
        rows = []
        for name, field in info.annotation.model_fields.items():
            default = "" if field.default is None else json.dumps(field.default)
            meaning = field.description or choices(field.annotation)
            rows.append(f"| `{section}.{name}` | {default and f'`{default}`'} | {escape(meaning)} |")
        if section == "model":
            rows.append("| `model.<option>` |  | an option of the network, listed below |")
        parts.append("\n".join(["| setting | default | what it is |", "|---|---|---|", *rows]))
    return "\n\n".join(parts)


def zoo() -> str:
    """The networks with their options, from the builders' signatures."""
    rows = []
    for name in models.names():
        builder = models.builder(name)
        options = [
            f"`{key}={json.dumps(parameter.default)}`"
            for key, parameter in inspect.signature(builder).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        ]
        rows.append(f"| `{name}` | {escape(', '.join(options)) or '–'} |")
    return "\n".join(["| name | options |", "|---|---|", *rows])


def views() -> str:
    """Every view of a network, from its file's docstring."""
    rows = []
    for name, view in all_views().items():
        about = inspect.cleandoc(inspect.getmodule(view).__doc__ or "").split("\n\n")[0].replace("\n", " ")
        rows.append(f"| `{name}` | {escape(about)} |")
    return "\n".join(["| view | what it shows |", "|---|---|", *rows])


def activation_table() -> str:
    """Every activation as it was measured on the operations by hand."""
    rows = []
    for kind in activations().values():
        found = measure(kind)
        flat, slow = (
            ", ".join(map(interval, places)) or "nowhere" for places in (found.dead, found.saturated)
        )
        rows.append(
            f"| `{found.name}` | {escape(found.formula)} | {value_range(found)} | {flat} | {slow} "
            f"| {figure(found.steepest)} | {escape(found.use)} |"
        )
    columns = ("activation", "formula", "range", "dead", "saturated", "steepest", "when to use")
    return "\n".join([f"| {' | '.join(columns)} |", "|---|---|---|---|---|---|---|", *rows])


def value_range(found: Measured) -> str:
    """A range as mathematics writes it: a square bracket where the end is reached."""
    left, right = "[" if found.reaches[0] else "(", "]" if found.reaches[1] else ")"
    return f"{left}{figure(found.low)}, {figure(found.high)}{right}"


def interval(ends: tuple[float, float]) -> str:
    """Where x lies."""
    low, high = ends
    if low == -math.inf:
        return f"x < {figure(high, 2)}"
    return f"x > {figure(low, 2)}" if high == math.inf else f"{figure(low, 2)} < x < {figure(high, 2)}"


def figure(value: float, digits: int = 3) -> str:
    """A number with so many digits, infinities as signs."""
    written = "∞" if math.isinf(value) else f"{abs(value):.{digits}g}"
    return f"−{written}" if value < 0 else written


def choices(annotation: Any) -> str:
    """The values of a Literal, as a sentence."""
    return ", ".join(str(value) for value in get_args(annotation))


def escape(text: str) -> str:
    """A bar would end the table cell."""
    return text.replace("|", "\\|")


def results() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each committed result with its benchmark's name."""
    for path in sorted(RESULTS.glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))


def figures(names: tuple[str, ...] = ()) -> str:
    """Each goal of each benchmark beside what was found, from the committed results.

    Args:
        names: Only goals of these benchmarks; all by default.
    """
    rows = []
    for name, found in results():
        for goal in found.get("goals", []) if not names or name in names else ():
            verdict = {True: "yes", False: "**no**"}.get(goal["met"], "not run")
            value = "–" if goal["found"] is None else f"{goal['found']:,.4g}"
            rows.append(f"| `{name}` | {escape(goal['name'])} | {goal['wanted']} | {value} | {verdict} |")
    if not rows:
        return "Not measured yet."
    return "\n".join(["| `python -m bench …` | what | goal | found | met |", "|---|---|---|---|---|", *rows])


def summary() -> str:
    """A line for each benchmark: what it measures, how many of its goals are met, when."""
    rows = []
    for name, found in results():
        met = [goal["met"] for goal in found.get("goals", []) if goal["met"] is not None]
        about = (RESULTS / f"{name}.md").read_text(encoding="utf-8").splitlines()[2]
        rows.append(f"| `{name}` | {escape(about)} | {sum(met)} of {len(met)} | {found['date'][:10]} |")
    return "\n".join(
        ["| `python -m bench …` | what it measures | goals met | date |", "|---|---|---|---|", *rows]
    )


def fault_table() -> str:
    """Every fault the doctor knows, with its severity."""
    rows = [
        f"| [`{name}`]({page_name(name)}) | {fault.severity} | {fault.stage} | {escape(fault.title)} |"
        for name, fault in ((name, found.fault) for name, found in all_faults().items())
    ]
    return "\n".join(["| fault | severity | stage | what is wrong |", "|---|---|---|---|", *rows])


def page_name(fault: str) -> str:
    """The page of a fault, in docs/faults."""
    return f"{fault.replace('/', '-')}.md"


def fault_page(name: str) -> str:
    """A fault's docstring as a page."""
    found = all_faults()[name]
    first, _, rest = inspect.cleandoc(found.module.__doc__ or "").partition("\n")
    lines = [f"# {name}", "", first, "", f"Severity: {found.fault.severity}. Stage: {found.fault.stage}."]
    code = False
    for line in rest.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            lines += ["```", ""] if code else [""]
            code = line == "Example:"
            lines += [f"## {line[:-1]}", "", *(["```python"] if code else [])]
        elif line or code:
            lines.append(line.removeprefix("    "))
        else:
            lines.append("")
    text = "\n".join([*lines, *(["```"] if code else [])])
    return re.sub(r"\n+```\n", "\n```\n", re.sub(r"\n{3,}", "\n\n", text)).strip() + "\n"


def corpus_table() -> str:
    """What the doctor said of every script of its corpus, misses included."""
    found = dict(results()).get("doctor_corpus")
    if found is None:
        return "Not measured yet."
    parts = found["figures"]
    names = [name for name in next(iter(parts.values())) if name != "scripts"]
    notes = " ".join(f"{note.capitalize()}." for note in found["notes"])
    rows = [
        f"| | {' | '.join(parts)} |", "|---" * (len(parts) + 1) + "|",
        *(f"| {name} | {' | '.join(_figure(parts[part][name]) for part in parts)} |" for name in names), "",
        f"`{found['command']}`, {found['date'][:10]}. {notes}", "",
        "| script | part | what is wrong | what was said | right |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for row in found["scripts"]:
        said = ", ".join(f"{fault}:{line}" for fault, line, *_ in row["findings"]) or "nothing"
        good = {
            "one": row.get("first"),
            "right": row.get("quiet"),
            "several": row.get("named") == row.get("of"),
        }
        verdict = "yes" if good[row["kind"]] else "**no**"
        rows.append(
            f"| {row['script']} | {row['split']} | {', '.join(row.get('faults', [])) or '–'} | {said} | {verdict} |"
        )
    return "\n".join(rows)


def _figure(value: float | int | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1%}" if isinstance(value, float) and value <= 1 else f"{value:g}"


def diagnosed() -> str:
    """How good the doctor is, in a sentence or two."""
    known = dict(results())
    if "doctor_corpus" not in known:
        return "Not measured yet."
    parts = known["doctor_corpus"]["figures"]
    f, ordinary = parts["held-out"], parts.get("ordinary faults")
    among = (
        f" ({ordinary['first is right']:.0%} of the {ordinary['one fault']} written as faults most often happen)"
        if ordinary
        else ""
    )
    text = (
        f"On {f['scripts']} scripts written by others, none looked at before, it names the root cause first in "
        f"{f['first is right']:.0%} of those with one fault{among}, at the line of their fix in "
        f"{f['line within 3']:.0%} "
        f"({f['line, or one as natural']:.0%} with the other lines where its author would have made it as readily), "
        f"is silent on {f['quiet']:.0%} of the right ones, and proves {f['errors with proof']:.0%} of the errors that "
        f"it names; half of them take it less than {math.ceil(f['median seconds'])} s "
        "([every one of them](docs/faults/corpus.md))."
    )
    if "doctor_peers" in known:
        others = {n: v for n, v in known["doctor_peers"]["figures"].items() if n != "vitreous"}
        best = max(others, key=lambda name: others[name]["hits"])
        ours, theirs = known["doctor_peers"]["figures"]["vitreous"], others[best]
        text += (
            f" Beside {len(others)} other tools, on scripts kept aside before, it hits {ours['hits']} faults of "
            f"{ours['faulty']} and raises an alarm on {_alarms(ours)} right ones; the one of them that hits most "
            f"({best}) hits {theirs['hits']}, with an alarm on {_alarms(theirs)} "
            f"([all of them](docs/doctor.md#how-good-it-is))."
        )
    return "\n".join(textwrap.wrap(text, 118, break_long_words=False, break_on_hyphens=False))


def _alarms(figures: dict[str, float]) -> str:
    wrong, right = (figures[f"{kind}fixed"] + figures[f"{kind}healthy"] for kind in ("alarms on ", ""))
    return f"{wrong} of {right}"


def doctors() -> str:
    """Other tools that look at PyTorch training, on the same scripts."""
    found = dict(results()).get("doctor_peers")
    if found is None:
        return "Not measured yet."
    columns = {
        "fault hit": ("hits", "faulty"), "first": ("first", "faulty"), "line": ("line", "faulty"),
        "missed": ("misses", "faulty"), "of several": ("named", "faults among several"),
        "alarms on fixed": ("alarms on fixed", "fixed"), "on healthy": ("alarms on healthy", "healthy"),
    }  # fmt: skip
    rows = ["| | " + " | ".join(columns) + " | median seconds |", "|---" * (len(columns) + 2) + "|"]
    for name, figures in found["figures"].items():
        version = found["settings"]["versions"].get(name)
        cells = [f"{figures[part]} of {figures[whole]}" for part, whole in columns.values()]
        title = f"{name} {version}" if version else f"**{name}**"
        rows.append(f"| {title} | {' | '.join(cells)} | {figures['median seconds']} |")
    return "\n".join([*rows, "", f"`{found['command']}`, {found['date'][:10]}."])


def speed() -> str:
    """The digit classifier in each way of training it: seconds an epoch, seconds and memory of the process."""
    titles = {
        "vitreous": "**vitreous train**, record, checks, checkpoint and report included",
        "keras_jax": "Keras on JAX",
        "sklearn_mlp": "scikit-learn's MLPClassifier",
        "tensor_dataset": "a loop in PyTorch over tensors in memory",
        "skorch_net": "skorch",
        "lightning_trainer": "Lightning",
        "tutorial": "the loop of PyTorch's tutorial",
    }
    found = dict(results())["digit_classifier"]["figures"]
    rows = []
    for name, title in titles.items():
        row = found[name]
        rows.append(
            f"| {title} | {row['epoch_seconds']:.2f} s | {row['process_seconds']:.1f} s "
            f"| {row['peak_mib']:.0f} MiB | {row['test_accuracy']:.1%} |"
        )
    return "\n".join(
        [
            "| 784-128-64-10 on MNIST, 5 epochs | an epoch | process | peak memory | test accuracy |",
            "|---|---|---|---|---|",
            *rows,
        ]
    )


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "docs/train.md": {"settings": settings, "models": zoo},
    "docs/doctor.md": {"doctors": doctors},
    "docs/look.md": {"views": views},
    "docs/activations.md": {"activations": activation_table},
    "docs/figures.md": {"figures": figures},
    "docs/faults/README.md": {"faults": fault_table},
    "docs/faults/corpus.md": {"corpus": corpus_table},
    "README.md": {"diagnosed": diagnosed, "speed": speed, "figures": summary},
}


def fill(text: str, parts: dict[str, Any]) -> str:
    """The page with each part between its two marks replaced."""
    for name, write in parts.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, _, rest = text.partition(start)
        after = rest.partition(end)[2]
        text = f"{before}{start}\n{write()}\n{end}{after}"
    return text


def pages() -> Iterator[tuple[Path, str]]:
    """Every page that is written here, wholly or in part, with its text as it should be."""
    for page, parts in PARTS.items():
        yield ROOT / page, fill((ROOT / page).read_text(encoding="utf-8"), parts)
    for name in all_faults():
        yield ROOT / "docs" / "faults" / page_name(name), fault_page(name)


def main() -> int:
    """Fills or checks every page; the exit status says whether one was out of date."""
    stale = 0
    for path, new in pages():
        if path.is_file() and path.read_text(encoding="utf-8") == new:
            continue
        stale = 1
        if "--check" in sys.argv:
            print(f"{path.relative_to(ROOT)} is out of date: run python docs/generate.py")
        else:
            path.write_text(new, encoding="utf-8")
    return stale if "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
