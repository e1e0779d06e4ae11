"""Row K7: the loss over a plane of the weights with the training's path in it, against losses known in closed form."""

import copy

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

import vitreous as vt
from vitreous.data.examples import TensorExamples
from vitreous.data.types import InputSpec, Task
from vitreous.errors import RunError
from vitreous.looking import landscape
from vitreous.looking.course import Course
from vitreous.looking.film.frames import frames_of
from vitreous.looking.subject import Subject, subject_of
from vitreous.looking.view import show_all
from vitreous.looking.views import landscape as view
from vitreous.report.blocks import Table
from vitreous.training.checkpoints import write_tensors

BARE = {"train.baselines": False, "train.checks": False, "train.threads": 1, "model.hidden": [8]}


def linear():
    """y = w · x + b in double precision, whose mean squared error is a paraboloid over (w, b)."""
    torch.manual_seed(0)
    x = torch.randn(40, 3, dtype=torch.float64)
    y = x @ torch.tensor([[1.0], [-2.0], [0.5]], dtype=torch.float64) + 0.3 + 0.1 * torch.randn(40, 1)
    return nn.Linear(3, 1).double(), x, y


def subject_with(model, x, y, snapshots=(), loss=nn.functional.mse_loss, step=None):
    course = Course(lambda _: loss, TensorExamples(x, y), "validation", dict(snapshots), step)
    return Subject(
        model=model, task=Task("regression", 1), input=InputSpec("features", tuple(x.shape[1:])), inputs=x, targets=y,
        raw=list(x.tolist()), course=course,
    )  # fmt: skip


@pytest.fixture
def trained(tmp_path):
    """The linear network with a snapshot behind each of six steps of gradient descent."""
    model, x, y = linear()
    snapshots = {}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    for step in range(6):
        snapshots[step] = tmp_path / f"step-{step:08d}.safetensors"
        write_tensors(snapshots[step], model.state_dict())
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
    return model, x, y, snapshots


def flat(weights):
    return torch.cat([weights["weight"].reshape(-1), weights["bias"].reshape(-1)]).double().numpy()


def squared_error(theta, x, y):
    return float(np.mean((x.numpy() @ theta[:3] + theta[3] - y.numpy()[:, 0]) ** 2))


def test_row_K7_the_plane_of_a_path_has_its_principal_components(trained):
    model, _, _, snapshots = trained
    plane = landscape.path_plane(model, list(snapshots.values()))
    kept = [flat(_read(path)) for path in snapshots.values()]
    origin = flat(dict(model.state_dict()))
    pca = PCA(2).fit(np.array(kept))
    for mine, theirs in zip((plane.first, plane.second), pca.components_, strict=True):
        np.testing.assert_allclose(flat(mine) * np.sign(flat(mine) @ theirs), theirs, atol=1e-9)
    np.testing.assert_allclose(plane.kept, pca.explained_variance_ratio_, rtol=1e-9)
    both = np.array([flat(plane.first), flat(plane.second)])
    np.testing.assert_allclose(plane.path, (np.array(kept) - origin) @ both.T, atol=1e-9)
    assert plane.path[0].max() <= 0, "training goes right and up"


def _read(path):
    from safetensors.torch import load_file

    return load_file(path)


def test_row_K7_the_loss_over_the_plane_is_the_closed_form(trained):
    """Every place of the grid, and every checkpoint's projection, against the paraboloid in NumPy."""
    model, x, y, snapshots = trained
    (shown,) = show_all(subject_with(model, x, y, snapshots), ["landscape"])
    found = shown.numbers
    plane = landscape.path_plane(model, list(snapshots.values()))
    origin, one, two = flat(dict(model.state_dict())), flat(plane.first), flat(plane.second)
    wanted = [[squared_error(origin + a * one + b * two, x, y) for a in found["x"]] for b in found["y"]]
    np.testing.assert_allclose(found["loss"], wanted, rtol=1e-9)
    assert found["loss"].shape == (21, 21)
    on_path = [squared_error(origin + a * one + b * two, x, y) for a, b in found["path"]]
    np.testing.assert_allclose(found["on_path"], on_path, rtol=1e-9)
    assert found["here"] == pytest.approx(squared_error(origin, x, y))
    assert found["path"][:, 0].min() > found["x"][0]
    assert found["steps"] == list(range(6))
    assert f"{plane.kept[0]:.1%}" in shown.caption
    (table,) = [p for p in shown.parts if isinstance(p, Table)]
    assert len(table.rows) == 6


def test_row_K7_random_directions_have_filters_as_long_as_the_networks():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 2), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 2))
    plane = landscape.random_plane(model, 3)
    for direction in (plane.first, plane.second):
        for name, weight in model.named_parameters():
            if weight.ndim < 2:
                assert not direction[name].any()
            else:
                lengths = direction[name].flatten(1).norm(dim=1)
                torch.testing.assert_close(lengths, weight.detach().flatten(1).norm(dim=1))
    assert not torch.equal(plane.first["0.weight"], plane.second["0.weight"])
    again = landscape.random_plane(model, 3)
    assert torch.equal(plane.first["3.weight"], again.first["3.weight"])


def test_row_K7_without_snapshots_the_loss_over_random_directions_is_the_closed_form():
    model, x, y = linear()
    (shown,) = show_all(subject_with(model, x, y), ["landscape"])
    plane = landscape.random_plane(model, 0)
    origin, one, two = flat(dict(model.state_dict())), flat(plane.first), flat(plane.second)
    for j, i in ((0, 0), (20, 3), (10, 10), (7, 19)):
        theta = origin + shown.numbers["x"][i] * one + shown.numbers["y"][j] * two
        assert shown.numbers["loss"][j, i] == pytest.approx(squared_error(theta, x, y), rel=1e-9)
    assert shown.numbers["x"][0] == -1
    assert "train.keep_checkpoints" in shown.caption


@pytest.mark.parametrize("fails", [False, True])
def test_row_K7_nothing_of_the_network_is_changed(fails):
    """Weights to the last bit, batch statistics, modes, hooks, gradients, generator; also when the loss fails."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.ReLU(), nn.Linear(6, 1))
    x, y = torch.randn(30, 3), torch.randn(30, 1)
    model(x).sum().backward()  # training mode: statistics and gradients that could change
    model[0].weight.requires_grad_(False)
    before, gradients = (
        copy.deepcopy(model),
        [None if p.grad is None else p.grad.clone() for p in model.parameters()],
    )
    calls = []

    def loss(outputs, targets):
        calls.append(1)
        if fails and len(calls) == 50:
            raise ValueError("the loss fails")
        return nn.functional.mse_loss(outputs, targets)

    random = torch.get_rng_state()
    (shown,) = show_all(subject_with(model, x, y, loss=loss), ["landscape"])
    assert ("failed" in shown.numbers) == fails
    assert len(calls) >= 50
    assert torch.equal(torch.get_rng_state(), random)
    for (name, one), (_, other) in zip(model.state_dict().items(), before.state_dict().items(), strict=True):
        assert torch.equal(one, other), name
    for one, other, gradient in zip(model.parameters(), before.parameters(), gradients, strict=True):
        assert one.requires_grad == other.requires_grad
        assert gradient is None if one.grad is None else torch.equal(one.grad, gradient)
    assert [m.training for m in model.modules()] == [m.training for m in before.modules()]
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_row_K7_a_frozen_weight_stays_where_it_is():
    model, x, y = linear()
    model.bias.requires_grad_(False)
    assert set(landscape.random_plane(model, 0).first) == {"weight"}
    model.weight.requires_grad_(False)
    assert show_all(subject_with(model, x, y), ["landscape"]) == [], "there is nothing to change"


def test_row_K7_normalization_keeps_its_statistics():
    """In evaluation mode the loss of a network with batch statistics is a function of each example alone."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    x, y = torch.randn(64, 3), torch.randn(64, 1)
    for _ in range(5):
        model(x * 3 + 1)
    found = show_all(subject_with(model, x, y), ["landscape"])[0].numbers["loss"]
    plane = landscape.random_plane(model, 0)
    (w1, w2), norm = ((model[n].weight + 1.0 * plane.first[f"{n}.weight"] for n in (0, 2)), model[1])
    hidden = (x @ w1.T + model[0].bias - norm.running_mean) / (norm.running_var + norm.eps).sqrt()
    wanted = ((hidden * norm.weight + norm.bias) @ w2.T + model[2].bias - y).square().mean()
    assert found[10, 20] == pytest.approx(float(wanted.detach()), rel=1e-4)


def test_row_K7_snapshots_on_a_line_or_too_few_span_no_plane(tmp_path):
    model, _, _ = linear()
    paths = []
    for n in range(4):
        paths.append(tmp_path / f"{n}.safetensors")
        write_tensors(paths[-1], {"weight": model.weight + n, "bias": model.bias + n})
    assert landscape.path_plane(model, paths) is None
    assert landscape.path_plane(model, paths[:2]) is None


def test_row_K7_a_snapshot_of_another_network_is_said(trained, tmp_path):
    model, x, y, snapshots = trained
    write_tensors(snapshots[2], {"weight": torch.zeros(2, 5), "bias": torch.zeros(1)})
    with pytest.raises(RunError, match="weight has another shape"):
        landscape.path_plane(model, list(snapshots.values()))
    snapshots[2].write_bytes(b"nothing")
    (shown,) = show_all(subject_with(model, x, y, snapshots), ["landscape"])
    assert "no readable safetensors file" in shown.numbers["failed"]


def test_row_K7_large_networks_are_asked_at_fewer_places():
    assert view.size(100_000) == (21, 256)
    sizes = [view.size(10**n) for n in range(4, 12)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == view.SIZES[-1]
    assert max(side for side, _ in view.SIZES) == 21
    assert max(many for _, many in view.SIZES) == 256


def test_row_K7_the_time_is_bounded_and_what_is_missing_is_said(monkeypatch):
    model, x, y = linear()
    monkeypatch.setattr(view, "MOST_SECONDS", 0)
    (shown,) = show_all(subject_with(model, x, y), ["landscape"])
    assert np.count_nonzero(~np.isnan(shown.numbers["loss"])) == 1
    assert not np.isnan(shown.numbers["loss"][10, 10]), "from the middle outwards"
    assert "enough for 1 of them" in shown.caption


def test_row_K7_a_loss_that_is_no_number_leaves_its_place_blank():
    model, x, y = linear()
    limit = float(nn.functional.mse_loss(model(x), y).detach())

    def loss(outputs, targets):
        value = nn.functional.mse_loss(outputs, targets)
        return value if value < limit else value * float("inf")

    (shown,) = show_all(subject_with(model, x, y, loss=loss), ["landscape"])
    found = shown.numbers
    stripes = view._stripes(found, view.bounds(found["loss"][np.isfinite(found["loss"])]), list("abcdefg"))
    area = sum((s["b"] - s["a"]) * (s["d"] - s["c"]) for s in stripes)
    place = (found["x"][1] - found["x"][0]) * (found["y"][1] - found["y"][0])
    assert area == pytest.approx(place * np.isfinite(found["loss"]).sum())
    assert 0 < np.isfinite(found["loss"]).sum() < found["loss"].size


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("landscape") / "run"
    return vt.train("iris", model="mlp", epochs=10, out=out, settings=BARE | {"train.keep_checkpoints": 5})


def test_row_K7_a_runs_loss_is_the_one_of_its_history(run):
    """On all validation examples the loss at the run's best weights is the best validation loss it has written down."""
    (shown,) = show_all(subject_of(run), ["landscape"])
    assert shown.numbers["split"] == "validation"
    assert shown.numbers["here"] == pytest.approx(
        min(line["validation.loss"] for line in run.history), rel=1e-4
    )
    assert len(shown.numbers["path"]) >= 4


def test_row_K7_a_films_frames_lie_on_one_plane(run):
    frames = frames_of(run, only=["landscape"])
    found = [frame.views[0].numbers for frame in frames]
    for one in found:
        assert one["loss"] is found[-1]["loss"]
        points = view._way(one | {"step": one["step"]}, {})
        last = points[2]["data"]["values"][0]
        place = one["path"][one["steps"].index(one["step"])]
        assert (last["a"], last["c"]) == pytest.approx(tuple(place))
    assert [one["step"] for one in found] == [frame.step for frame in frames]
    assert len(frames) >= 4
