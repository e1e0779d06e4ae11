import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from vitreous.data.split import split_indices
from vitreous.errors import DataError
from vitreous.training.recipe import DataRecipe


@settings(max_examples=100, deadline=None)
@given(
    labels=st.lists(st.integers(0, 4), min_size=10, max_size=200),
    test=st.sampled_from([0, 0.1, 0.3, 1, 3]),
    validation=st.sampled_from([0, 0.1, 0.25, 2]),
    seed=st.integers(0, 99),
    by=st.sampled_from(["nothing", "labels", "ordered"]),
)
def test_every_row_is_in_exactly_one_split(labels, test, validation, seed, by):
    recipe = DataRecipe(test=test, validation=validation, split="ordered" if by == "ordered" else "random")
    given_labels = labels if by == "labels" else None
    parts = split_indices(len(labels), recipe, seed, labels=given_labels)
    again = split_indices(len(labels), recipe, seed, labels=given_labels)
    assert np.sort(np.concatenate(parts)).tolist() == list(range(len(labels)))
    assert all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True))
    for part, share in zip(parts[1:], (validation, test), strict=True):
        expected = share if share >= 1 else max(1, round(len(labels) * share)) if share else 0
        assert len(part) == expected


def test_stratified_counts_are_those_of_scikit_learn():
    labels = np.repeat([0, 1, 2], [100, 60, 40])
    _, _, test = split_indices(200, DataRecipe(test=0.2, validation=0), 0, labels=labels)
    _, theirs = train_test_split(np.arange(200), test_size=0.2, stratify=labels, random_state=0)
    assert np.bincount(labels[test]).tolist() == np.bincount(labels[theirs]).tolist()


def test_a_class_too_small_for_every_split_only_trains():
    labels = ["rare"] + ["a"] * 60 + ["b"] * 39
    train, validation, test = split_indices(100, DataRecipe(), 0, labels=labels)
    assert 0 in train
    assert len(validation) == 10
    assert len(test) == 20


def test_ordered_takes_the_last_rows_for_the_test():
    train, validation, test = split_indices(10, DataRecipe(split="ordered", test=0.2, validation=1), 0)
    assert (train.tolist(), validation.tolist(), test.tolist()) == ([*range(7)], [7], [8, 9])


def test_groups_stay_together():
    groups = np.arange(100) // 7
    parts = split_indices(100, DataRecipe(), 3, groups=groups)
    found = [set(groups[part]) for part in parts]
    assert not (found[0] & found[1] or found[0] & found[2] or found[1] & found[2])
    assert all(found)


@pytest.mark.parametrize("n, test, validation", [(2, 0.5, 0.5), (10, 10, 0), (1, 0.2, 0.1), (5, 3, 2)])
def test_too_few_rows_are_an_error(n, test, validation):
    with pytest.raises(DataError, match="too few"):
        split_indices(n, DataRecipe(test=test, validation=validation), 0)


def test_a_broken_count_is_an_error():
    with pytest.raises(DataError, match="neither a share"):
        split_indices(10, DataRecipe(test=2.5), 0)
