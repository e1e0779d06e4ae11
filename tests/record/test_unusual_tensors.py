"""Tensors that are no plain rows of numbers: what they are made for runs on, and nothing goes wrong in the record."""

import runpy

import pytest

from vitreous.record.session import Session

LOOP = """
for _ in range(4):
    loss = (MODEL - torch.ones(6, 1)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
SCRIPTS = {
    "complex parameters": (
        "weight = nn.Parameter(torch.randn(3, 1, dtype=torch.cfloat))\n"
        "optimizer = torch.optim.Adam([weight], lr=0.1)\n",
        "(x.to(torch.cfloat) @ weight).abs()",
    ),
    "shapes asked of tensors without numbers": (
        "net = nn.Linear(3, 1)\n"
        "assert net.to('meta')(x.to('meta')).shape == (6, 1)\n"
        "assert nn.functional.mse_loss(x.to('meta'), x.to('meta')).shape == ()\n"
        "net = nn.Linear(3, 1)\n"
        "optimizer = torch.optim.Adam(net.parameters(), lr=0.1)\n",
        "net(x)",
    ),
    "nested": (
        "net = nn.Linear(3, 1)\n"
        "several = torch.nested.nested_tensor([x[:2], x[2:]])\n"
        "assert net(several).size(0) == 2\n"
        "optimizer = torch.optim.Adam(net.parameters(), lr=0.1)\n",
        "net(x)",
    ),
}


@pytest.mark.parametrize("kind", SCRIPTS)
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_they_are_let_through(tmp_path, kind):
    made, model = SCRIPTS[kind]
    script = tmp_path / "script.py"
    start = "import torch\nfrom torch import nn\n\ntorch.manual_seed(0)\nx = torch.randn(6, 3)\n"
    script.write_text(start + made + LOOP.replace("MODEL", model))
    session = Session("test", tmp_path)
    with session.taps.listen():
        session.begin()
        runpy.run_path(str(script))
    evidence = session.finish("end")

    assert session.taps.errors == []
    assert len(evidence.steps) == 4
    assert [p.received for p in evidence.parameters.values() if p.optimizers] == [4] * (
        1 if kind == "complex parameters" else 2
    )
