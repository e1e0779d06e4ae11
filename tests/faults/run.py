"""``python -m tests.faults.run`` runs the corpus's scripts and compares what they print with what is recorded.

Each script runs by itself, on one thread, in an empty folder. What counts is the last line it prints, or,
of a script that crashes, the last line of its traceback.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import tomli_w
from tests.faults.corpus import Case, load

MOST_SECONDS = 600  # on the clock, which on a busy machine runs faster than the script
MOST_CHARACTERS = 200
NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")


def processor_seconds() -> float:
    """What all scripts run so far have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def printed_by(script: Path) -> tuple[str, float]:
    """Runs one script.

    Returns:
        Its last line and the processor seconds it took, with the start of Python and torch.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    start = processor_seconds()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(script)]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=MOST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"not done after {MOST_SECONDS} s", processor_seconds() - start
    lines = (done.stderr if done.returncode else done.stdout).strip().splitlines() or ["nothing printed"]
    return lines[-1].strip()[:MOST_CHARACTERS], processor_seconds() - start


def agree(one: str, other: str) -> bool:
    """Whether two results say the same: the same words, and numbers that another machine may give."""
    if "".join(NUMBER.sub("#", one).split()) != "".join(NUMBER.sub("#", other).split()):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    numbers = [(float(a.replace(",", "")), float(b.replace(",", ""))) for a, b in pairs]
    return all(math.isclose(a, b, rel_tol=0.1, abs_tol=0.02) for a, b in numbers)


def run(case: Case, write: bool) -> bool:
    """Runs one case and prints what came; writes it into its .toml if asked to.

    Returns:
        Whether everything printed agrees with what is recorded.
    """
    missing = [module for module in case.known.get("needs", []) if not importlib.util.find_spec(module)]
    if missing:
        print(f"{case.name}: skipped, needs {' '.join(missing)}")
        return True
    faults = ", ".join(place.fault for place in case.places) or "healthy"
    print(f"{case.name}  ({faults}, {case.split})")
    known, same = dict(case.known), True
    for key, script in case.scripts.items():
        line, seconds = printed_by(script)
        as_recorded = agree(line, case.known.get(key, ""))
        same &= as_recorded
        print(f"  {script.name:12} {seconds:5.1f} s  {line}")
        if not as_recorded:
            print(f"  {'recorded':20}  {case.known.get(key, 'nothing yet')}")
        known[key] = line
    if write and not same:
        if "faults" in known:
            known["faults"] = known.pop("faults")  # tables stay at the end
        case.toml.write_text(tomli_w.dumps(known), encoding="utf-8")
    return same


def main() -> int:
    """Runs what was asked for; exit code 1 if something differs from what is recorded."""
    parser = argparse.ArgumentParser(
        "python -m tests.faults.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", help="cases, or parts of their names; all if none is given")
    parser.add_argument(
        "--fault", help="only cases with this fault, e.g. eval/train-mode, or group, e.g. eval/"
    )
    parser.add_argument("--kind", choices=["cases", "several", "healthy"])
    parser.add_argument("--write", action="store_true", help="write what was printed into the .toml files")
    asked = parser.parse_args()
    chosen = [
        case
        for case in load(asked.kind)
        if (not asked.names or any(name in case.name for name in asked.names))
        and (not asked.fault or any(place.fault.startswith(asked.fault) for place in case.places))
    ]
    if not chosen:
        print(
            "no case fits: names are those of the folders in tests/faults/cases and beside it",
            file=sys.stderr,
        )
        return 2
    different = [case.name for case in chosen if not run(case, asked.write)]
    print(f"{len(chosen) - len(different)} of {len(chosen)} as recorded")
    return 1 if different and not asked.write else 0


if __name__ == "__main__":
    sys.exit(main())
