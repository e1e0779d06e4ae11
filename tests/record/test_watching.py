"""Watching changes nothing, to the last bit, and nothing stays behind."""

import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from vitreous.record.session import Session
from vitreous.record.taps import Taps


def data(samples=96, features=6, classes=3):
    x = torch.randn(samples, features)
    return x, (x[:, :classes]).argmax(1)


def loader_with_dropout_and_norm():
    x, y = data()
    model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    losses = []
    for _ in range(4):
        model.train()
        for xb, yb in DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
        model.eval()
        with torch.no_grad():
            losses.append(F.cross_entropy(model(x), y).item())
    return losses, [*model.state_dict().values()]


def plain_tensors():
    x, y = data()
    w, b = torch.randn(6, 3, requires_grad=True), torch.zeros(3, requires_grad=True)
    losses = []
    for _ in range(20):
        loss = F.cross_entropy(x @ w + b, y)
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p -= 0.5 * p.grad
                p.grad.zero_()
        losses.append(loss.item())
    return losses, [w.detach(), b.detach()]


def recurrent():
    x, y = torch.randn(32, 7, 4), torch.randint(0, 2, (32,))
    body, head = nn.LSTM(4, 8, 2, batch_first=True, dropout=0.2), nn.Linear(8, 2)
    optimizer = torch.optim.RMSprop([*body.parameters(), *head.parameters()], lr=1e-2)
    losses = []
    for _ in range(8):
        out, _ = body(x)
        loss = nn.CrossEntropyLoss()(head(out[:, -1]), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, [p.detach() for p in [*body.parameters(), *head.parameters()]]


def transformer():
    x, y = torch.randn(24, 5, 8), torch.randint(0, 2, (24,))
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.Sequential(nn.TransformerEncoder(layer, 2), nn.Flatten(), nn.Linear(40, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(5):
        model.train()
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            losses += [loss.item(), *model(x).flatten().tolist()]
    return losses, [p.detach() for p in model.parameters()]


def two_players():
    real = torch.randn(64, 2) * 0.5 + 1
    maker = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
    judge = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
    first, second = torch.optim.Adam(maker.parameters(), 1e-3), torch.optim.Adam(judge.parameters(), 1e-3)
    bce, losses = nn.BCEWithLogitsLoss(), []
    for _ in range(10):
        fake = maker(torch.randn(64, 3))
        cost = bce(judge(real), torch.ones(64, 1)) + bce(judge(fake.detach()), torch.zeros(64, 1))
        second.zero_grad()
        cost.backward()
        second.step()
        gain = bce(judge(fake), torch.ones(64, 1))
        first.zero_grad()
        gain.backward()
        first.step()
        losses += [cost.item(), gain.item()]
    return losses, [p.detach() for p in [*maker.parameters(), *judge.parameters()]]


def closure():
    x, y = data()
    model = nn.Linear(6, 3)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4)

    def evaluate():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        return loss

    return [optimizer.step(evaluate).item() for _ in range(4)], [p.detach() for p in model.parameters()]


class Double(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return x * 2

    @staticmethod
    def backward(context, gradient):
        return gradient * 2


def own_function_accumulation_and_half_precision():
    x, y = data()
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(4):
        for xb, yb in zip(x.split(24), y.split(24), strict=True):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = F.cross_entropy(Double.apply(model(xb)), yb) / 4
            loss.backward()
            losses.append(loss.item())
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
    return losses, [p.detach() for p in model.parameters()]


KINDS = [
    loader_with_dropout_and_norm,
    plain_tensors,
    recurrent,
    transformer,
    two_players,
    closure,
    own_function_accumulation_and_half_precision,
]


def run(train, session=None):
    torch.manual_seed(3)
    np.random.seed(3)
    random.seed(3)
    if session is None:
        losses, weights = train()
    else:
        with session.taps.listen():
            session.begin()
            losses, weights = train()
    return (
        losses,
        [w.clone() for w in weights],
        (torch.get_rng_state(), np.random.get_state()[1], random.getstate()),
    )


@pytest.mark.parametrize("train", KINDS, ids=lambda f: f.__name__)
def test_losses_weights_and_random_streams_are_the_same_to_the_last_bit(train, tmp_path):
    plain = run(train)
    session = Session("test", tmp_path)
    watched = run(train, session)
    evidence = session.finish("end")

    assert watched[0] == plain[0]
    assert all(torch.equal(a, b) for a, b in zip(watched[1], plain[1], strict=True))
    assert torch.equal(watched[2][0], plain[2][0])
    assert np.array_equal(watched[2][1], plain[2][1])
    assert watched[2][2] == plain[2][2]
    assert not evidence.not_checked
    assert evidence.steps
    assert evidence.training_traces


def test_nothing_stays_behind_after_an_exception(tmp_path):
    session = Session("test", tmp_path)

    def fails():
        nn.Linear(3, 2)(torch.zeros(2, 4))

    owners = [nn.Module, F, torch.autograd, torch.autograd.Function, torch.optim.Optimizer, DataLoader]
    owners += [torch.optim.lr_scheduler.LRScheduler, torch.optim.lr_scheduler.StepLR]
    before = [dict(vars(owner)) for owner in owners]
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), session.taps.listen():
        session.begin()
        fails()
    assert Taps.active is None
    assert torch._C._len_torch_function_stack() == 0
    assert [dict(vars(owner)) for owner in owners] == before
    model = nn.Linear(3, 2)
    assert not model._forward_hooks and not model._forward_pre_hooks and not model._backward_hooks


def test_steps_losses_and_batches_are_what_the_program_did(tmp_path):
    session = Session("test", tmp_path)
    losses, _, _ = run(loader_with_dropout_and_norm, session)
    evidence = session.finish("end")

    trained = [value for i, value in enumerate(losses) if i % 7 != 6]
    assert [step.loss for step in evidence.steps] == pytest.approx(trained)
    assert [step.backwards for step in evidence.steps] == [1] * 24
    assert not any(step.carried or step.empty for step in evidence.steps)
    assert {step.lr[0] for step in evidence.steps} == {1e-2, 1e-3}
    evaluated = [row.value for row in evidence.losses if not row.trained]
    assert evaluated == pytest.approx([value for i, value in enumerate(losses) if i % 7 == 6])
    assert evidence.arrays["train.inputs"].shape == (4 * 96, 6)
    assert evidence.arrays["evaluation.inputs"].shape == (4 * 96, 6)
    assert set(evidence.arrays["train.prints"]) == set(evidence.arrays["evaluation.prints"])
    (site,) = [site for site in evidence.sites if site.trained]
    assert (site.trained, site.evaluated, site.eval_mode) == (24, 0, 0)
    assert evidence.schedulers[0].at_steps == [6, 12, 18, 24]


def test_hand_written_updates_are_steps(tmp_path):
    session = Session("test", tmp_path)
    run(plain_tensors, session)
    evidence = session.finish("end")

    assert len(evidence.steps) >= 19  # nobody sees the end of the last one
    assert {step.optimizer for step in evidence.steps} == {-1}


def test_the_graph_goes_from_the_loss_to_data_and_parameters(tmp_path):
    session = Session("test", tmp_path)
    run(loader_with_dropout_and_norm, session)
    trace = session.finish("end").training_traces[1]

    (loss,) = trace.losses
    names = [op.name for op in reversed(trace.behind(trace.root)) if op.kind == "op" and op.module]
    assert loss.name == "cross_entropy"
    assert [n for n in names if n != "add_"] == ["linear", "batch_norm", "relu", "dropout", "linear"]
    assert [op.module for op in trace.ops if op.name == "linear"] == ["0", "4"]
    assert sum(op.kind == "parameter" for op in trace.behind(trace.root)) == 6


def test_every_scheduler_is_known_by_the_line_that_makes_it(tmp_path):
    session = Session("test", tmp_path)

    def train():
        model = nn.Linear(6, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        made = [
            torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "max"),
            torch.optim.lr_scheduler.StepLR(optimizer, 2),
        ]
        for _ in range(3):
            F.cross_entropy(model(torch.randn(4, 6)), torch.zeros(4).long()).backward()
            optimizer.step()
            made[0].step(1.0)
            made[1].step()
        return [], [p.detach() for p in model.parameters()]

    run(train, session)
    found = session.finish("end").schedulers
    first = train.__code__.co_firstlineno
    assert [(s.kind, s.place.line - first) for s in found] == [("ReduceLROnPlateau", 4), ("StepLR", 5)]
    assert found[0].options["mode"] == "max"
    assert [s.step_place.line - first for s in found] == [10, 11]
