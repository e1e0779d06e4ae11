"""Networks of one's own: what is filled in, and how mistakes are told."""

import sys
import types

import pytest
import torch
from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError
from vitreous.models import build

COLUMNS = InputSpec("features", (4,))
IMAGE = InputSpec("image", (3, 8, 8))
THREE = Task("multiclass", 3)

GOOD = """
from torch import nn
from helper_of_mine import width

class Net(nn.Sequential):
    def __init__(self, in_features, hidden=width, n_classes=10, channels=(1, 2)):
        layers = nn.Linear(in_features, hidden), nn.ReLU(), nn.Linear(hidden, n_classes)
        super().__init__(nn.Flatten(), *layers)
        self.asked = (in_features, hidden, n_classes, channels)

class Words(nn.Module):
    def __init__(self, vocab_size, num_classes):
        super().__init__()
        self.asked = (vocab_size, num_classes)

class Steps(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.asked = (input_size, output_size)

class Picture(nn.Module):
    def __init__(self, in_channels, in_features):
        super().__init__()
        self.asked = (in_channels, in_features)

finished = nn.Linear(4, 3)

def fails(n_classes):
    return nn.Linear(
        4, -n_classes)

def gives_text():
    return "net"

number = 3
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(GOOD)
    (tmp_path / "helper_of_mine.py").write_text("width = 6\n")
    yield path
    sys.modules.pop("helper_of_mine", None)


def test_a_class_gets_what_its_signature_asks_for(file):
    model = build(f"{file}:Net", COLUMNS, THREE, {})
    assert model.asked == (4, 6, 3, (1, 2))
    assert model(torch.randn(2, 4)).shape == (2, 3)
    assert build(f"{file}:Net", IMAGE, THREE, {"hidden": 5, "n_classes": 8}).asked == (192, 5, 8, (1, 2))
    assert build(f"{file}:Words", InputSpec("tokens", (9,), 50), THREE, {}).asked == (50, 3)
    assert build(f"{file}:Steps", InputSpec("sequence", (9, 2)), THREE, {}).asked == (2, 3)
    assert build(f"{file}:Picture", IMAGE, THREE, {}).asked == (3, 192)


def test_nothing_stays_behind(file):
    before = list(sys.path)
    build(f"{file}:Net", COLUMNS, THREE, {})
    assert sys.path == before
    assert "net" not in sys.modules


def test_input_and_task_by_annotation(tmp_path):
    path = tmp_path / "ours.py"
    path.write_text(
        "from torch import nn\n"
        "from vitreous.data.types import InputSpec, Task\n"
        "def net(input: InputSpec, task: Task):\n"
        "    return nn.Linear(input.shape[0], task.outputs)\n"
    )
    assert build(f"{path}:net", COLUMNS, THREE, {}).weight.shape == (3, 4)


def test_a_finished_network_is_copied(file):
    first, second = (build(f"{file}:finished", COLUMNS, THREE, {}) for _ in range(2))
    assert first.weight.data_ptr() != second.weight.data_ptr()


def test_a_changed_file_is_read_again(tmp_path):
    path = tmp_path / "net.py"
    path.write_text("from torch import nn\nnet = nn.Linear(1, 1)\n")
    build(f"{path}:net", COLUMNS, THREE, {})
    path.write_text("from torch import nn\nnet = nn.Linear(22, 1)\n")
    assert build(f"{path}:net", COLUMNS, THREE, {}).in_features == 22


def test_an_installed_callable():
    assert build("torch.nn:Linear", COLUMNS, THREE, {}).weight.shape == (3, 4)


def test_torchvision_gets_the_number_of_classes(monkeypatch):
    def resnet(*, weights=None, **kwargs):
        return nn.Linear(2, kwargs["num_classes"])

    resnet.__module__ = "torchvision.models.resnet"
    module = types.ModuleType("stand_in")
    module.resnet = resnet
    module.__spec__ = types.SimpleNamespace(origin=None, name="stand_in")
    monkeypatch.setitem(sys.modules, "stand_in", module)
    assert build("stand_in:resnet", IMAGE, THREE, {}).out_features == 3
    assert build("stand_in:resnet", IMAGE, THREE, {"num_classes": 7}).out_features == 7


@pytest.mark.parametrize(
    ("attribute", "options", "says"),
    [
        ("Nett", {}, "no 'Nett' in it. Did you mean 'Net'"),
        ("Net", {"hiden": 3}, "model.hiden: .* has no option 'hiden'. Did you mean 'hidden'"),
        ("fails", {}, r"line 29: raised RuntimeError.*The line: return nn.Linear"),
        ("gives_text", {}, "expected an nn.Module; it gave a str"),
        ("number", {}, "expected a class or function; it is of type int"),
        ("finished", {"width": 3}, "it takes no options"),
        ("Words", {}, "raised TypeError: .*vocab_size"),
        ("", {}, "expected file.py:Class"),
    ],
)
def test_mistakes_are_told(file, attribute, options, says):
    with pytest.raises(ModelError, match=says):
        build(f"{file}:{attribute}", COLUMNS, THREE, options)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "x = 1\nraise ValueError('too bad')\n",
            "line 2: raised ValueError: too bad.*The line: raise ValueError",
        ),
        ("def f(:\n", "line 1: raised SyntaxError"),
        ("import no_such_thing_here\n", "line 1: raised ModuleNotFoundError"),
        ("x = 1\n\nimport sys\nsys.exit(2)\n", "line 4: raised SystemExit: 2"),
    ],
)
def test_a_file_that_fails(tmp_path, text, says):
    path = tmp_path / "bad.py"
    path.write_text(text)
    loaded = set(sys.modules)
    with pytest.raises(ModelError, match=says):
        build(f"{path}:Net", COLUMNS, THREE, {})
    assert not [name for name in set(sys.modules) - loaded if "custom" in name]


def test_what_is_not_there():
    for name in ("nowhere/net.py:Net", "no_such_package.inner:Net", "torch.no_such_module:Net"):
        with pytest.raises(ModelError, match="there is no such"):
            build(name, COLUMNS, THREE, {})
    with pytest.raises(ModelError, match=r"expected file.py:Class; came 'net.py'"):
        build("net.py", COLUMNS, THREE, {})
