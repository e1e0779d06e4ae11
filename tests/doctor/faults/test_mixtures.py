"""Cross-entropy of a mixture of softmax outputs; HERE is the softmax to leave out."""

import pytest

from vitreous.doctor.diagnose import suspects

SCRIPT = """
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
x = torch.randn(400, 6)
y = x[:, :4].argmax(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.experts = nn.ModuleList(nn.Linear(6, 4) for _ in range(3))
        self.gate = nn.Linear(6, 3)

    def forward(self, a):
        {body}


model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(3):
    for rows in torch.randperm(400).split(40):
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
"""
SOFT = "[F.softmax(e(a), dim=1) for e in self.experts]"
RAW = "[e(a) for e in self.experts]"
GATE = "gate = F.softmax(self.gate(a), dim=1)[:, :, None]\n        "

FAULTY = {
    "gate": f"{GATE}votes = torch.stack({SOFT}, dim=1)  # HERE\n        return (gate * votes).sum(1)",
    "mean": f"said = {SOFT}  # HERE\n        return sum(said) / len(said)",
    "one line": f"return (F.softmax(self.gate(a), 1)[:, :, None] * torch.stack({SOFT}, 1)).sum(1)  # HERE",
}
RIGHT = {
    "logits": f"{GATE}return (gate * torch.stack({RAW}, dim=1)).sum(1)",
    "logarithm": f"return (sum({SOFT}) / 3).log()",
    "inputs sum to 1": "return self.experts[0](F.softmax(a, dim=1))",
    "beside": f"{GATE}return torch.stack({RAW}, 1).sum(1) + gate.sum(1) * F.softmax(a[:, :4], 1)",
}


@pytest.mark.parametrize("body", FAULTY.values(), ids=FAULTY)
def test_a_mixture_of_probabilities_is_no_input_of_cross_entropy(doctor, body):
    source = SCRIPT.format(body=body)
    verdict, _ = doctor(source)
    first = verdict.findings[0]
    here = next(number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# HERE"))
    assert (first.fault, first.line) == ("loss/softmax-before-cross-entropy", here)
    assert first.proof is not None


@pytest.mark.parametrize("body", RIGHT.values(), ids=RIGHT)
def test_a_mixture_of_logits_is(doctor, body):
    _, evidence = doctor(SCRIPT.format(body=body), prove=False)
    assert "loss/softmax-before-cross-entropy" not in {one.file.fault.id for one in suspects(evidence)[0]}
