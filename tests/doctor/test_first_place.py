"""A sequence's first place, which sees nothing else behind causal attention, taken for the answer."""

from tests.doctor.scripts import changed, line_of

CAUSAL = """\
import torch
from torch import nn

torch.manual_seed(0)
ids = torch.randint(1, 10, (600, 6))
ids[:, 0] = 0
labels = ((ids[:, 1:] > 5).sum(1) > 2).long()


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 16)
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        h = self.layer(self.embed(x), src_mask=mask)
        last = h[:, -1]
        return self.out(last)


model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(6):
    order = torch.randperm(600)
    for rows in order.split(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(ids[rows]), labels[rows])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
"""


def test_it_is_named_and_proven_with_the_last_place(doctor):
    source = changed(CAUSAL, ("last = h[:, -1]", "last = h[:, 0]"))
    first = doctor(source)[0].findings[0]
    assert first.fault == "model/ignores-input"
    assert first.line == line_of(source, "last = ")
    assert first.proof is not None and first.proof.gain > 0.3


def test_the_last_place_is_right(doctor):
    assert [f.fault for f in doctor(CAUSAL, prove=False)[0].findings if f.severity != "note"] == []
