import torch
import torch.nn as nn

LETTERS, LENGTH, SOS = 10, 5, 10


class EncoderRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True)

    def forward(self, source):
        _, hidden = self.gru(self.embedding(source))
        return hidden


class DecoderRNN(nn.Module):
    def __init__(self, hidden_size, vocab_size):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size + 1, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, vocab_size)

    def forward(self, tokens, hidden):
        output, hidden = self.gru(self.embedding(tokens), hidden)
        return self.out(output), hidden


def make_pairs(n):
    source = torch.randint(LETTERS, (n, LENGTH))
    return source, source.sort(dim=1).values


def train_batch(source, target, encoder, decoder, encoder_optimizer, decoder_optimizer, criterion):
    encoder_optimizer.zero_grad()
    decoder_optimizer.zero_grad()
    shifted = torch.cat([torch.full((len(target), 1), SOS), target[:, :-1]], dim=1)
    logits, _ = decoder(shifted, encoder(source))
    loss = criterion(logits.reshape(-1, LETTERS), target.reshape(-1))
    loss.backward()
    encoder_optimizer.step()
    decoder_optimizer.step()
    return loss.item()


@torch.no_grad()
def translate(source, encoder, decoder):
    encoder.eval()
    decoder.eval()
    hidden, token, result = encoder(source), torch.full((len(source), 1), SOS), []
    for _ in range(LENGTH):
        logits, hidden = decoder(token, hidden)
        token = logits.argmax(dim=2)
        result.append(token)
    return torch.cat(result, dim=1)


torch.manual_seed(3)
train_source, train_target = make_pairs(8000)
val_source, val_target = make_pairs(800)

encoder = EncoderRNN(LETTERS, 64)
decoder = DecoderRNN(64, LETTERS)
encoder_optimizer = torch.optim.Adam(encoder.parameters(), lr=3e-3)
decoder_optimizer = torch.optim.Adam(decoder.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(1, 7):
    encoder.train()
    decoder.train()
    total, batches = 0.0, torch.randperm(len(train_source)).split(64)
    for idx in batches:
        total += train_batch(train_source[idx], train_target[idx], encoder, decoder,
                             encoder_optimizer, decoder_optimizer, criterion)
    right = translate(val_source, encoder, decoder) == val_target
    print(f"{epoch:2d} loss {total / len(batches):.4f} letters right {right.float().mean():.3f} "
          f"strings right {right.all(dim=1).float().mean():.3f}")
