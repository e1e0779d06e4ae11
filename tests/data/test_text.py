"""Texts as tokens: vocabulary of the training part, trimmed batches, targets of every kind."""

import json
import re

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vitreous.data.sources import text
from vitreous.data.tokens import TokenExamples, Tokens, padded
from vitreous.data.types import BatchPlan
from vitreous.errors import DataError
from vitreous.training.recipe import DataRecipe

WORDS = ["good", "bad", "Film", "été", "don't", "it", "was", "的", "!", "42"]


def reviews(rows=60, seed=0):
    rng = np.random.default_rng(seed)
    lines = [" ".join(rng.choice(WORDS, rng.integers(1, 12))) for _ in range(rows)]
    return pl.DataFrame({"review": lines, "stars": rng.integers(1, 6, rows)})


def recipe(**changes):
    return DataRecipe(**{"text": "review", "target": "stars", **changes})


def test_words_are_those_of_a_plain_tokenizer():
    frame = reviews()
    data = text.load(frame, recipe(), 0)
    assert data.task.kind == "multiclass" and data.task.classes == ("1", "2", "3", "4", "5")
    known = {}
    for line in data.train.raw(range(len(data.train))):
        for word in re.findall(r"\w+(?:'\w+)?|[^\w\s]", line.lower()):
            known[word] = known.get(word, 0) + 1
    assert data.input.vocabulary == len(known) + 2
    x, y = data.train.take(range(5))
    for row, line, label in zip(x, data.train.raw(range(5)), y, strict=True):
        words = re.findall(r"\w+(?:'\w+)?|[^\w\s]", line.lower())[: data.input.shape[0]]
        assert data.preprocessing.tokens.text(row.tolist()).split() == words
        assert frame.filter(pl.col("review") == line)["stars"].to_list().count(int(label) + 1) >= 1


def test_vocabulary_is_of_the_training_part_and_limited():
    frame = reviews().with_columns(review=pl.Series([f"only{i} shared" for i in range(60)]))
    data = text.load(frame, recipe(), 0)
    assert data.input.vocabulary == len(data.train) + 1 + 2
    x, _ = data.test.take([0])
    assert x.tolist()[0][0] == 1 and x.tolist()[0][1] > 1
    assert text.load(frame, recipe(vocabulary=10), 0).input.vocabulary == 10


def test_length_is_the_95th_percentile_or_as_asked():
    frame = pl.DataFrame({"review": ["a " * n for n in range(1, 101)], "stars": [1, 2] * 50})
    data = text.load(frame, recipe(), 0)
    lengths = [len(line.split()) for line in data.train.raw(range(len(data.train)))]
    assert data.input.shape == (int(np.ceil(np.percentile(lengths, 95))),)
    assert any("longer than" in note for note in data.notes)
    assert text.load(frame, recipe(length=7), 0).input.shape == (7,)
    long = frame.with_columns(review=pl.lit("a " * 999))
    assert text.load(long, recipe(), 0).input.shape == (256,)


@pytest.mark.parametrize("kind", ["bpe", "character"])
def test_other_tokens_give_the_text_back(kind):
    lines = reviews()["review"].to_list()
    tokens = Tokens.fit(lines, kind, 400)
    for line in lines[:9]:
        assert tokens.text(tokens.encode([line])[0]) == line
    assert Tokens(tokens.state) == tokens
    assert tokens.encode([""]) == [[1]]


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=40),
    batch=st.integers(1, 12),
    processes=st.integers(1, 3),
    skip=st.integers(0, 4),
)
def test_trimmed_batches_lose_nothing(lengths, batch, processes, skip):
    rows = [[2 + i] * n for i, n in enumerate(lengths)]
    examples = TokenExamples(padded(rows, 9), torch.arange(len(rows)))
    seen = []
    for rank in range(processes):
        given_ = list(examples.batches(BatchPlan(batch, 4, 1, rank=rank, processes=processes)))
        for x, y in given_:
            assert x.shape[1] == max([lengths[i] for i in y.tolist()], default=1)
            assert torch.equal(x, padded(rows, 9)[y][:, : x.shape[1]])
            seen += y.tolist()
        tail = list(examples.batches(BatchPlan(batch, 4, 1, skip=skip, rank=rank, processes=processes)))
        assert len(tail) == max(0, len(given_) - skip)
        assert all(torch.equal(a[0], b[0]) for a, b in zip(tail, given_[skip:], strict=True))
    assert sorted(seen) == list(range(len(rows)))


def test_regression_tagging_and_binary():
    frame = reviews().with_columns(score=pl.Series(np.linspace(0, 7.3, 60)))
    data = text.load(frame, recipe(target="score"), 0)
    assert data.task.kind == "regression"
    _, y = data.train.take(range(len(data.train)))
    assert y.shape == (len(data.train), 1) and abs(float(y.mean())) < 1e-5
    back = data.preprocessing.decode(y)["predicted_score"]
    assert set(np.round(back, 4)) <= set(np.round(frame["score"].to_numpy(), 4))
    tags = frame.with_columns(
        tag=pl.col("review").str.replace_all(r"[^ ]*o[^ ]*", "O").str.replace_all(r"[^ O]+", "X")
    )
    data = text.load(tags, recipe(target=None, tags="tag"), 0)
    assert data.task.kind == "tagging" and data.task.classes == ("O", "X")
    x, y = data.train.take([0, 1])
    assert x.shape == y.shape and ((x == 0) == (y == -100)).all()
    words = data.train.raw([0])[0].split()[: x.shape[1]]
    assert y[0][: len(words)].tolist() == [0 if "o" in word else 1 for word in words]
    data = text.load(frame.with_columns(stars=pl.col("stars") > 3), recipe(), 0)
    assert data.task.kind == "binary" and data.train.targets.dtype == torch.float32


def test_without_a_header_columns_have_numbers_and_can_be_joined(tmp_path):
    lines = [f'"{1 + i % 4}","Title {i}","About, {i}"' for i in range(40)]
    (tmp_path / "news.csv").write_text("\n".join(lines))
    settings_ = DataRecipe(text="column_2,column_3", target="column_1")
    data = text.load(tmp_path / "news.csv", settings_, 0)
    assert data.name == "news" and len(data.task.classes) == 4
    assert re.fullmatch(r"Title (\d+) About, \1", data.train.raw([0])[0])


def test_saved_preprocessing_reads_new_texts(tmp_path):
    data = text.load(reviews(), recipe(), 0)
    fitted = text.Preprocessing.from_json(json.loads(json.dumps(data.preprocessing.to_json())))
    assert fitted == data.preprocessing
    reviews(9, seed=5).write_csv(tmp_path / "new.csv")
    raw = fitted.read(tmp_path / "new.csv")
    assert torch.equal(fitted.inputs(raw), fitted.inputs(raw["review"].to_list()))
    assert fitted.targets(raw).tolist() == [n - 1 for n in raw["stars"].to_list()]
    assert fitted.targets(raw.drop("stars")) is None
    with pytest.raises(DataError, match=r"'9'.*never seen"):
        fitted.targets(raw.with_columns(stars=pl.lit(9)))
    columns = fitted.decode(torch.eye(5))
    assert columns["prediction"] == ["1", "2", "3", "4", "5"]
    assert sum(columns[f"probability_{i}"][0] for i in range(1, 6)) == pytest.approx(1)


def test_missing_texts_and_targets_are_noted():
    frame = reviews().with_columns(
        review=pl.when(pl.int_range(60) < 3).then(None).otherwise(pl.col("review")),
        stars=pl.when(pl.int_range(60) > 57).then(None).otherwise(pl.col("stars")),
    )
    data = text.load(frame, recipe(), 0)
    assert {"2 rows without stars left out", "3 missing texts read as empty"} <= set(data.notes)
    assert all((x != 0).any(dim=1).all() for x, _ in data.train.batches(BatchPlan(8)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": None, "tags": "stars"}, "data.tags needs data.text"),
        ({"text": "reviw"}, "Did you mean 'review'"),
        ({"target": "star"}, "Did you mean 'stars'"),
        ({"target": ["stars", "review"]}, "not several"),
        ({"target": None, "tags": "stars"}, "words but 1 tags"),
        ({"target": "same"}, "1 class in 'same'"),
        ({"target": "all"}, "these are no classes"),
        ({"target": None, "ignore": ["stars"]}, "not clear which column"),
    ],
)
def test_bad_tables_are_refused_in_one_line(tmp_path, changes, message):
    path = tmp_path / "bad.csv"
    reviews().with_columns(same=pl.lit("x"), all=pl.Series([f"v{i}" for i in range(60)])).write_csv(path)
    with pytest.raises(DataError) as caught:
        text.load(path, recipe(**changes), 0)
    found = str(caught.value)
    assert message in found and str(path) in found and "\n" not in found
