"""The held-out data that a statement could take in place of its training data."""

import pytest

from vitreous.doctor import counterparts
from vitreous.record.places import Place

DATA = "X_train, X_test, y_train, y_test = split(X, y)\ntrain_set, valid_set, test_set = parts\n"


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("accuracy = score(model, X_train, y_train)", "accuracy = score(model, X_test, y_test)"),
        ("for x, y in zip(X_train, y_train):\n    pass", "for x, y in zip(X_test, y_test):"),
        ("loader = DataLoader(train_set)", None),  # one of two could be meant
        ("score(model, train_features)", None),
        ("score(model, X_train, train_features)", None),  # half of it would be worse than nothing
        ("score(model, X_test, y_test)", None),
        ("for x in X_train:\n    score(\n        x\n    )", "for x in X_test:"),
    ],
)
def test_each_variable_by_the_one_of_its_kind(tmp_path, line, instead):
    file = tmp_path / "train.py"
    file.write_text(DATA + line + "\n")
    made = counterparts.taken_instead(Place(str(file), 3))
    assert [(edit.first, edit.last, edit.text) for edit in made] == ([(3, 3, instead)] if instead else [])


def test_what_is_made_further_down_or_elsewhere_is_none(tmp_path):
    file = tmp_path / "train.py"
    file.write_text("def cut():\n    X_test = 1\nX_train = data()\nscore(X_train)\nX_test = data()\n")
    assert counterparts.taken_instead(Place(str(file), 4)) == []


def test_a_name_of_training_that_has_a_counterpart(tmp_path):
    file = tmp_path / "train.py"
    file.write_text(DATA)
    assert counterparts.exists(str(file), "X_train")
    assert not counterparts.exists(str(file), "train_features")
