"""The loop against loops written by hand: the same batches give the same weights, bit for bit."""

import io
import json
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from vitreous.data.examples import TensorExamples
from vitreous.data.types import BatchPlan, Task
from vitreous.errors import TrainingError
from vitreous.training.events import Listener
from vitreous.training.loop import steps_per_epoch
from vitreous.training.mixup import mix
from vitreous.training.schedules import warmup_cosine


def network(seed=0, inputs=5, outputs=3, dropout=0.0):
    torch.manual_seed(seed)
    layers = [nn.Linear(inputs, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, outputs)]
    return nn.Sequential(*layers)


def weights(model):
    return torch.cat([p.detach().reshape(-1) for p in model.parameters()])


def seen_batches(x, y, size, seed=0, epoch=0):
    """The batches that a plan gives, as any user of the data would get them."""
    return list(TensorExamples(x, y).batches(BatchPlan(size, seed=seed, epoch=epoch, augment=True)))


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, fused=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05, fused=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.0, fused=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.05, momentum=0.9),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_epoch_is_the_four_lines_of_a_plain_loop_bit_for_bit(bare, toy, name):
    (x, y), task = toy
    ours, theirs = network(dropout=0.2), network(dropout=0.2)

    torch.manual_seed(7)
    made = bare(ours, (x, y), task, train__batch_size=16, optimizer__name=name, optimizer__lr=0.05)
    made.trainer.fit()

    torch.manual_seed(7)
    optimizer = OPTIMIZERS[name](theirs.parameters())
    theirs.train()
    for inputs, targets in seen_batches(x, y, 16):
        optimizer.zero_grad()
        F.cross_entropy(theirs(inputs), targets).backward()
        optimizer.step()

    assert torch.equal(weights(ours), weights(theirs))


@pytest.mark.parametrize(("clip_norm", "tolerance"), [(0.0, 0), (0.3, 1e-5)], ids=["bit for bit", "clipped"])
def test_a_run_with_schedule_and_validation_is_a_plain_loop(bare, toy, clip_norm, tolerance):
    (x, y), task = toy
    validation = (x[:20], y[:20])
    ours, theirs = network(), network()
    made = bare(
        ours, (x, y), task, validation, train__batch_size=32, train__epochs=4, train__clip_norm=clip_norm,
        schedule__name="cosine", schedule__warmup=0.25, optimizer__lr=0.1, optimizer__weight_decay=0.01,
    )  # fmt: skip
    progress = made.trainer.fit()

    optimizer = torch.optim.AdamW(theirs.parameters(), lr=0.1, weight_decay=0.01, fused=True)
    step = 0
    for epoch in range(4):
        total = right = 0.0
        for inputs, targets in seen_batches(x, y, 32, epoch=epoch):
            optimizer.param_groups[0]["lr"] = 0.1 * warmup_cosine(step, steps=12, warmup=3, final=0.01)
            optimizer.zero_grad()
            outputs = theirs(inputs)
            loss = F.cross_entropy(outputs, targets)
            loss.backward()
            if clip_norm:  # whose norm is summed up in another order
                nn.utils.clip_grad_norm_(theirs.parameters(), clip_norm)
            optimizer.step()
            step += 1
            total += loss.item() * len(targets)
            right += (outputs.argmax(1) == targets).sum().item()
        line = progress.history[epoch]
        assert line["train.loss"] == pytest.approx(total / 80, rel=tolerance, abs=0)
        assert line["train.accuracy"] == right / 80
        with torch.no_grad():
            judged = F.cross_entropy(theirs(validation[0]), validation[1]).item()
        assert line["validation.loss"] == pytest.approx(judged, rel=1e-6)
    assert torch.allclose(weights(ours), weights(theirs), rtol=tolerance, atol=tolerance)


def test_H8_the_best_epoch_can_be_judged_by_validation_accuracy(bare, toy):
    (x, y), task = toy
    made = bare(
        network(), (x, y), task, (x[:20], y[:20]), train__batch_size=16, train__epochs=12, optimizer__lr=0.1,
        train__monitor="accuracy",
    )  # fmt: skip
    progress = made.trainer.fit()
    accuracies = [line["validation.accuracy"] for line in progress.history]
    assert progress.best_epoch == 1 + accuracies.index(max(accuracies))  # the first of equals
    assert progress.best == -max(accuracies)


def test_H4_full_batch_is_one_step_an_epoch(bare, toy):
    (x, y), task = toy
    made = bare(network(), (x, y), task, train__batch_size=80, train__epochs=5)
    progress = made.trainer.fit()
    assert (progress.step, [line["step"] for line in progress.history]) == (5, [1, 2, 3, 4, 5])


def test_the_network_is_in_training_mode_for_steps_and_evaluation_mode_for_validation(bare, toy):
    (x, y), task = toy
    modes = []

    class Watched(nn.Sequential):
        def forward(self, inputs):
            modes.append((self.training, torch.is_grad_enabled()))
            return super().forward(inputs)

    bare(Watched(nn.Linear(5, 3)).eval(), (x, y), task, (x, y), train__batch_size=40).trainer.fit()
    assert modes == [(True, True), (True, True), (False, False)]


@pytest.mark.parametrize("accumulate", [2, 4, 8])
def test_accumulated_batches_equal_a_big_batch(bare, toy, accumulate):
    (x, y), task = toy
    small, big = network().double(), network().double()
    bare(
        small, (x.double(), y), task, train__batch_size=80 // (2 * accumulate), train__accumulate=accumulate,
        train__epochs=3,
    ).trainer.fit()  # fmt: skip
    bare(big, (x.double(), y), task, train__batch_size=40, train__epochs=3).trainer.fit()
    torch.testing.assert_close(weights(small), weights(big), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rows", [80, 79, 50, 41])
def test_a_last_group_of_fewer_or_smaller_batches_counts_in_full(bare, toy, rows):
    (x, y), task = toy
    x, y = x[:rows].double(), y[:rows]
    small, big = network().double(), network().double()
    rule = {"optimizer__name": "sgd", "optimizer__lr": 0.5, "optimizer__momentum": 0.0}
    bare(small, (x, y), task, train__batch_size=8, train__accumulate=4, **rule).trainer.fit()
    bare(big, (x, y), task, train__batch_size=32, **rule).trainer.fit()
    torch.testing.assert_close(weights(small), weights(big), rtol=1e-9, atol=1e-12)


def test_E10_clipping_bounds_the_step_and_the_history_has_the_norm_of_before(bare, toy):
    (x, y), task = toy
    free, held = network(), network()
    rule = {"optimizer__name": "sgd", "optimizer__lr": 1.0, "optimizer__momentum": 0.0}
    start = weights(free)
    norm = bare(free, (x, y), task, **rule).trainer.fit().history[0]["gradient_norm"]
    clipped = (
        bare(held, (x, y), task, train__clip_norm=0.01, **rule).trainer.fit().history[0]["gradient_norm"]
    )
    assert (weights(free) - start).norm().item() == pytest.approx(norm, rel=1e-5)
    assert clipped == norm > 0.01
    assert (weights(held) - start).norm().item() == pytest.approx(0.01, rel=1e-3)


def test_I7_l1_adds_its_sign_to_the_gradient_and_leaves_small_weights_at_zero(bare, toy):
    (x, y), task = toy
    plain, sparse = network(), network()
    start = weights(plain)
    rule = {"optimizer__name": "sgd", "optimizer__lr": 0.1, "optimizer__momentum": 0.0}
    bare(plain, (x, y), task, **rule).trainer.fit()
    bare(sparse, (x, y), task, optimizer__l1=0.01, **rule).trainer.fit()
    expected = weights(plain) - 0.1 * 0.01 * start.sign()
    torch.testing.assert_close(weights(sparse), expected, atol=1e-7, rtol=1e-5)


def test_I2_weight_decay_pulls_the_norm_down(bare, toy):
    (x, y), task = toy
    norms = []
    for decay in (0.0, 0.5):
        model = network()
        settings = {"train__epochs": 60, "optimizer__lr": 0.01, "optimizer__weight_decay": decay}
        bare(model, (x, y), task, train__batch_size=40, **settings).trainer.fit()
        norms.append(weights(model).norm().item())
    assert norms[1] < 0.8 * norms[0]


def test_mixup_blends_inputs_and_losses_of_the_same_pairs(toy):
    x, y = toy[0]
    mixed, loss = mix(torch.eye(80), y, alpha=5.0, seed=0, loss=F.cross_entropy)
    # A row of the mixture of unit vectors holds w at its own place and 1 - w at its partner's.
    weight = mixed.diagonal().min()
    partner = torch.where(mixed.diagonal() == weight, (mixed - 2 * torch.eye(80)).argmax(1), torch.arange(80))
    assert 0 < weight < 1
    torch.testing.assert_close(mixed, weight * torch.eye(80) + (1 - weight) * torch.eye(80)[partner])
    outputs = network()(x)
    expected = weight * F.cross_entropy(outputs, y) + (1 - weight) * F.cross_entropy(outputs, y[partner])
    torch.testing.assert_close(loss(outputs), expected)


def test_mixup_draws_its_weights_from_a_beta_distribution(toy):
    y = toy[0][1]
    drawn = [
        mix(torch.eye(80), y, alpha=0.4, seed=seed, loss=F.cross_entropy)[0].diagonal().min().item()
        for seed in range(400)
    ]
    # Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)).
    assert np.mean(drawn) == pytest.approx(0.5, abs=0.05)
    assert np.var(drawn) == pytest.approx(1 / (4 * 1.8), abs=0.02)


def test_a_network_learns_with_mixup(bare, toy):
    (x, y), task = toy
    model = network()
    made = bare(
        model, (x, y), task, train__mixup=0.2, train__epochs=60, train__batch_size=20, optimizer__lr=0.01
    )
    made.trainer.fit()
    assert (model.eval()(x).argmax(1) == y).float().mean() > 0.85


def test_I4_early_stopping_waits_as_asked_and_keeps_the_best(bare, toy):
    (x, y), task = toy
    model = network()
    validation = (x[:40], torch.randint(0, 3, (40,), generator=torch.Generator().manual_seed(1)))
    made = bare(
        model, (x, y), task, validation, train__epochs=200, train__batch_size=16, train__early_stopping=4,
        optimizer__lr=0.02,
    )  # fmt: skip
    progress = made.trainer.fit()
    losses = [line["validation.loss"] for line in progress.history]
    best = int(np.argmin(losses))
    assert progress.best_epoch == best + 1
    assert len(losses) == best + 1 + 4 < 200
    model.load_state_dict(made.saver.best)
    with torch.no_grad():
        again = F.cross_entropy(model.eval()(validation[0]), validation[1]).item()
    assert again == pytest.approx(min(losses), rel=1e-6)


def test_without_validation_the_last_weights_are_kept_and_nothing_stops_early(bare, toy):
    (x, y), task = toy
    model = network()
    made = bare(model, (x, y), task, train__epochs=7, train__early_stopping=1, optimizer__lr=1.0)
    progress = made.trainer.fit()
    assert (progress.best_epoch, len(progress.history)) == (7, 7)
    assert torch.equal(made.saver.best["0.weight"], model[0].weight)


def test_recording_leaves_the_weights_bit_identical(bare, toy):
    (x, y), task = toy
    found = []
    for sink in (None, io.StringIO()):
        model = network(dropout=0.3)
        torch.manual_seed(5)
        settings = {"train__epochs": 3, "train__batch_size": 16, "train__record_every": 1}
        bare(model, (x, y), task, sink=sink, **settings).trainer.fit()
        found.append(weights(model))
    assert torch.equal(*found)


@pytest.mark.parametrize("every", [0, 2, 5])
@pytest.mark.parametrize("accumulate", [1, 2, 4])
def test_recorded_steps_are_as_many_updates_apart_as_asked_also_with_accumulation(
    bare, toy, every, accumulate
):
    (x, y), task = toy
    sink = io.StringIO()
    settings = {"train__epochs": 40, "train__batch_size": 80 // accumulate, "train__accumulate": accumulate}
    made = bare(network(), (x, y), task, sink=sink, train__record_every=every, **settings)
    made.trainer.fit()
    made.trainer.recorder.flush()
    expected = {0: 10 + 3, 2: 20, 5: 8}[every]
    assert len(sink.getvalue().splitlines()) == expected


def test_hooks_are_gone_behind_a_run_and_behind_an_exception(bare, toy):
    (x, y), task = toy

    def hooks(model):
        return sum(len(module._forward_hooks) for module in model.modules())

    model = network()
    bare(model, (x, y), task, sink=io.StringIO(), train__record_every=1).trainer.fit()
    assert hooks(model) == 0

    class Fails(nn.Module):
        def forward(self, inputs):
            raise RuntimeError("no")

    broken = nn.Sequential(nn.Linear(5, 3), Fails())
    with pytest.raises(RuntimeError, match="no"):
        bare(broken, (x, y), task, sink=io.StringIO(), train__record_every=1).trainer.fit()
    assert hooks(broken) == 0


def test_a_loss_that_is_no_number_stops_the_run_with_its_step(bare, toy):
    (x, y), task = toy
    x = x.clone()
    x[70] = float("inf")
    with pytest.raises(TrainingError, match=r"not a finite number at step [01234]") as caught:
        bare(network(), (x, y), task, train__batch_size=16).trainer.fit()
    assert "0.0001" in caught.value.hint


def test_batch_norm_leaves_out_a_last_batch_of_one(bare, toy):
    (x, y), task = toy
    model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
    made = bare(model, (x[:65], y[:65]), task, train__batch_size=16)
    progress = made.trainer.fit()
    assert progress.step == made.trainer.steps_per_epoch == 4
    without = bare(network(), (x[:65], y[:65]), task, train__batch_size=16)
    assert without.trainer.fit().step == 5


@pytest.mark.parametrize(
    ("rows", "size", "drop", "steps"), [(10, 3, False, 4), (10, 3, True, 3), (2, 8, True, 1)]
)
def test_steps_of_an_epoch(rows, size, drop, steps):
    assert steps_per_epoch(rows, size, drop_last=drop) == steps


def test_E7_plateau_lowers_the_rate_and_the_history_has_it(bare, toy):
    (x, y), task = toy
    validation = (x[:40], torch.randint(0, 3, (40,), generator=torch.Generator().manual_seed(1)))
    made = bare(
        network(), (x, y), task, validation, train__epochs=40, train__batch_size=16, optimizer__lr=0.02,
        schedule__name="plateau", schedule__patience=3,
    )  # fmt: skip
    lines = made.trainer.fit().history
    rates = [line["learning_rate"] for line in lines]
    best, waited, expected = math.inf, 0, [0.02]
    for line in lines:
        if line["validation.loss"] < best:
            best, waited = line["validation.loss"], 0
        else:
            waited += 1
        lower = waited > 3
        expected.append(expected[-1] / 2 if lower else expected[-1])
        waited = 0 if lower else waited
    assert rates == pytest.approx(expected[:-1])
    assert rates[-1] < 0.02


def test_a_time_limit_ends_the_run_with_an_epoch_written(bare, toy):
    (x, y), task = toy
    made = bare(network(), (x, y), task, train__epochs=10**6, train__time_limit=0.2, train__batch_size=8)
    progress = made.trainer.fit()
    assert progress.finished
    assert 0.2 < progress.seconds < 3
    assert progress.history


def test_the_listener_hears_every_epoch_and_the_history_is_json(bare, toy):
    (x, y), task = toy
    heard = []

    class Ear(Listener):
        def start(self, **values):
            heard.append(values)

        def epoch(self, line):
            heard.append(line)

    made = bare(network(), (x, y), task, (x, y), train__epochs=3, train__batch_size=40, listener=Ear())
    progress = made.trainer.fit()
    assert heard[0] == {"epochs": 3, "steps_per_epoch": 2, "step": 0}
    assert heard[1:] == progress.history == json.loads(json.dumps(progress.history)) == made.saver.lines


def test_regression_has_no_accuracy(bare):
    x = torch.randn(20, 4)
    made = bare(nn.Linear(4, 1), (x, x[:, :1]), Task("regression", 1), (x, x[:, :1]))
    line = made.trainer.fit().history[0]
    assert not [name for name in line if "accuracy" in name]
