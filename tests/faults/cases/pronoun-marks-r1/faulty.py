import random

import torch
import torch.nn as nn
import torch.optim as optim

random.seed(18)
torch.manual_seed(18)

DET, ADJ, NOUN, VERB = range(4)
LEXICON = {
    DET: ["the", "a", "this", "every"],
    ADJ: ["old", "small", "light", "wild", "fast"],
    NOUN: ["light", "fish", "ship", "watch", "wind", "row", "guard"],
    VERB: ["light", "fish", "ship", "watch", "wind", "row", "guard", "sees"],
}
word_to_ix = {w: i for i, w in enumerate(sorted({w for words in LEXICON.values() for w in words}))}
PATTERNS = [[DET, ADJ, NOUN, VERB, DET, NOUN], [DET, NOUN, VERB, DET, ADJ, NOUN], [DET, ADJ, ADJ, NOUN, VERB, NOUN]]


def sentences(n):
    tags = [random.choice(PATTERNS) for _ in range(n)]
    words = [[word_to_ix[random.choice(LEXICON[t])] for t in pattern] for pattern in tags]
    return torch.tensor(words), torch.tensor(tags)


class LSTMTagger(nn.Module):
    def __init__(self, embedding_dim, hidden_dim, vocab_size, tagset_size, batch_size):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.word_embeddings = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True)
        self.hidden2tag = nn.Linear(hidden_dim, tagset_size)
        self.hidden = self.init_hidden(batch_size)

    def init_hidden(self, batch_size):
        return (torch.zeros(1, batch_size, self.hidden_dim), torch.zeros(1, batch_size, self.hidden_dim))

    def forward(self, sentence):
        embeds = self.word_embeddings(sentence)
        lstm_out, self.hidden = self.lstm(embeds, self.hidden)
        return self.hidden2tag(lstm_out)


BATCH = 20
train_words, train_tags = sentences(1200)
val_words, val_tags = sentences(300)
model = LSTMTagger(16, 24, len(word_to_ix), 4, BATCH)
loss_function = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=5e-3)

for epoch in range(1, 7):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(train_words)).split(BATCH):
        model.zero_grad()
        tag_scores = model(train_words[idx])
        loss = loss_function(tag_scores.flatten(0, 1), train_tags[idx].flatten())
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        model.hidden = model.init_hidden(len(val_words))
        correct = (model(val_words).argmax(-1) == val_tags).float().mean().item()
    print(f"epoch {epoch}  loss {total / len(train_words):.4f}  val tag accuracy {correct:.3f}")
