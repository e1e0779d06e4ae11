"""Recurrent networks and transformers: who sees what, and what padding must not change."""

import pytest
import torch
from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.models import build
from vitreous.models.attention import SelfAttention, rotate
from vitreous.models.recurrent import lengths

TEXT = InputSpec("tokens", (8,), vocabulary=20)
NAMES = ["rnn", "lstm", "gru", "transformer"]
SMALL = {"transformer": {"width": 16, "heads": 2, "layers": 2, "dropout": 0.0}}
VARIANTS = [
    ("rnn", {}),
    ("lstm", {"summary": "mean"}),
    ("gru", {"bidirectional": True, "layers": 2}),
    ("lstm", {"bidirectional": True, "summary": "mean"}),
    ("transformer", SMALL["transformer"]),
    ("transformer", {**SMALL["transformer"], "positions": "learned"}),
]


def padded(rows, length=8):
    return torch.tensor([row + [0] * (length - len(row)) for row in rows])


def test_attention_equals_torchs_multihead_attention():
    torch.manual_seed(0)
    ours, theirs = SelfAttention(12, 3), nn.MultiheadAttention(12, 3, batch_first=True)
    theirs.load_state_dict(ours.state_dict())  # same names too
    x, seen = torch.randn(2, 5, 12), torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    expected, weights = theirs(x, x, x, key_padding_mask=~seen, average_attn_weights=False)
    torch.testing.assert_close(ours(x, seen), expected)
    torch.testing.assert_close(ours.maps(x, seen), weights)


def test_causal_attention_equals_torchs_with_a_mask():
    torch.manual_seed(0)
    ours, theirs = SelfAttention(12, 3, causal=True), nn.MultiheadAttention(12, 3, batch_first=True)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 5, 12)
    future = torch.ones(5, 5, dtype=torch.bool).triu(1)
    expected, weights = theirs(x, x, x, attn_mask=future, average_attn_weights=False)
    torch.testing.assert_close(ours(x), expected)
    torch.testing.assert_close(ours.maps(x), weights)


def test_rotary_products_depend_on_the_distance_only():
    q, k = torch.randn(8), torch.randn(8)
    turned_q = rotate(q.expand(1, 1, 10, 8))[0, 0]
    turned_k = rotate(k.expand(1, 1, 10, 8))[0, 0]
    products = turned_q @ turned_k.T
    for distance in range(4):
        diagonal = products.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(turned_q.norm(dim=-1), q.norm().expand(10))


@pytest.mark.parametrize("name", NAMES)
def test_a_next_token_model_cannot_see_the_future(name):
    model = build(name, TEXT, Task("next-token", 20), SMALL.get(name, {})).eval()
    x = torch.randint(1, 20, (2, 8))
    changed = x.clone()
    changed[:, 5] = x[:, 5] % 19 + 1
    before, after = model(x), model(changed)
    torch.testing.assert_close(before[:, :5], after[:, :5], atol=1e-6, rtol=1e-5)
    assert not torch.allclose(before[:, 5:], after[:, 5:])


@pytest.mark.parametrize("name", NAMES)
def test_a_next_token_model_takes_other_lengths(name):
    model = build(name, TEXT, Task("next-token", 20), SMALL.get(name, {}))
    assert model(torch.randint(1, 20, (1, 13))).shape == (1, 13, 20)


@pytest.mark.parametrize("name", ["gru", "transformer"])
def test_a_tagger_sees_both_sides(name):
    model = build(name, TEXT, Task("tagging", 3), SMALL.get(name, {})).eval()
    x = torch.randint(1, 20, (1, 8))
    changed = x.clone()
    changed[:, 7] = x[:, 7] % 19 + 1
    assert not torch.allclose(model(x)[:, 0], model(changed)[:, 0])


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_padding_changes_nothing(name, options):
    """A batch of rows of all lengths answers as each row does alone, without padding."""
    torch.manual_seed(0)
    rows = [[3, 1, 4, 1, 5, 9, 2, 6], [5, 3, 5], [8]]
    for task in (Task("multiclass", 4), Task("tagging", 4)):
        model = build(name, TEXT, task, options).eval()
        together = model(padded(rows))
        for row, answer in zip(rows, together, strict=True):
            alone = model(torch.tensor([row]))[0]
            expected = answer[: len(row)] if task.kind == "tagging" else answer
            torch.testing.assert_close(alone, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_a_row_of_padding_only_neither_crashes_nor_spoils_gradients(name, options):
    model = build(name, TEXT, Task("multiclass", 4), options)
    out = model(padded([[], [1, 2]]))
    out.square().sum().backward()
    assert out.isfinite().all()
    assert all(p.grad.isfinite().all() for p in model.parameters())


def test_lengths_are_counted_to_the_last_token():
    assert lengths(padded([[1, 2, 3], [], [4, 0, 5]])).tolist() == [3, 1, 3]


def test_lstm_head_reads_the_last_hidden_state():
    """The seed's TextRNN: Embedding -> LSTM(batch_first) -> Linear(hidden.squeeze(0))."""
    model = build(
        "lstm", TEXT, Task("multiclass", 4), {"embedding": 5, "hidden": 7, "summary": "last"}
    ).eval()
    x = torch.randint(1, 20, (3, 8))
    _, (hidden, _) = model.recurrent(model.embedding(x))
    torch.testing.assert_close(model(x), model.head(hidden.squeeze(0)))


def test_bidirectional_head_reads_both_final_states():
    model = build("gru", TEXT, Task("multiclass", 4), {"bidirectional": True, "summary": "last"}).eval()
    x = torch.randint(1, 20, (3, 8))
    _, hidden = model.recurrent(model.embedding(x))
    torch.testing.assert_close(model(x), model.head(torch.cat([hidden[0], hidden[1]], dim=-1)))


def test_an_lstm_starts_by_remembering():
    model = build("lstm", TEXT, Task("multiclass", 4), {"hidden": 7})
    bias = model.recurrent.bias_ih_l0 + model.recurrent.bias_hh_l0
    assert bias.tolist() == [0.0] * 7 + [1.0] * 7 + [0.0] * 14


def test_recurrent_counts_are_those_of_their_gates():
    """A cell has gates · (h·e + h·h + 2h) weights: 1 gate, 4 gates, 3 gates."""
    for name, gates in (("rnn", 1), ("lstm", 4), ("gru", 3)):
        model = build(name, TEXT, Task("multiclass", 4), {"embedding": 5, "hidden": 7})
        counted = sum(p.numel() for p in model.parameters())
        assert counted == 20 * 5 + gates * (7 * 5 + 7 * 7 + 2 * 7) + (7 * 4 + 4)


def test_transformer_count():
    model = build("transformer", TEXT, Task("multiclass", 4), {"width": 16, "heads": 2, "layers": 3})
    block = (3 * 16 * 16 + 3 * 16) + (16 * 16 + 16) + (16 * 64 + 64) + (64 * 16 + 16) + 4 * 16
    assert sum(p.numel() for p in model.parameters()) == 20 * 16 + 3 * block + 2 * 16 + 16 * 4 + 4


def test_tied_scores_are_products_with_the_embedding():
    model = build("transformer", TEXT, Task("next-token", 20), SMALL["transformer"])
    untied = build("transformer", TEXT, Task("next-token", 20), {**SMALL["transformer"], "tied": False})
    extra = sum(p.numel() for p in untied.parameters()) - sum(p.numel() for p in model.parameters())
    assert extra == 16 * 20 + 20
    assert "head.weight" not in model.state_dict()


@pytest.mark.parametrize("name", NAMES)
def test_sequence_models_use_every_step(name):
    spec = InputSpec("sequence", (5, 2))
    model = build(name, spec, Task("forecast", 3), SMALL.get(name, {})).eval()
    x = torch.randn(1, 5, 2, requires_grad=True)
    model(x).sum().backward()
    assert (x.grad.abs().sum(-1) > 0).all()
