import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

VOCAB, TOPICS, LENGTH = 600, 16, 30


class Posts(Dataset):
    """Posts drawn from a topic's own words and from words common to all."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.topic = torch.randint(TOPICS, (n,), generator=g)
        own = self.topic[:, None] * 25 + torch.randint(25, (n, LENGTH), generator=g)
        common = 400 + torch.randint(200, (n, LENGTH), generator=g)
        other = torch.randint(400, (n, LENGTH), generator=g)
        pick = torch.rand(n, LENGTH, generator=g)
        self.words = torch.where(pick < 0.25, own, torch.where(pick < 0.7, common, other))

    def __len__(self):
        return len(self.topic)

    def __getitem__(self, i):
        return self.words[i], self.topic[i]


class TopicModel(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.words = nn.EmbeddingBag(VOCAB, dim, mode="mean")
        self.hidden = nn.Linear(dim, 64)
        self.topics = nn.Linear(64, TOPICS)

    def forward(self, words):
        h = torch.relu(self.hidden(self.words(words)))
        return self.topics(h)


class Trainer:
    def __init__(self, model, train, val, lr=0.2):
        self.model = model
        self.train_loader = DataLoader(train, batch_size=50, shuffle=True)
        self.val_loader = DataLoader(val, batch_size=200)
        self.opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)

    def train_epoch(self):
        self.model.train()
        seen = 0.0
        for words, topic in self.train_loader:
            loss = F.cross_entropy(self.model(words), topic)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            seen += loss.item()
        return seen / len(self.train_loader)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        right = loss = 0
        for words, topic in self.val_loader:
            out = self.model(words)
            loss += F.cross_entropy(out, topic, reduction="sum").item()
            right += (out.argmax(1) == topic).sum().item()
        n = len(self.val_loader.dataset)
        return loss / n, right / n

    def fit(self, epochs):
        for epoch in range(epochs):
            loss = self.train_epoch()
            val_loss, accuracy = self.validate()
            print(f"[{epoch + 1}/{epochs}] loss {loss:.3f}, validation loss {val_loss:.3f}, accuracy {accuracy:.3f}")


if __name__ == "__main__":
    torch.manual_seed(11)
    Trainer(TopicModel(), Posts(4000, 1), Posts(1000, 2)).fit(8)
