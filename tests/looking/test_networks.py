"""Every number of whole networks is explained: 100% of the operations by hand, in training and in evaluation."""

import copy

import pytest
import torch
from torch import nn

import vitreous as vt

from .networks import LABELS, NETWORKS, Branching, PackedLSTM, floats, tokens


def agrees(trace, tolerance):
    assert trace.unexplained == [], [
        (s, s.note, s.error_forward, s.error_backward) for s in trace.unexplained
    ]
    assert trace.explained == 1
    assert max(trace.largest_errors) <= tolerance
    assert any(s.error_backward is not None for s in trace.steps)


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_explained_entirely_in_float32(name, training):
    torch.manual_seed(0)
    model, x, y = NETWORKS[name]()
    agrees(vt.look(model.train(training), x, y), 1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_explained_entirely_in_float64(name):
    torch.manual_seed(0)
    model, x, y = NETWORKS[name]()
    agrees(vt.look(model.double().eval(), x, y), 1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradients_are_torchs_own(name):
    torch.manual_seed(0)
    model, x, y = NETWORKS[name]()
    if y is None:
        y = x
    trace = vt.look(model.eval(), x, y)
    outputs = model(x)
    if y is x:
        outputs = outputs[0]
    loss = (
        nn.functional.mse_loss(outputs, x)
        if y is x
        else nn.functional.cross_entropy(outputs.flatten(0, -2), y.flatten())
        if outputs.ndim == 3
        else nn.functional.cross_entropy(outputs, y)
    )
    assert trace.loss == pytest.approx(loss.item(), rel=1e-5)
    loss.backward()
    for parameter_name, parameter in model.named_parameters():
        if parameter.grad is not None:
            torch.testing.assert_close(
                torch.from_numpy(trace.gradients[parameter_name]), parameter.grad, rtol=1e-4, atol=1e-6
            )


def scripted():
    return torch.jit.script(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 5)))


@pytest.mark.filterwarnings("ignore")
def test_a_scripted_module_is_looked_at_through_its_original():
    trace = vt.look(scripted().eval(), floats(4, 6), LABELS)
    agrees(trace, 1e-4)
    assert any("original" in note for note in trace.notes)


@pytest.mark.filterwarnings("ignore")
def test_a_traced_module_has_no_python_left_and_says_so():
    traced = torch.jit.trace(nn.Linear(6, 5), floats(4, 6))
    trace = vt.look(traced, floats(4, 6), LABELS)
    assert trace.explained < 1
    assert "scripted" in trace.unexplained[0].note


def test_a_compiled_module_is_looked_at_through_its_original():
    compiled = torch.compile(Branching(), backend="eager")
    trace = vt.look(compiled, floats(4, 6), LABELS)
    agrees(trace, 1e-4)
    assert [s.operation for s in trace.steps].count("linear") == 3


def test_the_fast_path_of_an_encoder_layer_is_seen_as_its_slow_one():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval().requires_grad_(False)
    trace = vt.look(layer, floats(2, 6, 8))
    agrees(trace, 1e-4)
    assert "scaled_dot_product_attention" in [s.operation for s in trace.steps]


def test_shared_layers_add_their_gradients_up():
    """Row D11: sums where paths join."""
    trace = vt.look(Branching(), floats(4, 6), LABELS)
    weight = trace.parameters["shared.weight"]
    assert len(weight.consumers) == 2
    assert weight.consumers[0].error_backward <= 1e-5


class Writing(nn.Module):
    """In place in every way: over itself, through a view, by index, into a buffer made here."""

    def forward(self, x):
        x = x * 2
        x.add_(1)
        x[:, 0] = x[:, 1] * 3
        view = x[:, 2:4]
        view.mul_(view.sigmoid())
        x.relu_()
        out = torch.zeros(x.shape, dtype=x.dtype)
        out[:, ::2] = x[:, ::2].exp()
        out.t()[1].add_(x[:, 1])
        return out * x + view.sum()


def test_writing_in_place_is_followed_to_the_last_number():
    agrees(vt.look(Writing().double(), floats(4, 6).double()), 1e-6)
    agrees(vt.look(Writing(), floats(4, 6)), 1e-4)


class Outputs(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.linear, self.kind = nn.Linear(6, 5), kind

    def forward(self, x, scale=None):
        logits = self.linear(x if scale is None else x * scale)
        return {"dict": {"hidden": x, "logits": logits}, "tuple": (logits, x)}[self.kind]


@pytest.mark.parametrize("kind", ["dict", "tuple"])
def test_outputs_may_be_dicts_and_tuples_and_inputs_several(kind):
    trace = vt.look(Outputs(kind), (floats(4, 6), floats(4, 1)), LABELS)
    agrees(trace, 1e-4)
    assert trace.differentiated == "cross-entropy"
    assert set(trace.inputs) == {"x0", "x1"}
    assert vt.look(Outputs(kind), {"x": floats(4, 6)}, LABELS).explained == 1


class Squaring(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad * ctx.saved_tensors[0]


def test_what_is_not_known_by_hand_is_shown_with_torchs_numbers_and_marked():
    class Unknown(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(6, 5)

        def forward(self, x):
            return Squaring.apply(self.linear(x)) + torch.digamma(x[:, :5].abs() + 1)

    trace = vt.look(Unknown(), floats(4, 6), LABELS)
    assert 0 < trace.explained < 1
    assert {"digamma", "unseen"} <= {s.operation for s in trace.unexplained}
    digamma = next(s for s in trace.steps if s.operation == "digamma")
    assert digamma.output.shape == (4, 5)
    assert not digamma.by_hand
    assert digamma.gradient is not None


def hooks_of(model):
    return [
        len(getattr(m, kind)) for m in model.modules()
        for kind in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    ] + [len(p._backward_hooks or {}) for p in model.parameters()]  # fmt: skip


@pytest.mark.parametrize("fails", ["success", "bad target", "crash"])
def test_nothing_of_the_network_is_changed(fails):
    from torch.nn.modules import module as hooks

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 5)).train()
    model[0].weight.grad = torch.ones_like(model[0].weight)
    before, state = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    x = floats(4, 7 if fails == "crash" else 6)
    y = torch.tensor([0, 1, 2, 99]) if fails == "bad target" else LABELS
    if fails == "success":
        vt.look(model, x, y)
    else:
        with pytest.raises(vt.ModelError):
            vt.look(model, x, y)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert not any(hooks_of(model))
    assert not hooks._global_forward_hooks
    assert not hooks._global_forward_pre_hooks
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(model[0].weight.grad, torch.ones(8, 6))
    assert model[3].weight.grad is None
    assert model.training


def test_a_trace_of_packed_sequences_can_be_opened():
    """Row G3: hidden states step by step, with every gate."""
    trace = vt.look(PackedLSTM().eval(), tokens(), LABELS)
    step = next(s for s in trace.steps if s.operation == "lstm")
    opened = step.open((0, 0))
    assert opened.value == pytest.approx(float(step.output[0, 0]), rel=1e-5)
    assert any("keep" in term.text for term in opened.terms)


@pytest.mark.parametrize("training", [True, False])
def test_an_operation_in_place_that_writes_nothing_is_followed_too(training):
    """Dropout in evaluation returns what it was given, also through a view."""

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.drop, self.last = nn.Linear(4, 4), nn.Dropout(0.2, inplace=True), nn.Linear(4, 3)

        def forward(self, x):
            return self.last(self.drop(torch.flatten(self.first(x).view(-1, 4, 1), 1)))

    torch.manual_seed(0)
    trace = vt.look(Network().train(training), torch.randn(2, 4), torch.tensor([1, 2]))
    assert trace.explained == 1.0
    assert ("as_strided_write" in [step.operation for step in trace.steps]) is training
