import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

PAD, CLS, VOCAB = 0, 1, 120


def messages(n):
    """Word ids of messages of differing length; words 2..21 press for time, 22..41 calm down."""
    out = []
    for _ in range(n):
        length = int(torch.randint(6, 19, (1,)))
        words = torch.randint(42, VOCAB, (length,))
        tone = int(torch.randint(0, 3, (1,)))
        k = int(torch.randint(2, 4, (1,)))
        if tone != 1:
            where = torch.randperm(length)[:k]
            words[where] = torch.randint(0, 20, (k,)) + (2 if tone == 2 else 22)
        out.append((torch.cat([torch.tensor([CLS]), words]), tone))
    return out


def collate(batch):
    tokens = pad_sequence([words for words, _ in batch], batch_first=True, padding_value=PAD)
    tokens = nn.functional.pad(tokens, (0, 20 - tokens.shape[1]), value=PAD)
    return tokens, torch.tensor([tone for _, tone in batch])


class UrgencyClassifier(nn.Module):
    def __init__(self, d=32, heads=4, layers=2):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, d, padding_idx=PAD)
        self.position = nn.Parameter(0.02 * torch.randn(20, d))
        layer = nn.TransformerEncoderLayer(d, heads, 64, dropout=0.1, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.LayerNorm(d), nn.Linear(d, 3))

    def forward(self, tokens):
        padding = tokens == PAD
        x = self.embed(tokens) + self.position
        x = self.encoder(x, src_key_padding_mask=~padding)
        return self.head(x[:, 0])


def evaluate(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for tokens, tone in loader:
            right += (model(tokens).argmax(1) == tone).sum().item()
    return right / len(loader.dataset)


torch.manual_seed(14)
train_loader = DataLoader(messages(2400), batch_size=32, shuffle=True, collate_fn=collate)
val_loader = DataLoader(messages(600), batch_size=200, collate_fn=collate)
model = UrgencyClassifier()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)

for epoch in range(1, 9):
    model.train()
    total = 0.0
    for tokens, tone in train_loader:
        loss = nn.functional.cross_entropy(model(tokens), tone)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"Epoch {epoch}  train loss {total / len(train_loader):.4f}  val acc {evaluate(model, val_loader):.4f}")
