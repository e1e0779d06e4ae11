import torch
import torch.nn as nn
import torch.nn.functional as F

N_STAMPS, PIXELS = 40, 64


class Postmarks:
    def __init__(self, seed):
        self.gen = torch.Generator().manual_seed(seed)
        self.stamps = torch.randn(N_STAMPS, PIXELS, generator=self.gen)

    def prints(self, ids):
        """Each print is the stamp seen more or less strongly, plus ink noise."""
        strength = 0.6 + 0.8 * torch.rand(len(ids), 1, generator=self.gen)
        return strength * self.stamps[ids] + 1.0 * torch.randn(len(ids), PIXELS, generator=self.gen)

    def batch(self, n_ids, per_id):
        ids = torch.randperm(N_STAMPS, generator=self.gen)[:n_ids].repeat_interleave(per_id)
        return self.prints(ids), ids


class Embedder(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(PIXELS, 128), nn.ReLU(), nn.Linear(128, dim))

    def forward(self, x):
        return F.normalize(self.net(x / 1.43), dim=1)


def pairwise_distance(e):
    dot = e @ e.t()
    sq = dot.diagonal()
    d2 = (sq.unsqueeze(0) - 2 * dot + sq.unsqueeze(1)).clamp(min=0)
    return d2.sqrt()


def batch_hard(e, ids, margin=0.3):
    d = pairwise_distance(e)
    same = ids.unsqueeze(0) == ids.unsqueeze(1)
    hardest_positive = (d * same).max(dim=1).values
    hardest_negative = (d + 10.0 * same).min(dim=1).values
    return F.relu(hardest_positive - hardest_negative + margin).mean()


@torch.no_grad()
def recall_at_1(model, data, n=20):
    model.eval()
    hits = 0
    for _ in range(n):
        ids = torch.arange(N_STAMPS)
        gallery, query = model(data.prints(ids)), model(data.prints(ids))
        hits += ((query @ gallery.t()).argmax(1) == ids).sum().item()
    return hits / (n * N_STAMPS)


def main():
    torch.manual_seed(4)
    data = Postmarks(4)
    model = Embedder()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for step in range(1, 801):
        model.train()
        x, ids = data.batch(n_ids=16, per_id=4)
        loss = batch_hard(model(x), ids)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(f"step {step}  loss {loss.item():.3f}  recall@1 {recall_at_1(model, data):.3f}")


if __name__ == "__main__":
    main()
