import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def patchify(img, size=2):
    """(B, 8, 8) -> (B, patches, size * size)"""
    rows = [img[:, r:r + size, c:c + size].flatten(1) for r in range(0, 8, size) for c in range(0, 8, size)]
    patches = torch.stack(rows)
    return patches.reshape(img.shape[0], len(rows), size * size)


class MixerBlock(nn.Module):
    def __init__(self, n_tokens, dim, expand=2):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.tokens = nn.Sequential(nn.Linear(n_tokens, expand * n_tokens), nn.GELU(), nn.Linear(expand * n_tokens, n_tokens))
        self.channels = nn.Sequential(nn.Linear(dim, expand * dim), nn.GELU(), nn.Linear(expand * dim, dim))

    def forward(self, x):
        x = x + self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.norm2(x))


class Mixer(nn.Module):
    def __init__(self, dim=24, depth=2, classes=10):
        super().__init__()
        self.embed = nn.Linear(4, dim)
        self.blocks = nn.Sequential(*[MixerBlock(16, dim) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, classes)

    def forward(self, img):
        x = self.blocks(self.embed(patchify(img)))
        return self.head(self.norm(x).mean(1))


if __name__ == '__main__':
    torch.manual_seed(6)
    d = load_digits()
    xa, xb, ya, yb = train_test_split(d.images, d.target, test_size=397, random_state=6)
    to = lambda a, b: TensorDataset(torch.tensor(a, dtype=torch.float32) / 8 - 1, torch.tensor(b))
    train_loader = DataLoader(to(xa, ya), batch_size=32, shuffle=True)
    test_loader = DataLoader(to(xb, yb), batch_size=100)

    model = Mixer()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
    for epoch in range(7):
        model.train()
        seen, running = 0, 0.0
        for img, label in train_loader:
            loss = criterion(model(img), label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running += loss.item() * len(img)
            seen += len(img)
        model.eval()
        correct = 0
        with torch.no_grad():
            for img, label in test_loader:
                correct += (model(img).argmax(-1) == label).sum().item()
        print(f'Epoch [{epoch + 1}/7] loss {running / seen:.4f} test accuracy {100 * correct / len(xb):.2f}%')
