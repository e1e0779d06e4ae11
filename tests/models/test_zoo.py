"""Every model × every kind of input and task it takes: shapes, gradients, and who refuses what."""

import pytest
import torch

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError
from vitreous.models import build, choose, head_name, names, suggested

INPUTS = {
    "features": InputSpec("features", (7,)),
    "image": InputSpec("image", (3, 16, 16)),
    "tokens": InputSpec("tokens", (6,), vocabulary=11),
    "sequence": InputSpec("sequence", (6, 3)),
}
TASKS = {
    "binary": Task("binary", 1),
    "multiclass": Task("multiclass", 5),
    "multilabel": Task("multilabel", 4),
    "regression": Task("regression", 2),
    "forecast": Task("forecast", 3),
    "tagging": Task("tagging", 4),
    "next-token": Task("next-token", 11),
    "reconstruction": Task("reconstruction", 0),
}
VECTORS = {"binary", "multiclass", "multilabel", "regression", "forecast"}
FLOATS = {"features", "image", "sequence"}
IMAGE_MODELS = [
    "cnn", "lenet5", "resnet18", "resnet34", "resnet50",
    "vgg11", "vgg13", "vgg16", "vgg19", "vit", "vit_b_16",
]  # fmt: skip
SEQUENCE_MODELS = ["rnn", "lstm", "gru", "transformer"]
SMALLER = {"vit": {"layers": 1, "width": 16}, "transformer": {"layers": 1, "width": 16, "heads": 2}}

TAKES = {
    "perceptron": {(i, "binary") for i in FLOATS},
    **{name: {(i, t) for i in FLOATS for t in VECTORS} for name in ("linear", "mlp")},
    **{name: {("image", t) for t in VECTORS} for name in IMAGE_MODELS},
    **{
        name: {(i, t) for i in ("tokens", "sequence") for t in VECTORS | {"tagging"}}
        | {("tokens", "next-token")}
        for name in SEQUENCE_MODELS
    },
    **{name: {(i, "reconstruction") for i in FLOATS} for name in ("autoencoder", "vae")},
}
# The large ones once each: their tasks differ in one number.
LARGE = {"resnet34", "resnet50", "vgg13", "vgg16", "vgg19", "vit_b_16"}
CASES = [
    (name, *case)
    for name, cases in TAKES.items()
    for case in sorted(cases)
    if name not in LARGE or case == ("image", "multiclass")
]
REFUSED = [
    (name, i, t) for name, cases in TAKES.items() for i in INPUTS for t in TASKS if (i, t) not in cases
]


def example(spec: InputSpec, batch: int = 2) -> torch.Tensor:
    if spec.kind == "tokens":
        return torch.randint(1, spec.vocabulary, (batch, *spec.shape))
    return torch.randn(batch, *spec.shape)


def expected_shape(task: Task, spec: InputSpec) -> tuple[int, ...]:
    if task.kind == "reconstruction":
        return (2, *spec.shape)
    if task.kind in ("tagging", "next-token"):
        return (2, spec.shape[0], task.outputs)
    return (2, task.outputs)


def test_the_table_above_has_every_model_of_the_zoo():
    assert names() == sorted(TAKES)


@pytest.mark.parametrize(("name", "input_kind", "task_kind"), CASES)
def test_shapes_and_gradients(name, input_kind, task_kind):
    torch.manual_seed(0)
    spec, task = INPUTS[input_kind], TASKS[task_kind]
    model = build(name, spec, task, SMALLER.get(name, {}))
    outputs = model(example(spec))
    if name == "vae":
        loss, outputs = model.loss(outputs, torch.randn(2, *spec.shape)), outputs[0]
    else:
        loss = outputs.square().sum()
    assert outputs.shape == expected_shape(task, spec)
    loss.backward()
    without = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not without
    assert head_name(model) in dict(model.named_modules())


def test_refusals_name_what_is_taken_and_what_would_suit():
    for name, input_kind, task_kind in REFUSED:
        with pytest.raises(ModelError, match=r"(takes inputs of kind|does ).*The model '\w+' would suit"):
            build(name, INPUTS[input_kind], TASKS[task_kind], {})


def test_lenet5_on_columns_says_mlp():
    with pytest.raises(ModelError, match=r"lenet5 takes inputs of kind image; these are features.*'mlp'"):
        build("lenet5", INPUTS["features"], TASKS["multiclass"], {})


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("resnet81", {}, "Did you mean 'resnet18'"),
        ("mlp", {"hiden": [3]}, "Did you mean 'hidden'"),
        ("mlp", {"hidden": 3}, "model.hidden: expected a valid tuple; came 3"),
        ("mlp", {"hidden": [0]}, "greater than or equal to 1; came"),
        ("mlp", {"dropout": 1.5}, "less than 1"),
        ("mlp", {"dropout": [0.1]}, "one for each of 2 hidden layers; came 1"),
        ("mlp", {"activation": "rellu"}, "'relu'.*came 'rellu'"),
        ("mlp", {"batch_norm": "yes"}, "valid boolean; came 'yes'"),
        ("mlp", {"batch_norm": True, "layer_norm": True}, "both were asked for"),
        ("cnn", {"channels": [2] * 5}, "5 pools need images of 32×32"),
        ("vit", {"patch": 5}, "patches of 5 pixels do not divide"),
        ("vit", {"width": 30}, "4 heads do not divide a width of 30"),
        ("lenet5", {"init": 3}, "came 3"),
    ],
)
def test_bad_names_and_options(name, options, says):
    kind = "features" if name in ("mlp",) else "image"
    with pytest.raises(ModelError, match=says):
        build(name, INPUTS[kind], TASKS["multiclass"], options)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_bad_options_of_sequence_models(name):
    options = {"bidirectional": True} if name != "transformer" else {"width": 30}
    with pytest.raises(ModelError, match=r"reads backwards|even parts"):
        build(name, INPUTS["tokens"], TASKS["next-token"], options)


@pytest.mark.parametrize(
    ("spec", "task", "examples", "name"),
    [
        (InputSpec("features", (4,)), "multiclass", 150, "mlp"),
        (InputSpec("image", (1, 28, 28)), "multiclass", 60_000, "cnn"),
        (InputSpec("image", (3, 32, 32)), "multiclass", 50_000, "resnet18"),
        (InputSpec("image", (1, 64, 64)), "binary", 500, "resnet18"),
        (InputSpec("tokens", (50,), 100), "multiclass", 500, "lstm"),
        (InputSpec("tokens", (50,), 100), "multiclass", 50_000, "transformer"),
        (InputSpec("tokens", (50,), 100), "next-token", 500, "transformer"),
        (InputSpec("tokens", (50,), 100), "tagging", 500, "lstm"),
        (InputSpec("sequence", (24, 2)), "forecast", 500, "gru"),
        (InputSpec("features", (9,)), "reconstruction", 500, "autoencoder"),
    ],
)
def test_choose(spec, task, examples, name):
    chosen, reason = choose(spec, TASKS[task], examples)
    assert chosen == name
    assert reason.endswith(".")
    build(chosen, spec, TASKS[task], {})
    assert suggested(chosen) == {}


def test_images_of_odd_sizes():
    for name, side in [
        ("cnn", 5),
        ("lenet5", 13),
        ("lenet5", 32),
        ("resnet18", 9),
        ("vgg11", 9),
        ("vgg11", 33),
    ]:
        spec = InputSpec("image", (2, side, side + 4))
        assert build(name, spec, TASKS["multiclass"], {}).eval()(torch.randn(1, *spec.shape)).shape == (1, 5)


@pytest.mark.parametrize("name", [n for n in sorted(TAKES) if n not in LARGE])
def test_a_batch_of_one_is_answered_as_in_a_larger_batch(name):
    input_kind, task_kind = min(TAKES[name])
    model = build(name, INPUTS[input_kind], TASKS[task_kind], SMALLER.get(name, {})).eval()
    x = example(INPUTS[input_kind], 3)
    many, one = (model(batch) for batch in (x, x[:1]))
    many, one = (many[0], one[0]) if name == "vae" else (many, one)
    torch.testing.assert_close(many[:1], one, atol=1e-4, rtol=1e-4)


def test_heads_are_the_last_layers():
    assert head_name(build("resnet18", INPUTS["image"], TASKS["multiclass"], {})) == "fc"
    assert head_name(build("vgg11", INPUTS["image"], TASKS["multiclass"], {})) == "classifier.0"
    assert head_name(build("vit", INPUTS["image"], TASKS["multiclass"], {})) == "heads.head"
    assert head_name(build("transformer", INPUTS["tokens"], TASKS["next-token"], {})) == "embedding"
    assert head_name(torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU())) == "0"
    with pytest.raises(ModelError, match="no parameters"):
        head_name(torch.nn.ReLU())


def test_perceptron_decides_by_the_threshold():
    model = build("perceptron", InputSpec("features", (2,)), TASKS["binary"], {})
    with torch.no_grad():
        model.unit.weight.copy_(torch.tensor([[1.0, -1.0]]))
        model.unit.bias.fill_(-0.5)
    assert model.decide(torch.tensor([[2.0, 1.0], [1.0, 1.0]])).flatten().tolist() == [1.0, 0.0]
