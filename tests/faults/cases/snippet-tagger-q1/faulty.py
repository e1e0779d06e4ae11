import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

VOCAB, LENGTH, TAGS = 300, 24, 6


def snippets(n, topic_words, gen):
    tags = (torch.rand(n, TAGS, generator=gen) < 0.3).float()
    words = torch.randint(VOCAB, (n, LENGTH), generator=gen)
    for t in range(TAGS):
        rows = tags[:, t].nonzero().squeeze(1)
        slots = torch.stack([torch.randperm(LENGTH, generator=gen)[:5] for _ in rows])
        picks = topic_words[t][torch.randint(topic_words.size(1), slots.shape, generator=gen)]
        words[rows.unsqueeze(1), slots] = picks
    return TensorDataset(words, tags)


class SnippetTagger(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.words = nn.EmbeddingBag(VOCAB, dim, mode="mean")
        self.hidden = nn.Linear(dim, 64)
        self.tags = nn.Linear(64, TAGS)

    def forward(self, words):
        h = torch.relu(self.hidden(self.words(words)))
        return torch.sigmoid(self.tags(h))


def micro_f1(predicted, actual):
    hits = (predicted * actual).sum()
    return (2 * hits / (predicted.sum() + actual.sum())).item()


def main():
    torch.manual_seed(14)
    gen = torch.Generator().manual_seed(14)
    topic_words = torch.randperm(VOCAB, generator=gen)[:TAGS * 15].view(TAGS, 15)
    train = DataLoader(snippets(4000, topic_words, gen), batch_size=50, shuffle=True)
    val = DataLoader(snippets(800, topic_words, gen), batch_size=200)

    model = SnippetTagger()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for epoch in range(6):
        model.train()
        train_loss = 0.0
        for words, tags in train:
            optimizer.zero_grad()
            loss = criterion(model(words), tags)
            loss.backward()
            optimizer.step()
            train_loss += loss.item() / len(train)

        model.eval()
        val_loss, guesses, truths = 0.0, [], []
        with torch.no_grad():
            for words, tags in val:
                out = model(words)
                val_loss += criterion(out, tags).item() / len(val)
                guesses.append((torch.sigmoid(out) > 0.5).float())
                truths.append(tags)
        f1 = micro_f1(torch.cat(guesses), torch.cat(truths))
        print(f"epoch {epoch + 1}: train loss {train_loss:.4f} val loss {val_loss:.4f} val micro-F1 {f1:.4f}")


main()
