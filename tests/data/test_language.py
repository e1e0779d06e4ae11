"""Running text: windows cover it once an epoch, held-out parts come last, ids give the text back."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vitreous.data.sources import language
from vitreous.data.sources.language import LanguageExamples, Preprocessing
from vitreous.data.types import BatchPlan
from vitreous.errors import DataError
from vitreous.training.recipe import DataRecipe

TEXT = "".join(f"Line {i}: the quick brown fox été 的.\n" for i in range(300))


@pytest.fixture
def book(tmp_path):
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path / "book.txt"


def test_characters_in_order_of_code_points(book):
    data = language.load(book, DataRecipe(length=16), 0)
    cut = round(len(TEXT) * 0.05)
    train, held_out, test = TEXT[: -2 * cut], TEXT[-2 * cut : -cut], TEXT[-cut:]
    assert data.preprocessing.characters == "".join(sorted(set(train)))
    assert data.input.vocabulary == data.task.outputs == len(set(train)) + 1
    for part, expected in ((data.train, train), (data.validation, held_out), (data.test, test)):
        x, y = part.take([0, 2])
        assert [data.preprocessing.text(row.tolist()) for row in x] == [expected[:16], expected[32:48]]
        assert [data.preprocessing.text(row.tolist()) for row in y] == [expected[1:17], expected[33:49]]
        assert part.raw([2]) == [expected[32:48]]
    assert data.preprocessing.text(data.preprocessing.encode(TEXT)) == TEXT


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(20, 400),
    length=st.integers(1, 12),
    epoch=st.integers(0, 5),
    batch=st.integers(1, 30),
    processes=st.integers(1, 3),
    skip=st.integers(0, 3),
    shift=st.booleans(),
)
def test_every_window_once_an_epoch(count, length, epoch, batch, processes, skip, shift):
    examples = LanguageExamples(torch.arange(count, dtype=torch.int32), length, None, shift=shift)
    parts = [
        [x for x, _ in examples.batches(BatchPlan(batch, 3, epoch, rank=rank, processes=processes))]
        for rank in range(processes)
    ]
    seen = torch.cat([x for part in parts for x in part]).flatten().sort().values
    start = int(seen[0])
    assert torch.equal(seen, torch.arange(start, start + len(examples) * length))
    assert 0 <= start < length or start == 0
    assert count - len(seen) <= 2 * length
    plan = BatchPlan(batch, 3, epoch, skip=skip, processes=processes)
    tail = list(examples.batches(plan))
    assert len(tail) == max(0, len(parts[0]) - skip)
    for (x, y), expected in zip(tail, parts[0][skip:], strict=True):
        assert torch.equal(x, expected) and torch.equal(y, x + 1)


def test_windows_are_cut_elsewhere_each_epoch(book):
    data = language.load(book, DataRecipe(), 0)
    assert len({data.train.offset(BatchPlan(8, 0, epoch)) for epoch in range(10)}) > 5
    assert {data.validation.offset(BatchPlan(8, 0, epoch)) for epoch in range(10)} == {0}


def test_byte_pairs(book):
    data = language.load(book, DataRecipe(tokens="bpe", length=8), 0)
    assert data.task.target == "next token"
    assert data.preprocessing.text(data.preprocessing.encode(TEXT)) == TEXT
    assert 258 <= data.input.vocabulary <= 4096
    assert len(data.train) < len(language.load(book, DataRecipe(length=8), 0).train)


def test_saved_preprocessing_takes_prompts_and_files(book):
    for tokens in ("character", "bpe"):
        data = language.load(book, DataRecipe(tokens=tokens, length=8), 0)
        fitted = Preprocessing.from_json(json.loads(json.dumps(data.preprocessing.to_json())))
        assert fitted == data.preprocessing
        raw = fitted.read(book)
        x, y = fitted.inputs(raw), fitted.targets(raw)
        assert x.shape == y.shape and torch.equal(x[:, 1:], y[:, :-1])
        prompts = fitted.inputs(["The quick", "fox"])
        assert prompts.shape[0] == 2 and (prompts != 0).all() and fitted.targets(["a"]) is None
        assert fitted.text(prompts[1].tolist()).endswith("fox")
        logits = torch.zeros(1, 3, data.input.vocabulary)
        logits[0, -1, fitted.encode("q")[0]] = 1
        logits[0, -1, 0] = 9
        assert fitted.decode(logits) == {"prediction": ["q"]}


def test_unknown_characters_become_the_fallback(tmp_path):
    (tmp_path / "a.txt").write_text("ab " * 300 + "zz")
    data = language.load(tmp_path / "a.txt", DataRecipe(length=4), 0)
    assert data.preprocessing.text(data.preprocessing.encode("a\U0001f600b")) == "a b"
    assert any("2 held-out characters never occur" in note for note in data.notes)


def test_folder_of_texts(tmp_path):
    (tmp_path / "a.txt").write_text("one " * 100)
    (tmp_path / "b.txt").write_bytes(b"caf\xe9 \r\n" * 100)
    assert language.recognizes(tmp_path, DataRecipe())
    data = language.load(tmp_path, DataRecipe(length=4, test=0.3, validation=0), 0)
    assert data.validation is None and data.test is not None
    assert any("b.txt: byte 4 is not UTF-8" in note for note in data.notes)
    assert "\r" not in data.preprocessing.characters
    (tmp_path / "c.csv").write_text("a")
    assert not language.recognizes(tmp_path, DataRecipe())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"too short", "a window of 128 needs 129"),
        (b"x", "too few"),
        (b"ab\0cd" * 99, "Byte 3 is 0x00"),
        ("é\x01".encode() * 99, "Byte 3 is 0x01"),
        (bytes(range(256)) * 9, "Byte 1 is 0x00"),
        (("hello" * 99).encode("utf-16"), "Byte 4 is 0x00"),
    ],
)
def test_bad_texts_are_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        language.load(path, DataRecipe(), 0)
    text = str(caught.value)
    assert message in text and str(path) in text and "\n" not in text


def test_ids_are_stored_small(book):
    assert language.load(book, DataRecipe(), 0).train.ids.dtype == torch.uint8
    wide = "".join(map(chr, range(0x4E00, 0x4E00 + 400))) * 4
    book.write_text(wide, encoding="utf-8")
    data = language.load(book, DataRecipe(length=8), 0)
    assert data.train.ids.dtype == torch.int32
    np.testing.assert_array_equal(data.train.take([0])[0][0], np.arange(1, 9))
