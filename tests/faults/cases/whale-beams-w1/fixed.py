import numpy as np
import torch
from torch import nn

torch.manual_seed(15)
np.random.seed(15)

N_PHONES, N_SAMPLES, CALLS = 10, 64, (5, 9, 14, 20)
t = np.arange(N_SAMPLES) / N_SAMPLES
directions = np.random.randn(6, N_PHONES)
directions /= np.linalg.norm(directions, axis=1, keepdims=True)


def listen(n):
    call = np.random.randint(len(CALLS), size=n)
    # the whale is always in direction 0, five ships in the others; they hum at the same four pitches
    pitch = np.random.randint(len(CALLS), size=(n, 6))
    pitch[:, 0] = call
    phase = np.random.uniform(0, 2 * np.pi, size=(n, 6, 1))
    tones = np.sin(2 * np.pi * np.array(CALLS)[pitch][:, :, None] * t + phase)
    tones[:, 1:] *= 1.5
    heard = np.einsum("nst,sp->npt", tones, directions) + 0.1 * np.random.randn(n, N_PHONES, N_SAMPLES)
    return torch.tensor(heard, dtype=torch.float32), torch.tensor(call)


class Listener(nn.Module):
    def __init__(self, beams=3):
        super().__init__()
        self.steer = nn.Linear(N_PHONES, beams, bias=False)
        self.classify = nn.Linear(beams * (N_SAMPLES // 2 + 1), len(CALLS))

    def forward(self, heard):
        beams = self.steer(heard.transpose(1, 2)).transpose(1, 2)
        spectrum = torch.fft.rfft(beams).abs()
        return self.classify(spectrum.flatten(1) / 10)


heard, call = listen(3000)
new_heard, new_call = listen(1000)
model = Listener()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()

for epoch in range(20):
    for idx in torch.randperm(len(heard)).split(64):
        optimizer.zero_grad()
        loss = criterion(model(heard[idx]), call[idx])
        loss.backward()
        optimizer.step()
    if (epoch + 1) % 4 == 0:
        with torch.no_grad():
            out = model(new_heard)
            print("epoch %d: loss %.3f, new loss %.3f, calls recognised %.3f" % (
                epoch + 1, loss.item(), criterion(out, new_call).item(), (out.argmax(1) == new_call).float().mean().item()))
