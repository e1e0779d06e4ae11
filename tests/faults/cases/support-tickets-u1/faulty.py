import random
from typing import List, Tuple

import torch
import torch.nn as nn
from torch import Tensor

PAD = 0
TEAMS = ["billing", "network", "hardware", "account"]


def make_tickets(n: int, rng: random.Random) -> List[Tuple[List[int], int]]:
    """Word ids 1..79: sixteen telling words per team at the front, the rest is filler."""
    tickets = []
    for _ in range(n):
        team = rng.randrange(4)
        words = [rng.randrange(65, 80) for _ in range(rng.randint(4, 12))]
        words += [rng.randrange(1 + 16 * team, 17 + 16 * team) for _ in range(3)]
        words += [rng.randrange(1, 65)]
        rng.shuffle(words)
        tickets.append((words, team))
    return tickets


def to_tensors(tickets) -> Tuple[Tensor, Tensor]:
    width = max(len(w) for w, _ in tickets) + 1
    ids = torch.full((len(tickets), width), PAD)
    for row, (words, _) in zip(ids, tickets):
        row[: len(words)] = torch.tensor(words)
    return ids, torch.tensor([t for _, t in tickets])


class Router(nn.Module):
    def __init__(self, n_words: int = 80, dim: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_words, dim, padding_idx=PAD)
        self.mlp = nn.Sequential(nn.Linear(dim, 32), nn.ReLU(), nn.Linear(32, len(TEAMS)))

    def forward(self, ids: Tensor) -> Tensor:
        mask = (ids == PAD).unsqueeze(-1)
        words = self.embedding(ids) * mask
        mean = words.sum(dim=1) / mask.sum(dim=1).clamp(min=1)
        return self.mlp(mean)


class Trainer:
    def __init__(self, model: nn.Module, lr: float) -> None:
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.criterion = nn.CrossEntropyLoss()

    def fit(self, train, valid, epochs: int, batch_size: int = 50) -> None:
        ids, teams = train
        for epoch in range(epochs):
            self.model.train()
            running = 0.0
            for idx in torch.randperm(len(ids)).split(batch_size):
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(ids[idx]), teams[idx])
                loss.backward()
                self.optimizer.step()
                running += loss.item() * len(idx)
            print(f"epoch={epoch} train_loss={running / len(ids):.3f} valid_acc={self.accuracy(*valid):.3f}")

    @torch.no_grad()
    def accuracy(self, ids: Tensor, teams: Tensor) -> float:
        self.model.eval()
        return (self.model(ids).argmax(dim=1) == teams).float().mean().item()


if __name__ == "__main__":
    torch.manual_seed(77)
    rng = random.Random(77)
    trainer = Trainer(Router(), lr=5e-3)
    trainer.fit(to_tensors(make_tickets(3000, rng)), to_tensors(make_tickets(600, rng)), epochs=8)
