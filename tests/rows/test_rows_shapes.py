"""Rows of the requirements about layers, shapes, activations and architectures (groups A, B, G-J, X)."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.models import build, names
from vitreous.models.activations import activation_layer
from vitreous.models.initialize import initialize

DIGIT = InputSpec("image", (1, 28, 28))
TEN = Task("multiclass", 10)
TEXT = InputSpec("tokens", (6,), vocabulary=9)


def columns(count):
    return InputSpec("features", (count,))


def mlp(inputs, *hidden, outputs, **options):
    return build("mlp", columns(inputs), Task("multiclass", outputs), {"hidden": list(hidden), **options})


def count(model):
    return sum(p.numel() for p in model.parameters())


def shapes(model, x):
    """Shape behind every layer that has no layers of its own, by name."""
    seen = {}
    handles = [
        module.register_forward_hook(lambda _m, _i, out, name=name: seen.update({name: tuple(out.shape)}))
        for name, module in model.named_modules()
        if not list(module.children())
    ]
    model(x)
    for handle in handles:
        handle.remove()
    return seen


def test_A7_without_activation_a_stack_is_one_linear_map():
    torch.manual_seed(0)
    model = mlp(5, 8, 7, outputs=3, activation="identity")
    first, second, third = (model.hidden1.linear, model.hidden2.linear, model.head)
    weight = third.weight @ second.weight @ first.weight
    bias = third.weight @ (second.weight @ first.bias + second.bias) + third.bias
    x = torch.randn(16, 5)
    torch.testing.assert_close(model(x), x @ weight.T + bias, atol=1e-5, rtol=1e-5)


def test_A7_with_an_activation_it_is_not():
    torch.manual_seed(0)
    model = mlp(5, 8, 7, outputs=3, activation="relu")
    x, y = torch.randn(5), torch.randn(5)
    zero = model(torch.zeros(1, 5))
    straight = model(x[None]) + model(y[None]) - zero
    assert not torch.allclose(model((x + y)[None]), straight, atol=1e-4)


def test_A10_softmax_of_large_numbers_is_no_nan():
    out = activation_layer("softmax")(torch.tensor([[1000.0, 1001.0]]))
    expected = [1 / (1 + math.e), math.e / (1 + math.e)]
    assert out[0].tolist() == pytest.approx(expected, abs=1e-6)
    assert out.sum().item() == pytest.approx(1, abs=1e-6)


def test_A12_leaky_relu_lets_a_hundredth_through():
    x = torch.tensor([-2.0, 3.0], requires_grad=True)
    out = activation_layer("leaky_relu")(x)
    out.sum().backward()
    assert out.tolist() == pytest.approx([-0.02, 3.0])
    assert x.grad.tolist() == pytest.approx([0.01, 1.0])


@pytest.mark.parametrize(("name", "least"), [("gelu", -0.170), ("silu", -0.278)])
def test_A13_A14_least_values_of_gelu_and_silu(name, least):
    x = torch.linspace(-6, 6, 120_001, dtype=torch.float64)
    assert activation_layer(name)(x).min().item() == pytest.approx(least, abs=5e-4)


def test_B1_one_hidden_layer_has_101770_parameters():
    assert count(mlp(784, 128, outputs=10)) == 784 * 128 + 128 + 128 * 10 + 10 == 101_770


def test_B2_digit_classifier_has_109386_parameters():
    assert count(mlp(784, 128, 64, outputs=10)) == 109_386


def test_B3_three_hidden_layers_have_242762_parameters():
    model = mlp(784, 256, 128, 64, outputs=10, dropout=[0.3, 0.3, 0.0])
    assert count(model) == 242_762
    assert [m.p for m in model.modules() if isinstance(m, nn.Dropout)] == [0.3, 0.3]


def test_B4_simple_net_has_235146_parameters():
    assert count(mlp(784, 256, 128, outputs=10)) == 235_146


def test_B5_iris_net_has_739_parameters():
    assert count(mlp(4, 32, 16, outputs=3)) == 739


def test_B6_simple_net_has_98_and_mlp_with_dropout_2850_parameters():
    assert count(mlp(3, 16, outputs=2)) == 98
    assert count(mlp(10, 64, 32, outputs=2, dropout=0.3)) == 2_850


def test_B7_two_convolution_cnn_has_421642_parameters():
    model = build("cnn", DIGIT, TEN, {})
    assert count(model) == 320 + 18_496 + 401_536 + 1_290 == 421_642
    seen = shapes(model, torch.zeros(2, 1, 28, 28))
    assert seen["conv1"] == (2, 32, 28, 28)
    assert seen["pool1"] == (2, 32, 14, 14)
    assert seen["conv2"] == (2, 64, 14, 14)
    assert seen["pool2"] == (2, 64, 7, 7)
    assert seen["flatten"] == (2, 3136)
    assert seen["dense"] == (2, 128)
    assert seen["head"] == (2, 10)


def test_B8_shapes_are_batch_by_features_by_hidden_by_classes():
    seen = shapes(mlp(10, 64, 32, outputs=2), torch.zeros(16, 10))
    assert seen["flatten"] == (16, 10)
    assert seen["hidden1.linear"] == (16, 64)
    assert seen["hidden2.linear"] == (16, 32)
    assert seen["head"] == (16, 2)


def test_B9_weights_are_outputs_by_inputs():
    model = mlp(5, 8, outputs=3)
    layer, x = model.hidden1.linear, torch.randn(4, 5)
    assert layer.weight.shape == (8, 5)
    assert layer.bias.shape == (8,)
    z = torch.stack([layer.weight @ row + layer.bias for row in x])
    torch.testing.assert_close(layer(x), z)
    torch.testing.assert_close(model.hidden1(x), z.clamp(min=0))


def test_B13_only_hes_scale_keeps_the_signal_through_thirty_layers():
    torch.manual_seed(0)
    ends = {}
    for scale in (0.5, 1.0, 2.0):
        x = torch.randn(256, 128)
        for _ in range(30):
            layer = initialize(nn.Linear(128, 128), "relu", gain=scale)
            x = layer(x).relu().detach()
        ends[scale] = x.std().item()
    assert ends[0.5] < 1e-6  # vanishes: 2^-30
    assert 0.1 < ends[1.0] < 10
    assert ends[2.0] > 1e6  # explodes: 2^30
    assert layer.bias.abs().max() == 0


def test_B13_hes_scale_is_the_root_of_two_over_the_inputs():
    torch.manual_seed(0)
    weight = mlp(784, 512, outputs=10).hidden1.linear.weight
    assert weight.std().item() == pytest.approx(math.sqrt(2 / 784), rel=0.01)


def test_B14_flatten_and_view_are_the_same():
    model = build("mlp", DIGIT, TEN, {})
    assert isinstance(model, nn.Sequential)
    assert isinstance(model[0], nn.Flatten)
    x = torch.randn(3, 1, 28, 28)
    torch.testing.assert_close(model(x), model(x.view(-1, 784)))


def test_B17_two_layers_in_numpy_equal_the_network():
    torch.manual_seed(0)
    model = mlp(784, 128, outputs=10)
    W1, b1, W2, b2 = (p.detach().numpy().T for p in model.parameters())
    X = torch.randn(32, 784)
    hidden = np.maximum(X.numpy() @ W1 + b1, 0)
    scores = hidden @ W2 + b2
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model(X).softmax(dim=1).detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("row", "name", "input", "task"),
    [
        ("G1", "mlp", columns(4), TEN),
        ("G2", "cnn", DIGIT, TEN),
        ("G3", "rnn", TEXT, Task("next-token", 9)),
        ("G4", "lstm", TEXT, TEN),
        ("G5", "gru", TEXT, TEN),
        ("G6", "transformer", TEXT, TEN),
        ("G7", "resnet18", InputSpec("image", (3, 32, 32)), TEN),
        ("G8", "vit", InputSpec("image", (3, 32, 32)), TEN),
        ("G8", "vgg11", InputSpec("image", (3, 32, 32)), TEN),
        ("G10", "linear", DIGIT, TEN),
        ("G10", "lenet5", DIGIT, TEN),
    ],
)
def test_G1_to_G8_and_G10_each_kind_of_network_is_built_by_name(row, name, input, task):
    assert name in names()
    assert any(True for _ in build(name, input, task, {}).parameters())


def test_G2_pooling_halves_32_to_16():
    for pool, kind in (("max", nn.MaxPool2d), ("average", nn.AvgPool2d)):
        model = build("cnn", InputSpec("image", (3, 32, 32)), TEN, {"pool": pool})
        assert isinstance(model.pool1, kind)
        assert shapes(model, torch.zeros(1, 3, 32, 32))["pool1"] == (1, 32, 16, 16)


def test_G6_attention_maps_say_who_looks_at_whom():
    model = build("transformer", TEXT, TEN, {"layers": 1}).eval()
    maps = model.blocks[0].self_attention.maps(torch.randn(2, 6, 128))
    assert maps.shape == (2, 4, 6, 6)
    torch.testing.assert_close(maps.sum(-1), torch.ones(2, 4, 6))


def test_G13_a_convolution_shares_its_weights_across_the_image():
    """The same map, image to 32 channels of 28×28: 320 weights shared, 19.7 million not."""
    convolution = count(build("cnn", DIGIT, TEN, {}).conv1)
    pixels = 28 * 28
    assert convolution == 32 * (9 + 1) == 320
    assert pixels * 32 * pixels + 32 * pixels == 19_694_080
    larger = count(build("cnn", InputSpec("image", (1, 56, 56)), TEN, {}).conv1)
    assert larger == convolution


def test_G14_residual_connections_bring_gradients_through_sixty_layers():
    def first_layers_gradient(residual):
        torch.manual_seed(0)
        model = mlp(32, *[32] * 60, outputs=3, activation="tanh", residual=residual, init="default")
        loss = nn.functional.cross_entropy(model(torch.randn(64, 32)), torch.randint(0, 3, (64,)))
        loss.backward()
        return model.hidden1.linear.weight.grad.norm().item()

    plain, residual = first_layers_gradient(False), first_layers_gradient(True)
    assert plain < 1e-8
    assert 1e-4 < residual < 1e4


def test_H11_the_keras_twin_has_2850_parameters():
    model = mlp(10, 64, 32, outputs=2, dropout=[0.3, 0.0])
    assert count(model) == 2_850
    kinds = [type(m).__name__ for m in model.modules() if not list(m.children())]
    assert kinds == ["Flatten", "Linear", "ReLU", "Dropout", "Linear", "ReLU", "Linear"]


def test_I1_dropout_keeps_the_mean_between_training_and_evaluation():
    torch.manual_seed(0)
    dropout = mlp(4, 8, outputs=2, dropout=0.5).hidden1.dropout
    x = torch.ones(200_000)
    out = dropout(x)
    assert set(out.unique().tolist()) == {0.0, 2.0}  # PyTorch scales in training (X5)
    assert out.mean().item() == pytest.approx(1.0, abs=0.01)
    assert torch.equal(dropout.eval()(x), x)


def test_I3_batch_norm_gives_mean_0_and_variance_1_before_the_activation():
    torch.manual_seed(0)
    block = mlp(4, 8, outputs=2, batch_norm=True).hidden1
    assert [type(m) for m in block] == [nn.Linear, nn.BatchNorm1d, nn.ReLU]
    before = block.linear(5 + 3 * torch.randn(512, 4))
    after = block.norm(before)
    assert before.std(0).max() > 1.5
    torch.testing.assert_close(after.mean(0), torch.zeros(8), atol=1e-5, rtol=0)
    torch.testing.assert_close(after.var(0, unbiased=False), torch.ones(8), atol=1e-3, rtol=0)
    assert block.norm.weight.requires_grad
    assert block.norm.bias.requires_grad


def test_J5_logistic_regression_has_7850_parameters():
    assert count(build("linear", DIGIT, TEN, {})) == 784 * 10 + 10 == 7_850


def test_J6_two_layer_mlp_has_203530_parameters():
    assert count(mlp(784, 256, outputs=10)) == 203_530


def test_J8_lenet5_has_61706_parameters():
    assert count(build("lenet5", DIGIT, TEN, {})) == 156 + 2_416 + 48_120 + 10_164 + 850 == 61_706


def test_J10_vit_b_16_has_86567656_parameters():
    with torch.device("meta"):
        model = build("vit_b_16", InputSpec("image", (3, 224, 224)), Task("multiclass", 1000), {})
    assert count(model) == 86_567_656


def test_X2_669706_parameters_are_three_layers_and_four_have_932362():
    assert count(mlp(784, 512, 512, outputs=10)) == 669_706
    assert count(mlp(784, 512, 512, 512, outputs=10)) == 932_362


def test_X3_resnet18_has_11689512_parameters_with_its_imagenet_head():
    with torch.device("meta"):
        model = build("resnet18", InputSpec("image", (3, 224, 224)), Task("multiclass", 1000), {})
    assert count(model) == 11_689_512
