import torch
import torch.nn as nn
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import DataLoader, Dataset

WRITERS, POINTS = 60, 32


class Signatures(Dataset):
    """Pen strokes: a few waves that belong to the writer, drawn with another slant, size and speed each time."""

    def __init__(self, writers, per_writer, seed):
        g = torch.Generator().manual_seed(seed)
        t = torch.linspace(0, 1, POINTS)
        strokes, self.writer = [], []
        for w in writers:
            own = torch.Generator().manual_seed(1000 + w)
            weights = torch.randn(2, 4, generator=own)
            for _ in range(per_writer):
                warp = t ** torch.empty(1).uniform_(0.75, 1.3, generator=g)
                waves = torch.stack([torch.sin((k + 1) * 3.14 * warp) for k in range(4)])
                line = weights @ waves
                angle = torch.empty(1).uniform_(-0.9, 0.9, generator=g)
                turn = torch.stack([torch.cat([angle.cos(), -angle.sin()]), torch.cat([angle.sin(), angle.cos()])])
                size = torch.empty(1).uniform_(0.6, 1.5, generator=g)
                strokes.append(size * turn @ line + 0.1 * torch.randn(2, POINTS, generator=g))
                self.writer.append(w)
        self.strokes = torch.stack(strokes) / 1.4
        self.writer = torch.tensor(self.writer)

    def __len__(self):
        return len(self.writer)

    def __getitem__(self, i):
        same = torch.nonzero(self.writer == self.writer[i])[:, 0]
        other = torch.nonzero(self.writer != self.writer[i])[:, 0]
        p, n = same[torch.randint(len(same), ())], other[torch.randint(len(other), ())]
        return self.strokes[i], self.strokes[p], self.strokes[n]


def retrieval(model, data):
    """How often the nearest other signature is of the same writer."""
    model.eval()
    with torch.no_grad():
        z = model(data.strokes)
    distance = torch.cdist(z, z).fill_diagonal_(float("inf"))
    return (data.writer[distance.argmin(1)] == data.writer).float().mean().item()


def main():
    set_seed(9)
    accelerator = Accelerator(cpu=True)
    train_data, val_data = Signatures(range(WRITERS), 16, 0), Signatures(range(WRITERS, WRITERS + 40), 12, 1)
    loader = DataLoader(train_data, batch_size=32, shuffle=True)
    model = nn.Sequential(nn.Flatten(), nn.Linear(2 * POINTS, 96), nn.ReLU(), nn.Linear(96, 96), nn.ReLU(),
                          nn.Linear(96, 16))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    triplet = nn.TripletMarginLoss(margin=1.0)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for epoch in range(30):
        model.train()
        total = 0.0
        for anchor, positive, negative in loader:
            loss = triplet(model(anchor), model(positive), model(negative))
            accelerator.backward(loss)
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item()
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1} triplet loss {total / len(loader):.4f} nearest of new writers {retrieval(model, val_data):.3f}")


if __name__ == "__main__":
    main()
