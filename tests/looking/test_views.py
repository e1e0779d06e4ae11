"""Every view against NumPy or scikit-learn, worked out from the network's weights and not from the view's own code."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.calibration import calibration_curve
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.preprocessing import StandardScaler
from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.errors import MissingExtraError, UsageError
from vitreous.looking import view as looking_view
from vitreous.looking.subject import Subject, chosen, subject_from
from vitreous.looking.view import Pictures, all_views, named, show_all, signed_png
from vitreous.looking.views import attributions, boundary, maximization, neurons, probe, representations
from vitreous.report.blocks import Table

from .networks import NETWORKS
from .subjects import images, rows, texts


@pytest.fixture(scope="module")
def iris():
    return rows()


@pytest.fixture(scope="module")
def digits():
    return images()


def shown(subject, name):
    (found,) = show_all(subject, [name])
    assert "failed" not in found.numbers, found.numbers
    return found


def weights(subject):
    """(W, b) of every dense layer, as NumPy."""
    layers = [m for m in subject.model.modules() if isinstance(m, nn.Linear)]
    return [(m.weight.detach().double().numpy(), m.bias.detach().double().numpy()) for m in layers]


def by_hand(subject):
    """The iris network's layers in NumPy: z1, a1, z2, a2, logits."""
    x = subject.x.double().numpy()
    (w1, b1), (w2, b2), (w3, b3) = weights(subject)
    z1 = x @ w1.T + b1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ w2.T + b2
    a2 = np.tanh(z2)
    return z1, a1, z2, a2, a2 @ w3.T + b3


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")).astype(int)


def test_all_are_found_by_listing_the_package():
    assert set(all_views()) == {
        "activations", "attention_maps", "attributions", "boundary", "calibration", "confusion", "dead_units",
        "filters", "hidden_states", "landscape", "maximization", "neurons", "probe", "representations", "top_examples",
    }  # fmt: skip


def test_activations_are_the_layers_own(iris):
    """Rows A9 and K1."""
    found = shown(iris, "activations").numbers["activations"]
    for name, wanted in zip("01234", by_hand(iris), strict=True):
        np.testing.assert_allclose(found[name], wanted[iris.sample], rtol=1e-4, atol=1e-5)


def test_activations_say_the_share_of_zeros(iris):
    """Row A17: the sparsity of ReLU, for each layer."""
    table = next(p for p in shown(iris, "activations").parts if isinstance(p, Table))
    zeros = np.mean(by_hand(iris)[1][iris.sample] == 0)
    assert [row[5] for row in table.rows if row[1] == "ReLU"] == [f"{zeros:.1%}"]


def test_top_examples_are_those_with_the_largest_activation(iris):
    """Row K4."""
    found = shown(iris, "top_examples")
    a1 = by_hand(iris)[1]
    layer, units = found.numbers["units"][0]
    assert layer == "1"
    assert units == np.argsort(-a1.std(0))[:6].tolist()
    tables = [p for p in found.parts if p.caption.startswith("1, unit")]
    for unit, table in zip(units, tables, strict=True):
        best = np.argsort(-a1[:, unit], kind="stable")[:5]
        values = [float(row[2].replace(",", "")) for row in table.rows]
        np.testing.assert_allclose(values, a1[best, unit], rtol=1e-3)


def test_a_channel_counts_by_its_mean(digits):
    found = shown(digits, "top_examples").numbers["excitement"]["1"]
    conv = digits.model[0]
    kernel, bias = conv.weight.detach().numpy(), conv.bias.detach().numpy()
    patches = np.lib.stride_tricks.sliding_window_view(digits.x[:, 0].numpy(), (3, 3), axis=(1, 2))
    maps = np.einsum("nyxij,oij->noyx", patches, kernel[:, 0]) + bias[:, None, None]
    np.testing.assert_allclose(found, np.maximum(maps, 0).mean((2, 3)), rtol=1e-4, atol=1e-6)


def test_dead_and_saturated_units_are_counted():
    """Row A16."""
    subject = rows()
    with torch.no_grad():
        subject.model[0].bias[2] = -1e3  # never above zero
        subject.model[2].bias[1] = 50  # always at tanh's upper end
    found = shown(subject, "dead_units").numbers
    _, a1, _, a2, _ = by_hand(subject)
    assert found["1"]["dead"] == np.sum(np.all(a1 == 0, 0)) >= 1
    assert found["1"]["zeros"] == pytest.approx(np.mean(a1 == 0))
    often = np.mean(np.abs(a2) > 0.95, axis=0) >= 0.95
    assert found["3"]["saturated"] == often.sum() >= 1
    assert found["3"]["dead"] == 0


def test_dead_units_of_a_sequence_lie_along_its_last_axis():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Flatten(), nn.Linear(28, 2))
    with torch.no_grad():
        model[0].bias[:3] = -1e3
    x = torch.randn(9, 4, 5)
    subject = subject_from(model, x, torch.arange(9) % 2)
    assert shown(subject, "dead_units").numbers["1"] | {"zeros": 0} == {
        "units": 7, "dead": 3, "saturated": 0, "zeros": 0,
    }  # fmt: skip


def test_dead_channels_behind_a_convolution_over_time_lie_along_axis_1():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv1d(3, 6, 2), nn.ReLU(), nn.Flatten(), nn.Linear(24, 2))
    with torch.no_grad():
        model[0].bias[:2] = -1e3
    subject = subject_from(model, torch.randn(8, 3, 5), torch.arange(8) % 2)
    found = shown(subject, "dead_units").numbers["1"]
    assert (found["units"], found["dead"]) == (6, 2)


def test_representations_are_principal_components(iris):
    found = shown(iris, "representations").numbers
    assert found["layer"] == "3"
    pca = PCA(2).fit(by_hand(iris)[3])
    np.testing.assert_allclose(
        np.abs(found["components"]), np.abs(pca.transform(by_hand(iris)[3])), rtol=1e-3, atol=1e-4
    )
    assert found["kept"] == pytest.approx(pca.explained_variance_ratio_.sum(), rel=1e-4)


def test_a_projection_is_turned_without_changing_distances():
    generator = np.random.default_rng(0)
    flat = generator.normal(size=(20, 2))
    angle = 2.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose(representations.turned(flat @ turn, flat), flat, atol=1e-12)


@pytest.mark.parametrize("plane", [None, (2, 3)], ids=["principal components", "two chosen ones"])
def test_the_boundary_is_the_networks_own_decision(plane):
    """Rows A6 and K5."""
    subject = rows(plane=plane)
    found = shown(subject, "boundary").numbers
    if plane:
        np.testing.assert_allclose(found["origin"][[2, 3]], 0)
        np.testing.assert_allclose(found["origin"][:2], subject.x.numpy()[:, :2].mean(0), atol=1e-6)
    (w1, b1), (w2, b2), (w3, b3) = weights(subject)
    for j, i in ((0, 0), (7, 31), (39, 39), (20, 5)):
        x = found["origin"] + found["x"][i] * found["axes"][0] + found["y"][j] * found["axes"][1]
        p = softmax((np.tanh(np.maximum(x @ w1.T + b1, 0) @ w2.T + b2) @ w3.T + b3)[None])[0]
        assert found["decided"][j, i] == p.argmax()
        assert found["sure"][j, i] == pytest.approx(p.max(), abs=1e-4)


def test_the_stripes_of_a_boundary_cover_the_plane_once():
    decided, sure = np.array([[0, 0, 1], [1, 1, 1]]), np.array([[1.0, 1.0, 0.6], [0.9, 0.9, 0.9]])
    stripes = boundary._stripes((np.arange(3.0), np.arange(2.0)), decided, sure, ["a", "b"])
    assert sum((s["b"] - s["a"]) * (s["d"] - s["c"]) for s in stripes) == pytest.approx(6)
    assert [s["k"] for s in stripes] == ["a", "b", "b"]


def test_confusion_is_scikit_learns(iris):
    found = shown(iris, "confusion").numbers
    wanted = confusion_matrix(iris.targets.numpy(), by_hand(iris)[4].argmax(1))
    np.testing.assert_array_equal(found["counts"], wanted)


def test_examples_of_a_confusion_are_the_surest():
    subject = rows()
    with torch.no_grad():
        subject.model[4].bias[1] += 1.5  # takes many for versicolor
    found = shown(subject, "confusion")
    p = softmax(by_hand(subject)[4])
    part = next(p for p in found.parts if isinstance(p, Table) and "taken for versicolor" in p.caption)
    true = list(subject.classes).index(part.caption.split(",")[0])
    wrong = np.flatnonzero((subject.targets.numpy() == true) & (p.argmax(1) == 1))
    assert [int(row[0]) for row in part.rows] == wrong[np.argsort(-p[wrong, 1])][:5].tolist()


def test_calibration_is_scikit_learns(iris):
    found = shown(iris, "calibration").numbers
    p = softmax(by_hand(iris)[4])
    right = p.argmax(1) == iris.targets.numpy()
    accuracy, confidence = calibration_curve(right, p.max(1), n_bins=10)
    np.testing.assert_allclose([b["accuracy"] for b in found["bins"]], accuracy)
    np.testing.assert_allclose([b["confidence"] for b in found["bins"]], confidence, rtol=1e-4)
    counts = np.histogram(p.max(1), bins=10, range=(0, 1))[0]
    wanted = np.sum(counts[counts > 0] / len(p) * np.abs(accuracy - confidence))
    assert found["error"] == pytest.approx(wanted, rel=1e-3)


def test_a_probe_is_a_logistic_regression_on_the_layer(iris):
    """Row G16: learned features beside the raw input."""
    found = shown(iris, "probe").numbers
    train, test, labels = found["train"], found["test"], iris.targets.numpy()
    assert not set(train) & set(test)
    layers = dict(zip("01234", by_hand(iris), strict=True)) | {"the raw input": iris.x.numpy()}
    assert set(found["accuracy"]) == set(layers)
    for name, x in layers.items():
        scaler = StandardScaler().fit(x[train])
        model = LogisticRegression(max_iter=300).fit(scaler.transform(x[train]), labels[train])
        wanted = np.mean(model.predict(scaler.transform(x[test])) == labels[test])
        assert found["accuracy"][name] == pytest.approx(wanted, abs=1.5 / len(test)), name


def test_wide_layers_are_probed_by_their_components():
    generator = np.random.default_rng(0)
    labels = np.arange(60) % 2
    x = generator.normal(size=(60, 300)) + 2 * labels[:, None]
    train, test = probe.halves(labels, 0)
    assert probe.accuracy(x, labels, train, test, 0) == 1


def test_filters_are_the_weights(digits):
    """Row K3: filters as images."""
    found = shown(digits, "filters")
    kernels = digits.model[0].weight.detach().numpy()
    np.testing.assert_array_equal(found.numbers["weights"], kernels)
    (pictures,) = found.parts
    assert isinstance(pictures, Pictures)
    assert len(pictures.tiles) == 4
    image, top = pixels(pictures.tiles[0].png), np.abs(kernels).max()
    share = np.clip(kernels[0, 0] / top, -1, 1)
    end = np.where(share[..., None] > 0, looking_view.BLUE, looking_view.ORANGE)
    middle = np.array(looking_view.LIGHT_MIDDLE)
    np.testing.assert_allclose(image, middle + (end - middle) * np.abs(share)[..., None], atol=5)


def test_a_dense_layer_over_pixels_is_shown_by_place():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.ReLU(), nn.Linear(5, 2))
    subject = subject_from(model, torch.randn(6, 1, 3, 4), torch.arange(6) % 2)
    found = shown(subject, "filters").numbers["weights"]
    np.testing.assert_array_equal(found[2, 0, 1], model[1].weight.detach().numpy()[2, 4:8])


def test_signs_have_their_colours():
    image = pixels(signed_png(np.array([[1.0, 0.0, -1.0]])))
    assert image.tolist() == [[[0, 90, 160], [244, 244, 241], [200, 85, 0]]]


def test_neurons_are_the_dense_layers(iris):
    """Row B11."""
    found = shown(iris, "neurons").numbers
    assert found["sizes"] == [4, 8, 6, 3]
    lines = neurons._lines(0, iris.model[0], [0, 1], [0, 3])
    w = weights(iris)[0][0]
    assert [line["w"] for line in lines] == pytest.approx(
        [abs(w[o, i]) / np.abs(w).max() for i in (0, 1) for o in (0, 3)]
    )
    assert [line["s"] == "adds" for line in lines] == [w[o, i] >= 0 for i in (0, 1) for o in (0, 3)]


def test_what_maximizes_a_class_is_found_by_ascent(digits):
    found = shown(digits, "maximization").numbers
    inputs, x = found["inputs"], digits.x.numpy()
    assert (found["after"] > found["before"]).all()
    assert (inputs >= x.min(0) - 1e-6).all()
    assert (inputs <= x.max(0) + 1e-6).all()
    with torch.no_grad():
        logits = digits.model(torch.from_numpy(inputs)).numpy()
    np.testing.assert_allclose(np.diagonal(logits), found["after"], rtol=1e-4)
    best_example = digits.outputs.numpy().max(0)
    assert (found["after"] > best_example).mean() > 0.8  # it excites more than nearly any real example


def test_what_maximizes_a_linear_unit_is_its_gradient():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 2))
    x = torch.rand(50, 5) * 2 - 1
    subject = subject_from(model, x, torch.arange(50) % 2)
    found, _, after = maximization.maximize(
        subject, 2, lambda given: maximization.class_scores(subject, given)
    )
    low, high = x.amin(0), x.amax(0)
    best = torch.where(model[0].weight > 0, high, low).detach()
    torch.testing.assert_close(found, best, atol=0.05, rtol=0)
    assert after.shape == (2,)


@pytest.mark.parametrize("need_weights", [False, True])
def test_attention_maps_are_softmax_of_qk(need_weights):
    """Row G6."""
    subject = texts(need_weights)
    (found,) = shown(subject, "attention_maps").numbers["maps"].values()
    x = subject.model.embedding(subject.inputs[1]).detach().double().numpy()
    w = subject.model.attention.in_proj_weight.detach().double().numpy()
    b = subject.model.attention.in_proj_bias.detach().double().numpy()
    q, k = (x @ w[i : i + 8].T + b[i : i + 8] for i in (0, 8))
    for head in range(2):
        part = slice(4 * head, 4 * head + 4)
        np.testing.assert_allclose(found[head], softmax(q[:, part] @ k[:, part].T / 2), rtol=1e-4, atol=1e-5)


def test_attributions_add_up_and_are_gradients(iris):
    pytest.importorskip("captum")
    found = shown(iris, "attributions").numbers
    x, said = iris.x[iris.sample].double().numpy(), int(iris.probabilities[iris.sample].argmax())
    (w1, b1), (w2, b2), (w3, b3) = weights(iris)

    def logit(x):
        return (np.tanh(np.maximum(x @ w1.T + b1, 0) @ w2.T + b2) @ w3.T + b3)[..., said]

    slope = [(logit(x + 1e-6 * e) - logit(x - 1e-6 * e)) / 2e-6 for e in np.eye(4)]
    np.testing.assert_allclose(found["saliency"][0], np.abs(slope), rtol=1e-3, atol=1e-4)
    assert found["integrated"].sum() == pytest.approx(logit(x) - logit(np.zeros(4)), abs=found["gap"] + 1e-4)
    places = (np.arange(20_000) + 0.5) / 20_000
    gradients = [
        np.mean((logit(np.outer(places, x) + 1e-5 * e) - logit(np.outer(places, x) - 1e-5 * e)) / 2e-5)
        for e in np.eye(4)
    ]
    np.testing.assert_allclose(found["integrated"][0], x * gradients, rtol=0.02, atol=0.02)


def test_grad_cam_is_the_weighted_sum_of_maps(digits):
    pytest.importorskip("captum")
    found = shown(digits, "attributions").numbers["cam"]
    x, said = digits.x[5:6], int(digits.probabilities[5].argmax())
    maps = digits.model[0](x).detach().requires_grad_()
    digits.model[1:](maps)[0, said].backward()
    wanted = np.maximum((maps.grad.mean((2, 3), keepdim=True) * maps).sum(1).detach().numpy(), 0)
    np.testing.assert_allclose(found[0, 0], wanted[0], rtol=1e-4, atol=1e-6)


def test_without_captum_the_page_says_what_to_install(iris, monkeypatch):
    monkeypatch.setattr(attributions.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="pip install"):
        attributions.view(iris)
    (found,) = show_all(iris, ["attributions"])
    assert "pip install vitreous[look]" in found.parts[0].text


def test_a_view_that_fails_is_said_and_costs_no_other(iris, monkeypatch):
    views = all_views()

    def broken(subject):
        raise ZeroDivisionError("<b>boom</b>")

    monkeypatch.setattr(looking_view, "all_views", lambda: {**views, "neurons": broken})
    found = {v.name: v for v in show_all(iris)}
    assert "ZeroDivisionError: <b>boom</b>" in found["neurons"].parts[0].text
    assert "confusion" in found


def test_nothing_of_the_network_is_changed_by_views(digits):
    before = {k: v.clone() for k, v in digits.model.state_dict().items()}
    state = torch.get_rng_state()
    digits.model.train()
    show_all(digits)
    assert digits.model.training
    digits.model.eval()
    assert all(torch.equal(v, before[k]) for k, v in digits.model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(m._forward_hooks for m in digits.model.modules())


@pytest.mark.parametrize("name", NETWORKS)
def test_no_view_fails_for_any_network(name):
    torch.manual_seed(0)
    model, x, y = NETWORKS[name]()
    if name in ("resnet18", "vgg11"):
        x = x[:, :, :16, :16]
        if name == "vgg11":
            pytest.skip("takes 32 pixels; as resnet18")
    subject = subject_from(model.eval(), x, y)
    found = show_all(subject)
    assert found
    assert not [(v.name, v.numbers["failed"]) for v in found if "failed" in v.numbers]


def test_two_inputs_are_chosen_by_name_or_number():
    spec = InputSpec("features", (3,))
    assert chosen("a, c", ("a", "b", "c"), spec) == (0, 2)
    assert chosen("2,0", (), spec) == (2, 0)
    assert chosen("", (), spec) is None
    for said in ("a", "a,b,c", "a,z", "0,3"):
        with pytest.raises(UsageError):
            chosen(said, ("a", "b", "c"), spec)
    with pytest.raises(UsageError, match="two inputs"):
        chosen("0,1", (), InputSpec("image", (1, 2, 2)))


def test_a_view_that_does_not_exist_is_said():
    with pytest.raises(UsageError, match="Did you mean 'boundary'"):
        named(["boundry"])


def test_examples_are_run_a_few_at_a_time(monkeypatch):
    from vitreous.looking import seen

    subject = images(40)
    whole = subject.layers
    monkeypatch.setattr(seen, "BATCH", 7)
    parts = images(40).layers
    for name, found in whole.items():
        np.testing.assert_allclose(parts[name].pooled, found.pooled, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(parts[name].features, found.features, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(parts[name].silent, found.silent)
        assert parts[name].zeros == pytest.approx(found.zeros)
        np.testing.assert_allclose(parts[name].sample, found.sample, rtol=1e-5, atol=1e-6)


def test_a_binary_network_has_one_logit():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    x = torch.randn(60, 2)
    subject = Subject(
        model=model, task=Task("binary", 1, ("no", "yes")), input=InputSpec("features", (2,)), inputs=x,
        targets=(x[:, 0] > 0).float(), raw=list(x),
    )  # fmt: skip
    found = {v.name: v for v in show_all(subject)}
    assert not [v for v in found.values() if "failed" in v.numbers]
    logits = model(x).detach().double().numpy()[:, 0]
    np.testing.assert_allclose(subject.probabilities[:, 1], 1 / (1 + np.exp(-logits)), rtol=1e-6)
    assert found["confusion"].numbers["counts"].sum() == 60
    after = found["maximization"].numbers["after"]
    assert after[0] > 0 or after[1] > 0


def packed(lengths=(7, 3, 5, 1)):
    """Two layers both ways over packed sequences, in the order in which they are not sorted by length."""
    torch.manual_seed(0)
    model, x, y = NETWORKS["packed bidirectional lstm"]()
    return subject_from(model.eval(), x, y)


def states_of(subject, row):
    """The states of the top layer for one example alone, which has no padding then."""
    length = int((subject.inputs[row] != 0).sum())
    with torch.no_grad():
        return subject.model.lstm(subject.model.embedding(subject.inputs[row : row + 1, :length]))[0][
            0
        ].numpy()


@pytest.mark.parametrize("sample", [0, 2])
def test_row_K9_a_packed_layers_states_are_each_examples_own_steps(sample):
    subject = packed()
    subject.sample = sample
    seen = subject.layers["lstm"]
    np.testing.assert_allclose(seen.sample, states_of(subject, sample), atol=1e-6)
    for row in range(4):
        np.testing.assert_allclose(seen.pooled[row], states_of(subject, row).mean(0), atol=1e-6)
    assert seen.zeros == 0
    activations = shown(subject, "activations")
    np.testing.assert_allclose(
        activations.numbers["activations"]["lstm"], states_of(subject, sample), atol=1e-6
    )
    assert "lstm (LSTM)" in [p.title for p in activations.parts if isinstance(p, Pictures)]


def test_row_K9_a_packed_networks_representation_is_the_recurrent_layers():
    subject = packed()
    found = shown(subject, "representations").numbers
    assert found["layer"] == "lstm"
    own = np.array([states_of(subject, row).mean(0) for row in range(4)])
    np.testing.assert_allclose(found["hidden"], own, atol=1e-6)


def test_row_K9_examples_of_packed_sequences_are_run_a_few_at_a_time(monkeypatch):
    from vitreous.looking import seen

    whole = packed().layers["lstm"]
    monkeypatch.setattr(seen, "BATCH", 1)  # each batch has another longest sequence
    parts = packed().layers["lstm"]
    np.testing.assert_allclose(parts.pooled, whole.pooled, atol=1e-6)
    np.testing.assert_allclose(parts.sample, whole.sample, atol=1e-6)


def test_row_K9_steps_that_come_first_are_turned_to_the_batch():
    class TimeFirst(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = nn.RNN(3, 4), nn.Linear(4, 2)

        def forward(self, x):
            return self.head(self.rnn(x.transpose(0, 1))[0][-1])

    torch.manual_seed(0)
    subject = subject_from(TimeFirst(), torch.randn(6, 5, 3), torch.arange(6) % 2)
    seen = subject.layers["rnn"]
    with torch.no_grad():
        wanted = subject.model.rnn(subject.x.transpose(0, 1))[0].transpose(0, 1).numpy()
    np.testing.assert_allclose(seen.sample, wanted[0], atol=1e-6)
    np.testing.assert_allclose(seen.pooled, wanted.mean(1), atol=1e-6)


def test_row_K9_hidden_states_are_shown_over_time():
    """Rows G3 and K9: an image of units over steps for each direction, and a row a step with what came in."""
    subject = packed()
    subject.token = {n: f"word {n}" for n in range(1, 20)}.get
    found = shown(subject, "hidden_states")
    states = states_of(subject, 0)
    (pictures,) = found.parts
    assert [tile.words.split(":")[0] for tile in pictures.tiles] == ["read forward", "read backward"]
    image = pixels(pictures.tiles[1].png)
    half = states[:, 5:]
    assert image.shape[:2] == half.T.shape
    unit, step = np.unravel_index(np.abs(half.T).argmax(), half.T.shape)
    assert tuple(image[unit, step]) == (looking_view.BLUE if half[step, unit] > 0 else looking_view.ORANGE)
    table = pictures.table
    assert [row[1] for row in table.rows] == [f"word {int(n)}" for n in subject.inputs[0]]
    sizes = [float(row[2]) for row in table.rows]
    np.testing.assert_allclose(sizes, np.linalg.norm(states, axis=1), rtol=1e-3)
    before, after = (
        np.vstack([np.zeros((1, 5)), states[:-1, :5]]),
        np.vstack([states[1:, 5:], np.zeros((1, 5))]),
    )
    moves = np.linalg.norm(np.hstack([states[:, :5] - before, half - after]), axis=1)
    np.testing.assert_allclose([float(row[3]) for row in table.rows], moves, rtol=1e-3)
    assert table.rows[2][4].split(", ")[0] == str(np.abs(states[2]).argmax())


def test_row_K9_padding_is_called_so():
    torch.manual_seed(0)
    model, x, _ = NETWORKS["gru tagger"]()
    subject = subject_from(model, x, torch.arange(4))
    subject.sample = 1
    table = shown(subject, "hidden_states").parts[0].table
    assert [row[1] for row in table.rows][2:4] == [f"token {int(x[1, 2])}", "padding"]
