"""The benchmarks in miniature: each can be imported, says what it measures, and the quick ones run."""

import json
import math
import resource
from importlib import import_module

import bench.__main__ as bench_main
import pytest

from bench import child, data, results, soak

NAMES = bench_main.names()


def has_data(name):
    try:
        data.find(name)
    except SystemExit:
        return False
    return True


def test_the_benchmarks_are_found_by_listing():
    assert {"digit_classifier", "mnist_accuracy", "startup", "streaming"} <= set(NAMES)
    assert not bench_main.HELPERS & set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_measures_and_takes_options(name):
    module = import_module(f"bench.{name}")
    assert len(module.__doc__) > 60
    assert callable(module.run)
    assert bench_main.parser_of(module).parse_args([]).results == results.FOLDER


@pytest.mark.parametrize("name", ["mnist_accuracy", "ag_news"])
def test_recipes_name_only_settings_that_exist(name):
    from vitreous.training.recipe import Recipe

    module = import_module(f"bench.{name}")
    for entry in module.RECIPES.values():
        Recipe.from_settings(entry[1] if isinstance(entry, tuple) else entry)


def test_the_other_recipes_name_only_settings_that_exist():
    from bench import gpu_cifar10, shakespeare
    from vitreous.training.recipe import Recipe

    for recipe in (gpu_cifar10.RECIPE, shakespeare.RECIPE, soak.RECIPE):
        Recipe.from_settings(recipe)


def test_startup_runs_and_its_result_is_written(tmp_path):
    found = bench_main.measure("startup", ["--repeats", "1", "--results", str(tmp_path)])
    document = json.loads((tmp_path / "startup.json").read_text(encoding="utf-8"))
    assert document["command"] == "python -m bench startup --repeats 1"
    assert document["machine"]["cores"] >= 1
    assert found["figures"]["loaded by import vitreous"] == "none of the heavy ones"
    assert "vitreous --help" in (tmp_path / "startup.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not has_data("mnist"), reason="needs the MNIST files")
def test_the_digit_classifier_against_the_bare_arithmetic(tmp_path):
    options = ["--repeats", "1", "--epochs", "1", "--quick", "--results", str(tmp_path)]
    found = bench_main.measure("digit_classifier", options)
    ours = found["figures"]["vitreous"]
    assert ours["test_accuracy"] > 0.9
    assert 0 < found["ratios"]["floor, one thread"]["epoch_seconds"] < 1.5
    assert ours["process_seconds"] > ours["epoch_seconds"]


def test_a_child_that_fails_says_how():
    import sys

    with pytest.raises(RuntimeError, match="ended with 3"):
        child.run([sys.executable, "-c", "raise SystemExit(3)"])
    ended = child.run([sys.executable, "-c", "x = bytearray(80 << 20); print('{}')"])
    assert ended.last_json() == {}
    # Linux counts what the parent held when it forked: the process that runs the tests may be large.
    own_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert 80 < ended.peak_mib < max(400, own_mib + 100)


def test_goals_and_tables():
    assert results.goal("speed", 2.0, at_least=1.0)["met"] is True
    assert results.goal("memory", 2.0, at_most=1.0)["met"] is False
    assert results.goal("memory", None, at_most=1.0)["met"] is None
    assert results.shown(math.pi * 1e5) == "314,159"
    page = results.markdown(
        {
            "benchmark": "b", "command": "c", "date": "d",
            "machine": {"processor": "p", "cores": 2, "memory_gib": 1, "system": "s"},
            "figures": {"one": {"seconds": 1.5}, "two": 3}, "goals": [results.goal("g", 1.0, at_least=2.0)],
        },
        "About.",
    )  # fmt: skip
    assert "| one | 1.5 |" in page
    assert "**missed**" in page


def test_results_name_no_folder_of_this_machine(tmp_path):
    found = {"settings": {"path": str(data.ROOT / "bench" / "x"), "beside": str(data.ROOT.parent / "shared")}}
    path = results.write("b", "About.", "c", results.machine(), found, tmp_path)
    written = path.read_text(encoding="utf-8")
    assert str(data.ROOT) not in written
    assert '"../shared"' in written


def test_a_run_that_differs_is_told_from_one_that_does_not(tmp_path):
    for name in ("one", "two"):
        place = tmp_path / name
        place.mkdir()
        for file in ("report.html", "result.json", "record.jsonl"):
            (place / file).write_text("", encoding="utf-8")
        (place / "model.safetensors").write_bytes(b"weights")
        (place / "history.jsonl").write_text('{"loss": 1, "seconds": 2}\n', encoding="utf-8")
    soak._compare(tmp_path / "one", tmp_path / "two")
    (tmp_path / "one" / "model.safetensors").write_bytes(b"others")
    with pytest.raises(soak.WrongError, match="weights differ"):
        soak._compare(tmp_path / "one", tmp_path / "two")
