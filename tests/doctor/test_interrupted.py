"""A script whose time is over is left in the middle of anything; what it is asked then is answered as at its end."""

import pytest

SEES_AHEAD = """\
import signal

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randint(0, 9, (64, 21))
embedding, body, head = nn.Embedding(9, 8), nn.GRU(8, 16, batch_first=True, bidirectional=True), nn.Linear(32, 9)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.body, self.head = embedding, body, head

    def forward(self, ids):
        return self.head(self.body(self.embedding(ids))[0])


model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(40):
    optimizer.zero_grad()
    out = model(x[:, :-1])
    loss = nn.functional.cross_entropy(out.transpose(1, 2), x[:, 1:])
    loss.backward()
    optimizer.step()
    if step == 30:
        WITHIN
            signal.raise_signal(signal.SIGALRM)  # as the clock does
"""


@pytest.mark.parametrize(
    "within",
    ["with torch._C.DisableTorchFunction():", "with torch.no_grad():", "with torch.inference_mode():"],
)
def test_what_hides_operations_hides_none_from_questions(doctor, within):
    verdict, evidence = doctor(SEES_AHEAD.replace("WITHIN", within), prove=False)
    assert evidence.ended == "time"
    assert evidence.not_checked == []
    assert [f.fault for f in verdict.findings] == ["model/sees-the-future"]
