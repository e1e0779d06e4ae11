"""The command line: its frozen list of options, what it prints where, and how it says no."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import polars as pl
import pytest
import typer

from vitreous import __main__ as entry
from vitreous.cli.app import app

# A new option is added here on purpose; one that is renamed or gone breaks somebody's script.
FROZEN = {
    "train": {
        "DATA", "--model", "--target", "--text", "--tags", "--time", "--horizon", "--task", "--data-dir", "--epochs",
        "--batch-size", "--lr", "--seed", "--device", "--init", "--freeze", "--unfreeze-at", "--find-lr", "--shard",
        "--out", "--force", "--config", "--set", "--no-baselines", "--json", "--quiet", "-q",
    },
    "doctor": {
        "SCRIPT.PY", "ARGUMENTS", "--json", "--html", "--patch", "--steps", "--time", "--no-prove", "--verbose",
    },
    "look": {
        "TARGET", "--input", "--label", "--sample", "--loss", "--training", "--html", "--json", "--numbers", "--trust",
        "--through-training", "--export", "--frames", "--views", "--plane",
    },
    "resume": {"RUN", "--trust", "--json", "--quiet", "-q"},
    "predict": {"RUN", "INPUT", "--trust", "--out", "-o"},
    "evaluate": {"RUN", "[DATA]", "--trust", "--json"},
    "runs": {"[FOLDER]"},
    "compare": {
        "DATA | RUN RUN …", "--target",
        "--models", "--text", "--time", "--horizon", "--data-dir", "--epochs", "--seeds",
        "--seed", "--device", "--out", "--force", "--config", "--set", "--json",
    },
    "advise": {
        "DATA", "--target", "--text", "--tags", "--time", "--horizon", "--task", "--data-dir", "--device", "--config",
        "--set", "--json",
    },
}  # fmt: skip

FAST = ["--set", "train.threads=1", "--set", "train.checks=false", "--no-baselines"]


@pytest.fixture
def vitreous(tmp_path, monkeypatch, capsys):
    """Runs a command in this process, in an empty folder; (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent / "cache"))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["vitreous", *map(str, arguments)])
        try:
            entry.main()
            status = 0
        except SystemExit as left:
            status = left.code or 0
        out, err = capsys.readouterr()
        return status, out, err

    return run


def commands():
    group = typer.main.get_command(app)
    return {name: group.get_command(click.Context(group), name) for name in group.list_commands(None)}


def test_the_commands_are_frozen():
    assert set(FROZEN) == set(commands())


@pytest.mark.parametrize("name", FROZEN)
def test_the_options_of_a_command_are_frozen(name):
    found = set()
    for parameter in commands()[name].params:
        is_argument = parameter.param_type_name == "argument"
        found |= {parameter.metavar} if is_argument else set(parameter.opts)
    assert found - {"--help", "-h"} == FROZEN[name]


def test_every_command_and_option_says_what_it_is_for(vitreous):
    for name, command in commands().items():
        assert command.help, name
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{name} {parameter.name}"
        status, out, err = vitreous(name, "--help")
        assert (status, err) == (0, "")
        assert max(map(len, out.splitlines())) <= 80


def test_version_and_bare_call(vitreous):
    assert re.fullmatch(r"vitreous \d+\.\d+\.\d+\n", vitreous("--version")[1])
    status, out, err = vitreous()
    assert "Usage: " in out + err
    assert status in (0, 2)


def test_json_lines_and_nothing_else(vitreous, tmp_path):
    status, out, err = vitreous(
        "train", "iris", "--epochs", 3, "--json", "--out", "run", "--set", "train.threads=1"
    )
    assert (status, err) == (0, "")
    events = [json.loads(line, parse_constant=pytest.fail) for line in out.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds.count("epoch") == 3
    assert kinds.count("check") == 4
    assert kinds[-1] == "result"
    saved = json.loads((tmp_path / "run" / "result.json").read_text())
    assert events[-1] == {"event": "result", "folder": "run", **saved}

    status, out, err = vitreous("evaluate", "run", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["accuracy"] == saved["test.accuracy"]
    status, out, err = vitreous("resume", "run", "--json")
    assert (status, err) == (0, "")
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["note"]


def test_a_log_has_no_escape_codes_and_fits_80_columns(vitreous):
    status, out, err = vitreous("train", "iris", "--epochs", 3, "--out", "run")
    assert (status, err) == (0, "")
    assert "\x1b" not in out
    assert "\r" not in out
    assert not [line for line in out.splitlines() if len(line) > 80]
    assert len(re.findall(r"^Epoch \d: Loss=\d\.\d{4}, Accuracy=\d+\.\d\d% \| val ", out, re.MULTILINE)) == 3
    assert "run/report.html" in out


def test_quiet_says_nothing(vitreous, tmp_path):
    assert vitreous("train", "iris", "--epochs", 1, "-q", "--out", "run", *FAST) == (0, "", "")
    assert vitreous("resume", "run", "-q") == (0, "", "")
    assert (tmp_path / "run" / "result.json").exists()


def test_runs_lie_below_runs_one_after_the_other(vitreous, tmp_path):
    for _ in range(2):
        assert vitreous("train", "iris", "--model", "mlp", "--epochs", 1, "-q", *FAST)[0] == 0
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == ["iris-mlp-001", "iris-mlp-002"]
    status, out, _ = vitreous("runs")
    assert status == 0
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["runs/iris-mlp-001", "finished"], ["runs/iris-mlp-002", "finished"]
    ]  # fmt: skip
    assert vitreous("runs", "nowhere") == (0, "No runs in nowhere.\n", "")


def test_options_config_and_set_make_one_recipe(vitreous, tmp_path):
    (tmp_path / "my.toml").write_text(
        '[train]\nepochs = 9\nseed = 4\n[optimizer]\nname = "sgd"\n', encoding="utf-8"
    )
    status, _, err = vitreous(
        "train", "iris", "--config", "my.toml", "--epochs", 2, "--batch-size", "full", "--lr", "0.05", "-q",
        "--set", "model.hidden=[8]", "--set", "train.clip_norm=0.5", "--out", "run", *FAST,
    )  # fmt: skip
    assert (status, err) == (0, "")
    import vitreous as vt

    recipe = vt.Run("run").recipe
    assert (recipe.train.epochs, recipe.train.seed, recipe.optimizer.name, recipe.optimizer.lr) == (
        2,
        4,
        "sgd",
        0.05,
    )
    assert (recipe.train.batch_size, recipe.train.clip_norm, recipe.model.options["hidden"]) == (
        105,
        0.5,
        [8],
    )


def test_predict_writes_csv_json_and_parquet_and_guards_formulas(vitreous, tmp_path):
    x = np.repeat([0.0, 1.0], 40)
    frame = pl.DataFrame({"x": x, "kind": ["=1+1" if v else "plain" for v in x]})
    frame.write_csv("data.csv")
    arguments = (
        "train",
        "data.csv",
        "--target",
        "kind",
        "--epochs",
        20,
        "--lr",
        0.05,
        "-q",
        "--out",
        "run",
        *FAST,
    )
    assert vitreous(*arguments)[0] == 0
    status, out, err = vitreous("predict", "run", "data.csv")
    assert (status, err) == (0, "")
    assert out.splitlines()[0].startswith("prediction,")
    assert out.splitlines()[-1].startswith("'=1+1,")
    for ending in ("csv", "json", "parquet"):
        assert vitreous("predict", "run", "data.csv", "-o", f"out.{ending}") == (0, "", "")
    assert pl.read_parquet("out.parquet")["prediction"][-1] == "=1+1"
    assert json.loads(Path("out.json").read_text())[-1]["prediction"] == "=1+1"
    assert Path("out.csv").read_text() == out


WRONG = [
    (2, ["train"]),
    (2, ["trian", "iris"]),
    (2, ["train", "iris", "--epoch-count", "3"]),
    (2, ["train", "iris", "--epochs", "many"]),
    (2, ["train", "iris", "--epochs", "0"]),
    (2, ["train", "iris", "--lr", "nan"]),
    (2, ["train", "iris", "--batch-size", "half"]),
    (2, ["train", "iris", "--set", "train.epoch=3"]),
    (2, ["train", "iris", "--set", "train.epochs"]),
    (2, ["train", "iris", "--set", "train.loss=mse"]),
    (2, ["train", "iris", "--set", "optimizer.betas=[2, 2]"]),
    (2, ["train", "iris", "--config", "none.toml"]),
    (2, ["train", "iris", "--device", "cuda:99"]),
    (2, ["train", "iris", "--device", "toaster"]),
    (3, ["train", "nothing.csv"]),
    (3, ["train", "irsi"]),
    (3, ["train", ""]),
    (3, ["train", "iris", "--target", "nope"]),
    (3, ["train", "empty.csv"]),
    (4, ["train", "iris", "--model", "mpl"]),
    (4, ["train", "iris", "--model", "perceptron"]),
    (4, ["train", "iris", "--model", "nofile.py:Net"]),
    (4, ["train", "iris", "--set", "model.hiden=[3]"]),
    (4, ["train", "iris", "--set", "model.dropout=2"]),
    (4, ["train", "iris", "--init", "none.safetensors"]),
    (4, ["train", "iris", "--freeze", "nolayer"]),
    (5, ["resume", "nowhere"]),
    (5, ["predict", "nowhere", "iris.csv"]),
    (5, ["evaluate", "."]),
]


@pytest.mark.parametrize(("expected", "arguments"), WRONG, ids=[" ".join(a) or "empty" for _, a in WRONG])
def test_wrong_inputs_are_said_in_two_lines_and_leave_nothing(vitreous, tmp_path, expected, arguments):
    (tmp_path / "empty.csv").touch()
    extra = ["--out", "run"] if arguments[0] == "train" and len(arguments) > 1 else []
    status, out, err = vitreous(*arguments, *extra)
    assert status == expected, err
    assert "Traceback" not in err + out
    shown = [line for line in err.splitlines() if line.strip() and not line.startswith(("Usage:", "Try "))]
    assert 1 <= len(shown) <= 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.csv"]


@pytest.mark.parametrize(
    ("typo", "meant"), [("trian.epochs", "train.epochs"), ("optimizer.Lr", "optimizer.lr")]
)
def test_a_misspelt_setting_is_answered_with_the_right_one(vitreous, typo, meant):
    status, _, err = vitreous("train", "iris", "--set", f"{typo}=1")
    assert status == 2
    assert f"Did you mean '{meant}'?" in err


def test_a_network_that_fails_leaves_no_run_behind(vitreous, tmp_path):
    (tmp_path / "net.py").write_text(
        "from torch import nn\nclass Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(9, 3)\n"
        "    def forward(self, x):\n        return self.a(x)\n",
        encoding="utf-8",
    )
    status, _, err = vitreous("train", "iris", "--model", "net.py:Net", "--out", "run")
    assert status == 4
    assert "Traceback" not in err
    assert not (tmp_path / "run").exists()


def test_a_diverging_run_keeps_its_folder_and_says_so(vitreous, tmp_path):
    settings = ["--set", "optimizer.name=sgd", "--set", "train.clip_norm=0", *FAST]
    status, _, err = vitreous("train", "diabetes", "--lr", "1e30", "--out", "run", "-q", *settings)
    assert status == 6
    assert "not a finite number" in err
    assert (tmp_path / "run" / "recipe.toml").exists()


def in_a_fresh_interpreter(code, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_and_asking_for_help_load_nothing_heavy():
    code = """
import sys
import vitreous
sys.argv = ["vitreous", "train", "--help"]
from vitreous.__main__ import main
try:
    main()
except SystemExit as left:
    assert not left.code
heavy = {"torch", "numpy", "polars", "pyarrow", "sklearn", "PIL", "tokenizers", "vl_convert", "pandas", "jinja2"}
print("loaded:", sorted(heavy & set(sys.modules)))
"""
    assert in_a_fresh_interpreter(code).splitlines()[-1] == "loaded: []"


def test_the_module_runs_as_the_command_does():
    done = subprocess.run(
        [sys.executable, "-m", "vitreous", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("vitreous ")
