import random

import torch
import torch.nn as nn
from torch import optim

LETTERS = "abcdefghijklmnop"
SOS = len(LETTERS)
LENGTH = 4


class EncoderRNN(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True)

    def forward(self, word):
        _, hidden = self.gru(self.embedding(word))
        return hidden


class DecoderRNN(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS) + 1, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, len(LETTERS))

    def forward(self, token, hidden):
        output, hidden = self.gru(self.embedding(token), hidden)
        return self.out(output), hidden


def words(n, rng):
    picks = [[rng.randrange(len(LETTERS)) for _ in range(LENGTH)] for _ in range(n)]
    word = torch.tensor(picks)
    return word, word.flip(1)


def train_step(word, target, encoder, decoder, encoder_optimizer, decoder_optimizer, criterion):
    encoder_optimizer.zero_grad()
    decoder_optimizer.zero_grad()
    hidden = encoder(word)
    start = torch.full((len(word), 1), SOS)
    logits, _ = decoder(torch.cat([start, target[:, :-1]], dim=1), hidden)    # teacher forcing
    loss = criterion(logits.transpose(1, 2), target)
    loss.backward()
    encoder_optimizer.step()
    decoder_optimizer.step()
    return loss.item()


def spell(word, encoder, decoder):
    with torch.no_grad():
        hidden = encoder(word)
        token, letters = torch.full((len(word), 1), SOS), []
        for _ in range(LENGTH):
            logits, hidden = decoder(token, hidden)
            token = logits.argmax(-1)
            letters.append(token)
    return torch.cat(letters, dim=1)


rng = random.Random(2)
torch.manual_seed(2)
encoder, decoder = EncoderRNN(48), DecoderRNN(48)
encoder_optimizer = optim.Adam(encoder.parameters(), lr=0.004)
decoder_optimizer = optim.Adam(decoder.parameters(), lr=0.004)
criterion = nn.CrossEntropyLoss()
check, check_target = words(500, rng)
total = 0.0
for iteration in range(1, 1001):
    word, target = words(50, rng)
    total += train_step(word, target, encoder, decoder, encoder_optimizer, decoder_optimizer, criterion)
    if iteration % 200 == 0:
        encoder.eval(), decoder.eval()
        right = (spell(check, encoder, decoder) == check_target).all(1).float().mean().item()
        encoder.train(), decoder.train()
        print("%d  loss %.4f  words right %.3f" % (iteration, total / 200, right))
        total = 0.0
