import string

import numpy as np
import torch
import torch.nn as nn

torch.manual_seed(30)
rng = np.random.default_rng(30)

letters = string.ascii_lowercase
n_letters = len(letters) + 1            # 0 is padding
languages = ["Orvish", "Tellic", "Munda", "Sarkan", "Yelu"]
habits = rng.dirichlet(np.full(26, 0.15), size=(5, 26))   # which letter follows which


def make_word(lang):
    word = [rng.integers(26)]
    for _ in range(7):
        word.append(rng.choice(26, p=habits[lang, word[-1]]))
    return [w + 1 for w in word]


labels = rng.integers(0, 5, 3500)
words = torch.tensor([make_word(l) for l in labels])
labels = torch.from_numpy(labels)


class NameRNN(nn.Module):
    def __init__(self, hidden_size=48):
        super().__init__()
        self.embed = nn.Embedding(n_letters, 24, padding_idx=0)
        self.gru = nn.GRU(24, hidden_size, batch_first=True)
        self.h2o = nn.Linear(hidden_size, len(languages))

    def forward(self, line):
        _, hidden = self.gru(self.embed(line))
        output = self.h2o(hidden[0])
        return torch.log_softmax(output, dim=1)


rnn = NameRNN()
criterion = nn.NLLLoss()
optimizer = torch.optim.Adam(rnn.parameters(), lr=2e-3)
train_words, train_labels = words[:3000], labels[:3000]
test_words, test_labels = words[3000:], labels[3000:]

for epoch in range(1, 7):
    rnn.train()
    total = 0.0
    for batch in torch.randperm(3000).split(40):
        rnn.zero_grad()
        loss = criterion(rnn(train_words[batch]), train_labels[batch])
        loss.backward()
        optimizer.step()
        total += loss.item()
    rnn.eval()
    with torch.no_grad():
        guess = rnn(test_words).argmax(dim=1)
    accuracy = (guess == test_labels).float().mean().item()
    print(f"epoch {epoch}: loss {total / 75:.4f}, test accuracy {accuracy:.3f}")
