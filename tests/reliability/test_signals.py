"""SIGTERM and Ctrl-C at every stage: out within ten seconds, and nothing lost."""

import signal

import pytest

QUICK = ["--set", "train.threads=1", "--set", "train.early_stopping=0"]
RECIPE = [
    "table.csv", "--target", "y", "--model", "mlp", "--set", "model.hidden=[16]", "--set", "model.dropout=0.2",
    "--batch-size", "16", "--epochs", "3", "--set", "train.checkpoint_every_steps=13", *QUICK,
]  # fmt: skip
STAGES = {
    "opening": ["vitreous.training.session", "open_data"],
    "splitting": ["vitreous.data.sources.table", "split_indices"],
    "trial": ["torch.nn", "Linear.forward"],
    "checks": ["vitreous.training.checks", "_one_batch"],
    "setup": ["vitreous.training.session", "Session._write_setup"],
    "step": ["vitreous.training.loop", "Trainer._step"],
    "checkpoint": ["vitreous.training.checkpoints", "_write"],
    "validation": ["vitreous.training.loop", "Trainer._validate"],
    "history": ["vitreous.training.saving", "Saver.history"],
    "testing": ["vitreous.training.session", "evaluate"],
    "baselines": ["vitreous.training.baselines", "run_baselines"],
    "forests": ["sklearn.ensemble", "HistGradientBoostingClassifier.fit"],
    "result": ["vitreous.files", "write_json"],
    "report": ["vitreous.report", "write"],
    "drawing": ["vitreous.report.run_files", "read"],
}


@pytest.fixture(scope="module")
def whole(commands, datasets, tmp_path_factory):
    run = tmp_path_factory.mktemp("whole") / "run"
    outcome = commands.run("train", *RECIPE, "--out", run, cwd=datasets)
    assert outcome.status == 0, outcome.err
    return run


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_at_any_stage_loses_nothing(stage, number, commands, datasets, whole, tmp_path):
    run = tmp_path / "run"
    hooks = [[*STAGES[stage], int(number)]]
    outcome = commands.run("train", *RECIPE, "--out", run, cwd=datasets, hooks=hooks)
    assert outcome.status == 128 + number, outcome.err
    assert outcome.seconds < 10
    said = outcome.err.strip().splitlines()
    assert len(said) == 2 and number.name in said[0] and f"vitreous resume {run}" in said[1], outcome.err
    again = commands.run("resume", run, cwd=datasets, report=stage in ("report", "drawing"))
    assert again.status == 0, again.err
    assert (run / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert (run / "report.html").is_file()
    assert not list(run.glob(".*"))


def test_a_second_ctrl_c_leaves_at_once(commands, datasets, tmp_path):
    run = tmp_path / "run"
    presses = [
        ["vitreous.training.loop", "Trainer._step", int(signal.SIGINT)],
        ["vitreous.training.losses", "BinaryLoss.__call__", int(signal.SIGINT)],  # in the middle of the step
    ]
    outcome = commands.run(
        "train", *RECIPE, "--out", run, "--set", "train.checks=false", cwd=datasets, hooks=presses
    )
    assert outcome.status == -signal.SIGINT  # which a shell shows as 130
    assert not list((run / "checkpoints").glob("*"))  # one press would have finished the step and saved


def test_signals_at_random_moments(commands, datasets, whole, tmp_path):
    run = tmp_path / "run"
    command = ["train", *RECIPE, "--out", run]
    for moment in (0.2, 0.45, 0.6, 0.8, 1.0, 1.2, 1.5):
        outcome = commands.run(*command, cwd=datasets, signals=[(moment, signal.SIGTERM)], report=False)
        if outcome.status == 0:
            break
        assert outcome.status in (143, -signal.SIGTERM), outcome.err
        assert "Traceback" not in outcome.err
        assert outcome.after_signal < 10
        if (run / "recipe.toml").is_file():
            command = ["resume", run]
    assert outcome.status == 0 or commands.run(*command, cwd=datasets, report=False).status == 0
    assert (run / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
