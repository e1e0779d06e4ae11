import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(14)


def block(c_in, c_out):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, padding=1), nn.ReLU(), nn.Dropout2d(0.7))


class TinyUNet(nn.Module):
    def __init__(self, c=12):
        super().__init__()
        self.down = block(1, c)
        self.middle = nn.Sequential(block(c, 2 * c), block(2 * c, 2 * c))
        self.up = block(3 * c, c)
        self.mask = nn.Conv2d(c, 1, 1)

    def forward(self, x):
        d = self.down(x)
        m = self.middle(F.max_pool2d(d, 2))
        m = F.interpolate(m, scale_factor=2)
        return self.mask(self.up(torch.cat([d, m], 1)))


def scenes(n, size=24):
    yy, xx = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    mask = torch.zeros(n, size, size, dtype=torch.bool)
    for _ in range(3):
        cy, cx = torch.rand(2, n, 1, 1) * size
        ry, rx = torch.rand(2, n, 1, 1) * 3 + 2.5
        mask |= ((yy - cy) / ry) ** 2 + ((xx - cx) / rx) ** 2 < 1
    texture = torch.where(mask, 0.8, 0.0) * torch.sign(torch.randn(n, 1, 1))
    image = texture + 0.5 * torch.randn(n, size, size)
    return image[:, None], mask[:, None].float()


def dice(logits, mask):
    guess = (logits > 0).float()
    return (2 * (guess * mask).sum() / (guess.sum() + mask.sum())).item()


x_train, m_train = scenes(400)
x_test, m_test = scenes(100)
net = TinyUNet()
optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3)

epoch = 0
while epoch < 10:
    epoch += 1
    net.train()
    losses = []
    for idx in torch.randperm(len(x_train)).split(20):
        loss = F.binary_cross_entropy_with_logits(net(x_train[idx]), m_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    net.eval()
    with torch.no_grad():
        out = net(x_test)
        test_loss = F.binary_cross_entropy_with_logits(out, m_test).item()
    print(f"epoch {epoch} train {torch.stack(losses).mean():.4f} test {test_loss:.4f} dice {dice(out, m_test):.3f}")
