"""Run folders that somebody else has made: refused in words, whatever is in them, and no code is run."""

import json
import os
import random
import shutil
import sys
import warnings

import pytest

import vitreous as vt
from vitreous.errors import VitreousError
from vitreous.training import checkpoints

SEED = int(os.environ.get("VITREOUS_FUZZ_SEED", "1"))
QUICK = {
    "train.threads": 1,
    "train.baselines": False,
    "train.checks": False,
    "train.checkpoint_every_steps": 5,
}
ROWS = {f"x{k}": [0.1, 0.2] for k in range(10)}
ODD = [
    None, True, -1, 0, 1e308, 10**30, "", "x", "../../etc/passwd", "os:system", [], {}, [[]], {"a": []},
    float("nan"), "\u202e",
]  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    run = tmp_path_factory.mktemp("hostile") / "run"
    vt.train("toy200", out=run, epochs=1, settings=QUICK)
    (run / "manifest.json").unlink()  # whoever changes the files can leave it out
    return run


@pytest.fixture(autouse=True)
def no_programs():
    """Fails the test when anything is started or imported from outside the package."""
    started = []

    def hook(event, arguments):
        if active and event in (
            "os.system",
            "subprocess.Popen",
            "os.exec",
            "os.posix_spawn",
            "pickle.find_class",
        ):
            started.append((event, arguments))

    active = [1]
    sys.addaudithook(hook)
    yield
    active.clear()
    assert not started


def places(value, path=()):
    """Every place in nested JSON values."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def changed(value, rng):
    """The value with one place replaced, removed or repeated."""
    value = json.loads(json.dumps(value))
    *path, last = rng.choice([place for place in places(value) if place])
    owner = value
    for key in path:
        owner = owner[key]
    if rng.random() < 0.25:
        del owner[last]
    else:
        owner[last] = rng.choice(ODD)
    return value


def mutated(data: bytes, rng) -> bytes:
    kind = rng.randrange(4)
    if kind == 0:
        return data[: rng.randrange(len(data))]
    if kind == 1:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(200)))
    if kind == 2:
        return b"[" * 100_000
    data = bytearray(data)
    for _ in range(rng.randrange(1, 6)):
        data[rng.randrange(min(len(data), 600))] = rng.randrange(256)
    return bytes(data)


def use(run, *calls):
    for call in calls:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call(run)
        except VitreousError as error:
            assert len(str(error).splitlines()) <= 2, str(error)


def predict(run):
    vt.Run(run).predict(ROWS)


def look(run):
    found = vt.Run(run)
    _ = found.status, found.result, found.history, found.record
    found.report()


@pytest.mark.parametrize("name", ["recipe.toml", "preprocessing.json", "model.safetensors"])
def test_random_bytes(name, finished, tmp_path):
    rng = random.Random(f"{SEED} {name}")
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    original = (finished / name).read_bytes()
    for _ in range(40):
        (run / name).write_bytes(mutated(original, rng))
        use(run, predict)


@pytest.mark.parametrize(
    "name", ["history.jsonl", "record.jsonl", "result.json", "evaluation.json", "environment.json"]
)
def test_random_bytes_in_what_is_only_shown(name, finished, tmp_path):
    rng = random.Random(f"{SEED} {name}")
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    original = (finished / name).read_bytes()
    for _ in range(4):
        (run / name).write_bytes(mutated(original, rng))
        use(run, look)


def test_valid_json_of_odd_values_in_the_preprocessing(finished, tmp_path):
    rng = random.Random(f"{SEED} values")
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    document = json.loads((finished / "preprocessing.json").read_text())
    for _ in range(120):
        (run / "preprocessing.json").write_text(json.dumps(changed(document, rng)))
        use(run, predict)


def test_checkpoints_of_odd_values_with_right_hashes(finished, tmp_path):
    from vitreous import files

    rng = random.Random(f"{SEED} checkpoint")
    place = checkpoints.complete(finished / "checkpoints")[0]
    state = json.loads((place / "state.json").read_text())
    for number in range(40):
        run = tmp_path / f"run-{number}"
        shutil.copytree(finished, run)
        (run / "result.json").unlink()
        shutil.rmtree(run / "checkpoints" / checkpoints.complete(run / "checkpoints")[1].name)
        copy = run / "checkpoints" / place.name
        (copy / "state.json").write_text(json.dumps(changed(state, rng)))
        hashes = {path.name: files.sha256(path) for path in copy.iterdir() if path.name != "manifest.json"}
        (copy / "manifest.json").write_text(json.dumps(hashes))
        use(run, vt.resume)


def test_recipes_cannot_name_code(finished, tmp_path):
    for number, name in enumerate(
        ["os:system", "builtins:exec", "subprocess:Popen", "antigravity:x", "x.py:Net", "__main__"]
    ):
        run = tmp_path / str(number)
        shutil.copytree(finished, run)
        (tmp_path / "x.py").write_text("raise SystemError('run')")
        text = (run / "recipe.toml").read_text().replace('name = "mlp"', f'name = "{name}"')
        (run / "recipe.toml").write_text(text)
        with pytest.raises(VitreousError):
            vt.Run(run).predict(ROWS)
