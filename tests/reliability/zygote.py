"""Runs the command line in forked children, so that a process start costs 10 ms instead of seconds.

Reads one JSON job a line and answers each with one JSON line. A job: ``argv``, ``cwd``, ``out`` (a path stem
for the two output streams), ``signals`` ([[seconds, number], …]), ``hooks`` ([[module, attribute, number], …]: the
child sends itself that signal the first time the function is called), ``report`` (false: draw none) and
``environment``.
"""

import importlib
import json
import os
import signal
import sys
import time
import traceback

import torch

torch.set_num_threads(1)  # a fork must not inherit a pool of threads

for heavy in (
    "torch._dynamo", "polars", "pyarrow.parquet", "sklearn.datasets", "sklearn.ensemble", "sklearn.linear_model",
    "vitreous.cli.app", "vitreous.report", "vitreous.training.session", "vitreous.training.sample",
):  # fmt: skip
    importlib.import_module(heavy)
main = importlib.import_module("vitreous.__main__").main
importlib.import_module("vitreous.models").names()
for kind in importlib.import_module("vitreous.data.open").source_kinds():
    importlib.import_module(f"vitreous.data.sources.{kind}")


def signal_at(module: str, attribute: str, number: int, repeat: int = 1) -> None:
    """Before the function runs for the first time, the process is sent a signal."""
    owner = importlib.import_module(module)
    *path, name = attribute.split(".")
    for part in path:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    fired = []

    def replaced(*args, **kwargs):
        if len(fired) < repeat:
            fired.append(1)
            os.kill(os.getpid(), number)
        return original(*args, **kwargs)

    setattr(owner, name, replaced)


def child(job: dict) -> None:
    os.chdir(job["cwd"])
    os.environ.update(job.get("environment", {}))
    for number, ending in ((1, ".out"), (2, ".err")):
        descriptor = os.open(job["out"] + ending, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(descriptor, number)
    sys.argv = ["vitreous", *job["argv"]]
    if not job.get("report", True):  # drawing takes seconds, and has tests of its own
        sys.modules["vitreous.report"].write = lambda folder: (folder / "report.html").write_text("")
    for hook in job.get("hooks", []):
        signal_at(*hook)
    code = 0
    try:
        main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(bool(error.code))
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run(job: dict) -> dict:
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        child(job)
    due = sorted(job.get("signals", []))
    deadline = started + job.get("timeout", 120)
    sent = None
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        now = time.monotonic()
        if done:
            return {
                "status": os.waitstatus_to_exitcode(status),
                "seconds": now - started,
                "sent": sent and now - sent,
            }
        if due and now - started >= due[0][0]:
            os.kill(pid, int(due.pop(0)[1]))
            sent = sent or now
        if now > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)


if __name__ == "__main__":
    print("ready", flush=True)
    for line in sys.stdin:
        answer = run(json.loads(line))
        print(json.dumps(answer), flush=True)
