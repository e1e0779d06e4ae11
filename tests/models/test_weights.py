"""Weights from files: what fits, what is refused, what is frozen."""

import os

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError
from vitreous.models import build
from vitreous.models.weights import freeze, load_weights, stages

COLUMNS = InputSpec("features", (4,))
TEXT = InputSpec("tokens", (8,), vocabulary=20)


def network(outputs=3, **options):
    return build("mlp", COLUMNS, Task("multiclass", outputs), {"hidden": [6, 5], **options})


def same(one, other):
    return all(
        torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    )


@pytest.mark.parametrize("form", ["weights.safetensors", "weights.pt", "weights.pth", "folder"])
def test_round_trip(tmp_path, form):
    first, second = network(batch_norm=True), network(batch_norm=True)
    path = tmp_path / form
    if form == "folder":
        path.mkdir()
        save_file(first.state_dict(), path / "model.safetensors")
    elif form.endswith(".safetensors"):
        save_file(first.state_dict(), path)
    else:
        torch.save(first.state_dict(), path)
    assert not same(first, second)
    assert load_weights(second, path) == []
    assert same(first, second)


@pytest.mark.parametrize("wrapper", ["state_dict", "model", "model_state_dict", None])
@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", ""])
def test_wrappers_and_prefixes(tmp_path, wrapper, prefix):
    first, second = network(), network()
    state = {prefix + name: value for name, value in first.state_dict().items()}
    torch.save({"epoch": 3, wrapper: state} if wrapper else state, tmp_path / "w.pt")
    assert load_weights(second, tmp_path / "w.pt") == []
    assert same(first, second)


def test_a_head_of_another_size_stays_as_it_was(tmp_path):
    first, second = network(outputs=1000), network(outputs=3)
    head = second.head.weight.clone()
    torch.save(first.state_dict(), tmp_path / "w.pt")
    notes = load_weights(second, tmp_path / "w.pt")
    assert notes == [
        "head.weight is [1000, 5] in the file, [3, 5] in the model: left as it was initialized",
        "head.bias is [1000] in the file, [3] in the model: left as it was initialized",
    ]
    assert torch.equal(second.head.weight, head)
    assert torch.equal(second.hidden1.linear.weight, first.hidden1.linear.weight)


def test_another_architecture_is_refused_and_changes_nothing(tmp_path):
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.save(network(hidden=[6, 7]).state_dict(), tmp_path / "w.pt")
    says = r"3 of 6 tensors fit the model; the first that does not: hidden2.linear.weight is \[7, 6\]"
    with pytest.raises(ModelError, match=says):
        load_weights(model, tmp_path / "w.pt")
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_a_deeper_networks_weights_are_refused(tmp_path):
    torch.save(network(hidden=[6, 5, 5]).state_dict(), tmp_path / "w.pt")
    with pytest.raises(ModelError, match=r"hidden3.linear.weight is not in the model"):
        load_weights(network(), tmp_path / "w.pt")


def test_weights_from_before_batches_were_counted(tmp_path):
    first, second = network(batch_norm=True), network(batch_norm=True)
    state = {n: v for n, v in first.state_dict().items() if not n.endswith("num_batches_tracked")}
    save_file(state, tmp_path / "w.safetensors")
    assert load_weights(second, tmp_path / "w.safetensors") == []


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
def test_a_hostile_pickle_is_refused_and_does_not_run(tmp_path, zipped, wrapped):
    trap = tmp_path / "sprung"
    hostile = (
        {"state_dict": network().state_dict(), "extra": Hostile(str(trap))} if wrapped else Hostile(str(trap))
    )
    torch.save(hostile, tmp_path / "w.pt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelError, match="could run code, so it was not"):
        load_weights(network(), tmp_path / "w.pt")
    assert not trap.exists()


def test_a_whole_pickled_model_is_refused(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "w.pt")
    with pytest.raises(ModelError, match=r"torch.save\(model.state_dict\(\), path\)"):
        load_weights(network(), tmp_path / "w.pt")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("w.safetensors", b"nonsense", "no safetensors file, or damaged"),
        ("w.pt", b"nonsense", "or is damaged"),
        ("w.pt", b"", "or is damaged"),
        ("w.pt2", b"", "expected a .safetensors, .pt or .pth file"),
        ("w", b"", "no suffix"),
        ("w.bin", b"", "came .bin"),
    ],
)
def test_files_of_no_use(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=says):
        load_weights(network(), tmp_path / name)


def test_missing_files_and_things_that_are_no_tensors(tmp_path):
    with pytest.raises(ModelError, match="no such file of weights"):
        load_weights(network(), tmp_path / "w.pt")
    with pytest.raises(ModelError, match="no such file of weights"):
        load_weights(network(), tmp_path)
    torch.save([torch.zeros(2)], tmp_path / "list.pt")
    with pytest.raises(ModelError, match="expected tensors by name"):
        load_weights(network(), tmp_path / "list.pt")


def test_freeze_the_backbone():
    model = network()
    frozen = freeze(model, "backbone")
    assert frozen == [
        "hidden1.linear.weight",
        "hidden1.linear.bias",
        "hidden2.linear.weight",
        "hidden2.linear.bias",
    ]
    assert [n for n, p in model.named_parameters() if p.requires_grad] == ["head.weight", "head.bias"]


def test_freeze_by_prefix():
    model = network()
    assert freeze(model, "hidden1") == ["hidden1.linear.weight", "hidden1.linear.bias"]
    assert freeze(network(hidden=[3] * 11), "hidden1") == ["hidden1.linear.weight", "hidden1.linear.bias"]
    assert len(freeze(network(), "hidden")) == 4
    with pytest.raises(
        ModelError, match=r"begins with 'layer9'. There are: backbone, hidden1, hidden2, head"
    ):
        freeze(model, "layer9")
    with pytest.raises(ModelError, match="nothing is left to train"):
        freeze(build("linear", COLUMNS, Task("multiclass", 3), {}), "head")


def test_freeze_a_tied_transformer_leaves_the_embedding():
    model = build("transformer", TEXT, Task("next-token", 20), {"layers": 1})
    freeze(model, "backbone")
    assert [n for n, p in model.named_parameters() if p.requires_grad] == ["embedding.weight"]


@pytest.mark.parametrize("name", ["resnet18", "vgg11", "vit", "transformer", "lstm", "mlp"])
def test_stages_hold_every_parameter_once_in_order(name):
    kinds = {"transformer": TEXT, "lstm": TEXT, "mlp": COLUMNS}
    spec = kinds.get(name, InputSpec("image", (3, 16, 16)))
    model = build(name, spec, Task("multiclass", 3), {})
    assert [n for stage in stages(model) for n in stage] == [n for n, _ in model.named_parameters()]


def test_stages_of_a_resnet_are_its_blocks():
    model = build("resnet18", InputSpec("image", (3, 16, 16)), Task("multiclass", 3), {})
    firsts = [stage[0].rpartition(".")[0] for stage in stages(model)]
    blocks = [f"layer{layer}.{block}.conv1" for layer in (1, 2, 3, 4) for block in (0, 1)]
    assert firsts == ["conv1", "bn1", *blocks, "fc"]


def test_stages_of_a_transformer_are_its_blocks():
    model = build("transformer", TEXT, Task("multiclass", 3), {"layers": 3})
    firsts = [stage[0] for stage in stages(model)]
    blocks = [f"blocks.{n}.ln_1.weight" for n in range(3)]
    assert firsts == ["embedding.weight", *blocks, "norm.weight", "head.weight"]
