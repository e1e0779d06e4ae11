"""What once misled the doctor, with its right twin where there is one."""

import numpy as np
import pytest
from tests.doctor.scripts import changed

from vitreous.doctor.faults import load
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ModelFacts, PassSite
from vitreous.record.places import Place

WORDS = """\
import torch
from torch import nn

torch.manual_seed(0)
lengths = torch.randint(4, 9, (400,))
tone = torch.randint(0, 3, (400,))
tokens = torch.randint(20, 40, (400, 10))
tokens[torch.arange(400), 1 + torch.randint(0, 3, (400,))] = 2 + tone
tokens[torch.arange(10) > lengths[:, None]] = 0
tokens[:, 0] = 1


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(40, 16, padding_idx=0)
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(16, 3)

    def forward(self, tokens):
        padding = tokens == 0
        x = self.encoder(self.embed(tokens), src_key_padding_mask=~padding)
        return self.head(x[:, 0])


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for step in range(60):
    rows = torch.randint(0, 400, (32,))
    loss = nn.functional.cross_entropy(net(tokens[rows]), tone[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_a_mask_of_attention_that_keeps_the_padding(doctor):
    verdict, _ = doctor(WORDS, prove=False)
    found = verdict.findings[0]
    assert (found.fault, found.line) == ("model/ignores-input", 23)
    assert "mask" in found.summary and "turn the mask round" in found.fix


def test_a_mask_of_attention_that_drops_it_is_right(doctor):
    verdict, _ = doctor(changed(WORDS, ("mask=~padding", "mask=padding")), prove=False)
    assert "model/ignores-input" not in [finding.fault for finding in verdict.findings]


ADAPTED = """\
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
x = x.float() / 16


class Adapter(nn.Module):
    def __init__(self, base):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.zeros(8, base.in_features))
        self.up = nn.Parameter(torch.zeros(base.out_features, 8))

    def forward(self, x):
        return self.base(x) + x @ self.down.T @ self.up.T


def train(net, x, steps):
    learning = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(learning, lr=3e-3)
    for step in range(steps):
        rows = torch.randint(0, len(x), (64,))
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item())


net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
train(net, x, 100)
for place in (0, 2):
    net[place] = Adapter(net[place])
train(net, x.flip(1), 200)
"""


@pytest.mark.long
def test_weights_that_join_the_model_later_are_started_again_when_they_do(doctor):
    verdict, _ = doctor(ADAPTED)
    found = verdict.findings[0]
    assert found.fault == "model/bad-init" and found.line in (14, 15)
    assert found.proof is not None


def met(again: float) -> Evidence:
    """A thousand pairs of training and two hundred held-out ones, half of them met before, some with another end."""
    random = np.random.default_rng(0)
    trained, fresh = np.arange(1000), np.arange(5000, 5100)
    ends = random.integers(0, 2, 1000)
    shared = random.permutation(1000)[:100]
    other = np.where(random.random(100) < again, 1 - ends[shared], ends[shared])
    evidence = Evidence(
        script=__file__,
        models=[ModelFacts(0, "Net", None)],
        sites=[PassSite(0, 0, Place(__file__, 1), trained=10)],
        callers=[[Place(__file__, 1)]],
    )
    evidence.__dict__["arrays"] = {
        "train.prints": trained, "train.print_calls": trained // 100, "train.print_steps": trained // 100,
        "train.inputs": random.normal(size=(1000, 4)), "train.calls": trained // 100, "train.targets": ends,
        "evaluation.prints": np.r_[shared, fresh], "evaluation.print_calls": np.full(200, 10),
        "evaluation.print_steps": np.full(200, 10), "evaluation.print_callers": np.zeros(200, int),
        "evaluation.print_loaders": np.full(200, -1), "evaluation.print_models": np.zeros(200, int),
        "train.print_models": np.zeros(1000, int), "evaluation.inputs": random.normal(size=(200, 4)),
        "judged.calls": np.full(200, 10), "judged.meant": np.r_[other, np.zeros(100)],
    }  # fmt: skip
    return evidence


def test_pairs_that_are_met_again_with_another_end_are_no_leak():
    from vitreous.doctor import evaluated

    leak = load("data/split-leak").module
    for again, natural in ((0.0, False), (0.3, True)):
        evidence = met(again)
        (group,) = (g for g in evaluated.groups(evidence))
        assert leak._seen_again(evidence, group) is natural


GRAPH = """\
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
group = np.random.default_rng(0).integers(1, 4, 90)
x = torch.randn(90, 6) + torch.eye(4, 6)[group]
known = torch.randperm(90)[:60]
y = torch.from_numpy(group)

net = nn.Linear(6, 3)
optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
for step in range(60):
    out = net(x)
    loss = F.cross_entropy(out[known], y[known])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_labels_that_are_picked_at_the_loss_are_counted_from_one_where_they_are_made(doctor):
    verdict, _ = doctor(GRAPH, prove=False)
    assert (verdict.findings[0].fault, verdict.findings[0].line) == ("data/label-range", 10)


STEEP = """\
import torch
from torch import nn

torch.manual_seed(0)
x = 2 * torch.rand(600, 5) - 1
y = x[:, 0] * (1 - 0.3 * x[:, 1]) * torch.cos(1.5 * x[:, 2])


class Steep(nn.Module):
    def __init__(self, slope=50.0):
        super().__init__()
        self.slope = slope

    def forward(self, x):
        return torch.tanh(self.slope * x)


net = nn.Sequential(nn.Linear(5, 32), Steep(), nn.Linear(32, 32), Steep(), nn.Linear(32, 32), Steep(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for step in range(150):
    rows = torch.randint(0, 600, (32,))
    loss = nn.functional.mse_loss(net(x[rows]).squeeze(1), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_what_a_bounded_function_takes_grows_no_further(doctor):
    _, evidence = doctor(STEEP, prove=False)
    assert list(load("model/exploding-gradients").suspect(evidence)) == []
    assert [s.place.line for s in load("model/saturated-units").suspect(evidence)] == [10]


RECITED = """\
import torch
from torch import nn

torch.manual_seed(0)
follows = torch.randint(20, (20, 20))
texts = torch.randint(20, (1100, 30))
for place in range(2, 30):
    right = torch.rand(1100) < 0.9
    texts[right, place] = follows[texts[right, place - 2], texts[right, place - 1]]
train, val = texts[:1000], texts[1000:]


class Pairs(nn.Module):
    def __init__(self):
        super().__init__()
        self.next = nn.Embedding(400, 20)

    def forward(self, text):
        return self.next(20 * text[:, :-1] + text[:, 1:])


model = Pairs()
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
for epoch in range(8):
    for batch in train[torch.randperm(1000)].split(50):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(batch[:, :-1]).transpose(1, 2), batch[:, 2:]).backward()
        optimizer.step()
model.eval()
said = val[:, :4]
with torch.no_grad():
    while said.shape[1] < 30:
        said = torch.cat([said, model(said)[:, -1:].argmax(-1)], 1)
print(f"val: right {(said == val).float().mean().item():.3f}")
"""


def test_a_text_that_the_model_writes_may_be_one_that_it_was_trained_with(doctor):
    """Only the last of its states is as long as those, and the states are no data that anyone held out."""
    _, evidence = doctor(RECITED, prove=False)
    leak = load("data/split-leak").module
    kept = evidence.arrays["evaluation.prints"]
    assert np.isin(kept, evidence.arrays["train.prints"]).sum() >= 5
    assert leak._seen_in_both(evidence) is None
