"""Dense, convolutional and residual networks against NumPy, hand counts and torchvision's key names."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.models import build
from vitreous.models.activations import ACTIVATIONS, activation_layer
from vitreous.models.initialize import initialize

TEN = Task("multiclass", 10)


def on_meta(name, shape, outputs, **options):
    """A model without memory: only its shapes."""
    with torch.device("meta"):
        return build(name, InputSpec("image", shape), Task("multiclass", outputs), options)


def count(model):
    return sum(p.numel() for p in model.parameters())


def test_mlp_equals_numpy():
    torch.manual_seed(0)
    model = build("mlp", InputSpec("features", (6,)), TEN, {"hidden": [5, 4], "activation": "tanh"})
    x = torch.randn(8, 6)
    a = x.numpy()
    for layer in (model.hidden1.linear, model.hidden2.linear):
        a = np.tanh(a @ layer.weight.detach().numpy().T + layer.bias.detach().numpy())
    z = a @ model.head.weight.detach().numpy().T + model.head.bias.detach().numpy()
    np.testing.assert_allclose(model(x).detach().numpy(), z, atol=1e-5)


def test_mlp_residual_adds_the_input_where_widths_agree():
    model = build("mlp", InputSpec("features", (4,)), TEN, {"hidden": [4, 3], "residual": True})
    x = torch.randn(2, 4)
    w, b = model.hidden1.linear.weight, model.hidden1.linear.bias
    torch.testing.assert_close(model.hidden1(x), x + (x @ w.T + b).relu())
    torch.testing.assert_close(model.hidden2(x), model.hidden2.linear(x).relu())


def test_mlp_norm_is_between_linear_map_and_activation():
    for option, kind in (("batch_norm", nn.BatchNorm1d), ("layer_norm", nn.LayerNorm)):
        model = build("mlp", InputSpec("features", (4,)), TEN, {option: True, "dropout": 0.2})
        kinds = [type(layer) for layer in model.hidden1]
        assert kinds == [nn.Linear, kind, nn.ReLU, nn.Dropout]


# W + b of every layer, written out.
COUNTS = {
    "cnn": (1 * 9 * 32 + 32) + (32 * 9 * 64 + 64) + (3136 * 128 + 128) + (128 * 10 + 10),
    "lenet5": (25 * 6 + 6) + (6 * 25 * 16 + 16) + (400 * 120 + 120) + (120 * 84 + 84) + (84 * 10 + 10),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_on_mnist(name):
    assert count(build(name, InputSpec("image", (1, 28, 28)), TEN, {})) == COUNTS[name]


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("resnet18", 11_689_512),
        ("resnet34", 21_797_672),
        ("resnet50", 25_557_032),
        ("vgg11", 132_863_336),
        ("vgg13", 133_047_848),
        ("vgg16", 138_357_544),
        ("vgg19", 143_667_240),
        ("vit_b_16", 86_567_656),
    ],
)
def test_counts_on_imagenet_are_those_published_with_torchvision(name, published):
    assert count(on_meta(name, (3, 224, 224), 1000)) == published


def test_vgg11_with_batch_norm_has_torchvisions_count():
    assert count(on_meta("vgg11", (3, 224, 224), 1000, batch_norm=True)) == 132_868_840


def test_resnet18_for_cifar():
    """3·9·64 in place of 3·49·64 weights in the stem, 512·10 + 10 in place of 513,000 in the head."""
    model = build("resnet18", InputSpec("image", (3, 32, 32)), TEN, {})
    assert count(model) == 11_689_512 - 3 * 64 * (49 - 9) - 513_000 + 5_130
    assert model.layer4(model.layer3(model.layer2(model.layer1(torch.randn(1, 64, 32, 32))))).shape == (
        1,
        512,
        4,
        4,
    )


SHAPES = {
    "resnet18": {
        "conv1.weight": (64, 3, 7, 7),
        "bn1.running_mean": (64,),
        "layer1.0.conv1.weight": (64, 64, 3, 3),
        "layer2.0.downsample.0.weight": (128, 64, 1, 1),
        "layer2.0.downsample.1.running_var": (128,),
        "layer4.1.bn2.num_batches_tracked": (),
        "fc.weight": (1000, 512),
    },
    "resnet50": {
        "layer1.0.conv3.weight": (256, 64, 1, 1),
        "layer1.0.downsample.0.weight": (256, 64, 1, 1),
        "layer2.0.conv2.weight": (128, 128, 3, 3),
        "layer4.2.bn3.bias": (2048,),
        "fc.bias": (1000,),
    },
    "vgg16": {
        "features.0.weight": (64, 3, 3, 3),
        "features.2.bias": (64,),
        "features.28.weight": (512, 512, 3, 3),
        "classifier.0.weight": (4096, 25088),
        "classifier.3.weight": (4096, 4096),
        "classifier.6.weight": (1000, 4096),
    },
    "vit_b_16": {
        "class_token": (1, 1, 768),
        "conv_proj.weight": (768, 3, 16, 16),
        "encoder.pos_embedding": (1, 197, 768),
        "encoder.layers.encoder_layer_0.ln_1.weight": (768,),
        "encoder.layers.encoder_layer_0.self_attention.in_proj_weight": (2304, 768),
        "encoder.layers.encoder_layer_0.self_attention.in_proj_bias": (2304,),
        "encoder.layers.encoder_layer_11.self_attention.out_proj.weight": (768, 768),
        "encoder.layers.encoder_layer_11.ln_2.bias": (768,),
        "encoder.layers.encoder_layer_11.mlp.0.weight": (3072, 768),
        "encoder.layers.encoder_layer_11.mlp.3.weight": (768, 3072),
        "encoder.ln.weight": (768,),
        "heads.head.weight": (1000, 768),
    },
}
KEYS = {"resnet18": 122, "resnet34": 218, "resnet50": 320, "vgg16": 32, "vit_b_16": 152}


@pytest.mark.parametrize("name", SHAPES)
def test_keys_are_torchvisions(name):
    state = on_meta(name, (3, 224, 224), 1000).state_dict()
    assert len(state) == KEYS[name]
    assert {key: tuple(state[key].shape) for key in SHAPES[name]} == SHAPES[name]


def test_vgg_with_batch_norm_numbers_its_layers_as_torchvision():
    state = on_meta("vgg11", (3, 224, 224), 1000, batch_norm=True).state_dict()
    assert tuple(state["features.25.weight"].shape) == (512, 512, 3, 3)
    assert tuple(state["features.26.running_var"].shape) == (512,)


def test_resnet_strides_are_in_the_three_by_three_convolution():
    model = on_meta("resnet50", (3, 224, 224), 10)
    assert model.layer2[0].conv1.stride == (1, 1)
    assert model.layer2[0].conv2.stride == (2, 2)


def test_he_and_glorot_have_their_standard_deviations():
    torch.manual_seed(0)
    relu = initialize(nn.Linear(400, 100), "relu")
    tanh = initialize(nn.Linear(400, 100), "tanh")
    conv = initialize(nn.Conv2d(16, 32, 5), "relu")
    assert relu.weight.std().item() == pytest.approx(math.sqrt(2 / 400), rel=0.02)
    assert tanh.weight.std().item() == pytest.approx(math.sqrt(2 / 500), rel=0.02)
    assert conv.weight.std().item() == pytest.approx(math.sqrt(2 / (16 * 25)), rel=0.03)
    assert relu.bias.abs().max() == tanh.bias.abs().max() == conv.bias.abs().max() == 0
    assert initialize(nn.Linear(400, 100), "tanh", "he").weight.std().item() == pytest.approx(
        0.0707, rel=0.03
    )
    before = nn.Linear(3, 3)
    kept = before.weight.clone()
    assert torch.equal(initialize(before, "relu", "default").weight, kept)


def test_first_loss_is_near_the_logarithm_of_the_classes():
    torch.manual_seed(0)
    for name in ("linear", "mlp", "cnn", "lenet5", "resnet18", "vit"):
        x, y = torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))
        loss = nn.functional.cross_entropy(build(name, InputSpec("image", (1, 28, 28)), TEN, {})(x), y)
        assert loss.item() == pytest.approx(math.log(10), abs=0.15), name


def test_activations_against_their_formulas():
    x = torch.linspace(-4, 4, 33, dtype=torch.float64)
    formulas = {
        "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
        "tanh": math.tanh,
        "relu": lambda z: max(0.0, z),
        "leaky_relu": lambda z: max(0.01 * z, z),
        "gelu": lambda z: z * 0.5 * (1 + math.erf(z / math.sqrt(2))),
        "silu": lambda z: z / (1 + math.exp(-z)),
        "identity": lambda z: z,
    }
    assert {*formulas, "softmax"} == set(ACTIVATIONS)
    for name, formula in formulas.items():
        expected = torch.tensor([formula(z) for z in x.tolist()], dtype=torch.float64)
        torch.testing.assert_close(activation_layer(name)(x), expected)


def test_vae_loss_equals_the_definition():
    torch.manual_seed(0)
    model = build("vae", InputSpec("features", (3,)), Task("reconstruction", 3), {"code": 2})
    x = torch.randn(4, 3)
    rebuilt, mean, log_variance = outputs = model(x)
    cloud = torch.distributions.Normal(mean, (log_variance / 2).exp())
    divergence = torch.distributions.kl_divergence(cloud, torch.distributions.Normal(0.0, 1.0)).sum(1)
    likelihood = torch.distributions.Normal(rebuilt, 1.0).log_prob(x).sum(1)
    constant = 3 * 0.5 * math.log(2 * math.pi)
    elbo = (likelihood - divergence).mean()
    torch.testing.assert_close(model.loss(outputs, x), -elbo - constant)
    model.eval()
    assert torch.equal(model(x)[0], model(x)[0])
    assert model.sample(5).shape == (5, 3)
