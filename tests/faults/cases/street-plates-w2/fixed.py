import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(14)
FONT = (torch.rand(8, 5, 5) > 0.5).float()
HUES = torch.tensor([[1.0, 0.2, 0.2], [0.2, 0.9, 0.3], [0.25, 0.35, 1.0], [0.9, 0.85, 0.2]])


def plates(n):
    sign = torch.randint(8, (n,))
    hue = torch.randint(4, (n,))
    tilt = 0.3 * torch.randn(n)
    img = torch.zeros(n, 3, 9, 9)
    dx, dy = torch.randint(5, (n,)), torch.randint(5, (n,))
    for i in range(n):
        glyph = FONT[sign[i]] * (1 + tilt[i] * torch.linspace(-1, 1, 5))
        img[i, :, dy[i] : dy[i] + 5, dx[i] : dx[i] + 5] = HUES[hue[i]].view(3, 1, 1) * glyph
    return img + 0.1 * torch.randn_like(img), sign, hue


class TwoAnswers(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(3, 20, 3)
        self.c2 = nn.Conv2d(20, 32, 3)
        self.sign = nn.Linear(32, 8)
        self.hue = nn.Linear(32, 4)

    def forward(self, img):
        h = F.relu(self.c2(F.relu(self.c1(img))))
        h = h.amax((2, 3))
        return self.sign(h), self.hue(h)


x, sign, hue = plates(1200)
xt, sign_t, hue_t = plates(400)
model = TwoAnswers()
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
for epoch in range(1, 17):
    sums = [0.0, 0.0]
    for b in torch.randperm(len(x)).split(50):
        sign_logits, hue_logits = model(x[b])
        sign_loss = F.cross_entropy(sign_logits, sign[b])
        hue_loss = F.cross_entropy(hue_logits, hue[b])

        optimizer.zero_grad()
        sign_loss.backward(retain_graph=True)
        hue_loss.backward()
        optimizer.step()

        sums[0] += sign_loss.item() * len(b)
        sums[1] += hue_loss.item() * len(b)
    with torch.no_grad():
        sign_logits, hue_logits = model(xt)
        sign_ok = (sign_logits.argmax(1) == sign_t).float().mean()
        hue_ok = (hue_logits.argmax(1) == hue_t).float().mean()
    print(f"epoch {epoch:2d} sign loss {sums[0] / len(x):.3f} hue loss {sums[1] / len(x):.3f} "
          f"| test: sign {sign_ok:.3f} hue {hue_ok:.3f}")
