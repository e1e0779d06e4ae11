"""A long run is slept through, and what counts is known all the same."""

import numpy as np
import pytest
import torch
from tests.record.test_watching import KINDS, run
from torch import nn
from torch.nn import functional as F

import vitreous as vt
from vitreous.record import rest
from vitreous.record.measure import fingerprints
from vitreous.record.session import Session
from vitreous.record.taps import Taps


def long_run(steps, *, clears=True, every=500, evaluates_in_eval=True):
    """A loop with a scheduler that evaluates now and then; its losses, and the model."""
    torch.manual_seed(0)
    x = torch.randn(512, 5)
    y = (x @ torch.randn(5, 3)).argmax(1)
    model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    losses = []
    for step in range(steps):
        if clears:
            optimizer.zero_grad()
        rows = slice(step * 32 % 512, step * 32 % 512 + 32)
        loss = F.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % every == every - 1:
            schedule.step()
            if evaluates_in_eval:
                model.eval()
            with torch.no_grad():
                for part in torch.randn(640, 5).split(8):
                    model(part).argmax(1)
            model.train()
    return losses, model


@pytest.mark.parametrize("train", KINDS, ids=lambda f: f.__name__)
def test_sleeping_changes_nothing_to_the_last_bit(train, monkeypatch):
    monkeypatch.setattr(rest, "DENSE", 2)
    monkeypatch.setattr(rest, "EVERY", 5)
    monkeypatch.setattr(rest, "WINDOW", 1)
    monkeypatch.setattr(rest, "APART", 0)
    plain, session = run(train), Session("test", None, rest=True)
    watched = run(train, session)
    evidence = session.finish("end")

    assert watched[0] == plain[0]
    assert all(torch.equal(a, b) for a, b in zip(watched[1], plain[1], strict=True))
    assert torch.equal(watched[2][0], plain[2][0])
    assert not evidence.not_checked
    assert Taps.active is None
    assert Taps.asleep is None


def test_every_loss_and_learning_rate_of_a_long_run_is_kept_and_most_steps_are_slept_through():
    with vt.watch() as w:
        losses, _ = long_run(1600)
    evidence = w.evidence

    assert [step.number for step in evidence.steps] == list(range(1600))
    assert [step.loss for step in evidence.steps] == pytest.approx(losses)
    assert [step.backwards for step in evidence.steps] == [1] * 1600
    assert evidence.steps[0].lr == [1e-3]
    assert evidence.steps[-1].lr == pytest.approx([1e-3 * 0.9**3])
    assert evidence.schedulers[0].at_steps == [500, 1000, 1500]
    heard = {row.step for row in evidence.losses if row.trained}
    assert heard == {step for step in range(1600) if rest.heard(step)}
    assert len(heard) < 120
    assert not evidence.not_checked
    assert w.verdict().verdict == "healthy"


def test_evaluations_wake_the_taps_and_of_long_ones_the_first_calls_are_heard():
    with vt.watch() as w:
        long_run(1600)
    (site,) = [site for site in w.evidence.sites if site.evaluated]
    assert [(p.step, p.calls) for p in w.evidence.passes] == [(500, 49), (1000, 80), (1500, 49)]
    assert site.training_mode == 0


def test_what_is_wrong_all_along_is_named_after_a_long_run():
    with vt.watch() as w:
        long_run(1300, clears=False)
    assert [f.fault for f in w.verdict().findings][:1] == ["optim/no-zero-grad"]
    assert all(step.carried for step in w.evidence.steps[1:])


def test_dropout_left_on_is_seen_in_a_late_evaluation():
    with vt.watch() as w:
        long_run(1300, evaluates_in_eval=False)
    assert "eval/train-mode" in [f.fault for f in w.verdict().findings]


def test_what_goes_wrong_while_asleep_is_noted_and_the_program_goes_on(monkeypatch):
    def broken(*_):
        raise RuntimeError("no")

    monkeypatch.setattr("vitreous.record.notes.steps.StepNotes.slept", broken)
    with vt.watch() as w:
        losses, _ = long_run(120)
    assert len(losses) == 120
    assert any("tick: RuntimeError: no" in note for note in w.evidence.not_checked)


@pytest.mark.parametrize(
    "dtype",
    [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool],
)
def test_samples_have_the_same_fingerprint_when_their_values_are_the_same(dtype):
    torch.manual_seed(0)
    batch = (torch.rand(600, 5) * 4).to(dtype)
    prints = fingerprints(batch)

    assert len(prints.unique()) == len(batch.unique(dim=0))
    assert torch.equal(fingerprints(batch[1:7]), prints[1:7])
    assert torch.equal(fingerprints(batch[3:4]), prints[3:4])
    assert torch.equal(fingerprints(batch.T.contiguous().T), prints)


def test_fingerprints_of_nothing_one_number_and_wide_rows():
    assert fingerprints(torch.zeros(3, 0)).tolist() == [0, 0, 0]
    assert fingerprints(torch.zeros(3)).shape == (3,)
    wide = torch.randn(2, 90_000)
    assert torch.equal(fingerprints(wide)[1:], fingerprints(wide[1:]))
    assert len(np.unique(fingerprints(torch.eye(2000)).numpy())) == 2000


def test_what_the_optimizer_wrote_while_nobody_listened_was_not_written_by_the_program():
    with vt.watch() as w:
        long_run(1600)
    assert w.evidence.rewritten == []


@pytest.mark.parametrize("steps", [1500, 1600])
def test_weights_put_back_at_the_end_of_a_long_run_are_noticed_where_no_step_was_slept_through_since(steps):
    """Behind an evaluation they are, the taps asleep again or not; later nobody can tell them from steps."""
    with vt.watch() as w:
        _, model = long_run(steps)
        model.load_state_dict({name: value + 1 for name, value in model.state_dict().items()})
    assert w.evidence.rewritten == ([1500] if steps == 1500 else [])
