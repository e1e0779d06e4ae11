"""Every setting survives TOML; typos are named; nothing that cannot be trained with is accepted."""

import tomllib
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitreous.errors import RecipeError
from vitreous.training.recipe import (
    OptimizerRecipe,
    Recipe,
    ScheduleRecipe,
    TrainRecipe,
    parse_setting,
    setting_names,
)

words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)
shares = st.floats(0, 0.99)
counts = st.integers(1, 10**6)
positive = st.floats(1e-12, 1e6)


def names_of(section, field):
    return st.sampled_from(get_args(section.model_fields[field].annotation))


VALID = {
    "data.source": words,
    "data.target": words | st.lists(words, min_size=1),
    "data.horizon": counts,
    "data.window": counts | st.just("auto"),
    "data.ignore": st.lists(words),
    "data.header": st.booleans() | st.just("auto"),
    "data.test": shares | counts,
    "data.normalize": st.booleans(),
    "data.tokens": st.sampled_from(["word", "character", "bpe", "auto"]),
    "data.corrupt_threshold": st.floats(0, 1),
    "model.name": words,
    "model.hidden": st.lists(counts),
    "model.dropout": shares,
    "model.activation": words,
    "optimizer.name": names_of(OptimizerRecipe, "name"),
    "optimizer.lr": positive,
    "optimizer.weight_decay": positive,
    "optimizer.nesterov": st.booleans(),
    "optimizer.betas": st.tuples(shares, shares),
    "optimizer.layer_decay": st.floats(0.01, 1),
    "schedule.name": names_of(ScheduleRecipe, "name"),
    "schedule.warmup": shares,
    "schedule.step_epochs": counts,
    "train.epochs": counts | st.just("auto"),
    "train.batch_size": counts | st.sampled_from(["auto", "full"]),
    "train.seed": st.integers(0, 2**31),
    "train.loss": names_of(TrainRecipe, "loss"),
    "train.label_smoothing": shares,
    "train.clip_norm": positive,
    "train.early_stopping": st.integers(0, 100) | st.just("auto"),
    "train.freeze": words,
    "train.unfreeze_at": st.integers(0, 100),
    "train.checks": st.booleans(),
}


@given(st.fixed_dictionaries({}, optional=VALID))
def test_a_recipe_comes_back_equal_from_toml(settings):
    recipe = Recipe.from_settings(settings)
    for defaults in (True, False):
        assert Recipe.from_settings(tomllib.loads(recipe.to_toml(defaults=defaults))) == recipe


@given(st.fixed_dictionaries({}, optional=VALID))
def test_every_given_setting_is_kept_and_known_as_given(settings):
    recipe = Recipe.from_settings(settings)
    for name, value in settings.items():
        section, _, key = name.partition(".")
        assert recipe.was_set(name)
        assert getattr(getattr(recipe, section), key) == value
    assert not recipe.was_set("train.record_every")


def test_defaults_come_back_from_a_file(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(Recipe().to_toml(), encoding="utf-8")
    assert Recipe.from_toml(path) == Recipe()


def test_later_layers_win_and_sections_may_be_nested():
    recipe = Recipe.from_settings(
        {"train": {"epochs": 3, "seed": 1}, "model": {"hidden": [4]}},
        {"train.epochs": 5},
        {"model.hidden": [8, 8]},
    )
    assert (recipe.train.epochs, recipe.train.seed, recipe.model.options) == (5, 1, {"hidden": [8, 8]})


def test_with_settings_changes_only_what_it_names():
    first = Recipe.from_settings({"train.epochs": 3})
    second = first.with_settings({"optimizer.lr": 0.5})
    assert (second.train.epochs, second.optimizer.lr) == (3, 0.5)
    assert first.optimizer.lr == 1e-3
    assert not second.was_set("train.seed")


@pytest.mark.parametrize("name", [name for name in setting_names() if not name.startswith("model.")])
def test_a_letter_too_many_is_named_with_the_right_spelling(name):
    with pytest.raises(RecipeError) as caught:
        Recipe.from_settings({name + "x": 1})
    assert repr(name + "x") in caught.value.message
    assert caught.value.hint == f"Did you mean {name!r}?"


@pytest.mark.parametrize("name", ["trian.epochs", "epochs", "optimizer", "train.", ".epochs"])
def test_what_is_no_setting_is_refused(name):
    with pytest.raises(RecipeError, match="There is no setting"):
        Recipe.from_settings({name: 3})


NAN, INFINITE = float("nan"), float("inf")
WRONG = [
    ("train.epochs", 0), ("train.epochs", "many"), ("train.epochs", 2.5), ("train.epochs", [3]),
    ("train.batch_size", 0), ("train.batch_size", "half"), ("train.seed", -1), ("train.seed", 2**64),
    ("train.label_smoothing", 1.0), ("train.loss", "bce"), ("train.clip_norm", -1.0), ("train.clip_norm", NAN),
    ("train.accumulate", 0), ("train.checks", "perhaps"), ("train.mixup", INFINITE),
    ("optimizer.lr", 0), ("optimizer.lr", -0.1), ("optimizer.lr", NAN), ("optimizer.lr", INFINITE),
    ("optimizer.lr", "fast"), ("optimizer.name", "lion"), ("optimizer.momentum", 1.0),
    ("optimizer.betas", [0.9]), ("optimizer.betas", [0.9, 1.5]), ("optimizer.betas", [-0.1, 0.9]),
    ("optimizer.layer_decay", 0.0), ("optimizer.weight_decay", INFINITE),
    ("schedule.gamma", 1.0), ("schedule.warmup", 1.0), ("schedule.name", "linear"),
    ("data.test", -0.1), ("data.corrupt_threshold", 2.0), ("data.horizon", 0), ("data.split", "shuffled"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_that_cannot_be_is_named_with_its_setting(name, value):
    with pytest.raises(RecipeError) as caught:
        Recipe.from_settings({name: value})
    assert caught.value.message.startswith(f"{name} cannot be ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("train.epochs=5", "train.epochs", 5),
        (" optimizer.lr = 1e-2 ", "optimizer.lr", 0.01),
        ("model.hidden=[32, 16]", "model.hidden", [32, 16]),
        ("train.checks=false", "train.checks", False),
        ("optimizer.name=sgd", "optimizer.name", "sgd"),
        ('data.target="a=b"', "data.target", "a=b"),
        ("data.target=a=b", "data.target", "a=b"),
        ("data.target=", "data.target", ""),
        ("data.target=two words", "data.target", "two words"),
        ("data.target=1 + 1\nx = 2", "data.target", "1 + 1\nx = 2"),
    ],
)
def test_set_takes_toml_or_plain_text(text, name, value):
    assert parse_setting(text) == (name, value)


@pytest.mark.parametrize("text", ["train.epochs", "", "=5", "  =5"])
def test_set_without_a_name_or_value_says_what_it_wants(text):
    with pytest.raises(RecipeError, match="Expected name=value"):
        parse_setting(text)


def test_a_file_that_is_missing_or_no_toml_is_named(tmp_path):
    with pytest.raises(RecipeError) as caught:
        Recipe.from_toml(tmp_path / "none.toml")
    assert caught.value.where.endswith("none.toml")
    for content in (b"epochs = ", b"\xff\xfe", b"[train]\nepochs = 1\n[train]\n"):
        path = tmp_path / "bad.toml"
        path.write_bytes(content)
        with pytest.raises(RecipeError, match="cannot be read as TOML"):
            Recipe.from_toml(path)
    path.write_text("train = 3", encoding="utf-8")
    with pytest.raises(RecipeError, match="There is no setting 'train'"):
        Recipe.from_toml(path)


def test_every_setting_says_what_it_is_or_is_plain():
    undescribed = [
        f"{name}.{key}"
        for name, section in Recipe.model_fields.items()
        for key, field in section.annotation.model_fields.items()
        if not field.description
    ]
    assert set(undescribed) <= {
        "model.name", "optimizer.name", "schedule.name", "train.epochs", "train.seed", "train.loss",
        "train.label_smoothing", "train.class_weights", "train.focal_gamma",
    }  # fmt: skip
