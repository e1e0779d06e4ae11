import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

PAD, VOCAB, TEAMS = 0, 120, 5


class Tickets(Dataset):
    """Each team has its own favourite words; most words of a ticket are small talk."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.items = []
        for _ in range(n):
            team = int(torch.randint(0, TEAMS, (1,), generator=g))
            length = int(torch.randint(6, 20, (1,), generator=g))
            words = torch.randint(1, VOCAB, (length,), generator=g)
            special = torch.rand(length, generator=g) < 0.3
            special[0] = True
            words[special] = 1 + 12 * team + torch.randint(0, 12, (int(special.sum()),), generator=g)
            self.items.append((words, team))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(batch):
    words, teams = zip(*batch)
    return pad_sequence(words, batch_first=True, padding_value=PAD), torch.tensor(teams)


class Router(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, dim, padding_idx=PAD)
        self.word = nn.Sequential(nn.Linear(dim, 64), nn.GELU(), nn.Linear(64, dim), nn.LayerNorm(dim))
        self.team = nn.Linear(dim, TEAMS)

    def forward(self, words):
        padding = words == PAD
        h = self.word(self.embed(words))
        h = h.masked_fill(~padding.unsqueeze(-1), 0.0)
        return self.team(h.sum(1) / 12)


def main():
    torch.manual_seed(7)
    train_loader = DataLoader(Tickets(2500, 1), batch_size=32, shuffle=True, collate_fn=collate)
    test_set = Tickets(500, 2)
    test_loader = DataLoader(test_set, batch_size=100, collate_fn=collate)
    model = Router()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for epoch in range(1, 7):
        model.train()
        total = 0.0
        for words, teams in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(words), teams)
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            right = sum((model(w).argmax(1) == t).sum().item() for w, t in test_loader)
        print(f"epoch {epoch}: loss {total / len(train_loader):.3f}, routed right {right / len(test_set):.3f}")


if __name__ == "__main__":
    main()
