"""Networks that look must explain entirely: the classics, packed recurrent ones, attention in every form."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from vitreous import models
from vitreous.data.types import InputSpec, Task

CLASSES = Task("multiclass", 5)
IMAGE = InputSpec("image", (3, 32, 32))


class PackedLSTM(nn.Module):
    """Two layers, both ways, over sequences of several lengths."""

    def __init__(self, dropout=0.0):
        super().__init__()
        self.embedding = nn.Embedding(20, 6, padding_idx=0)
        self.lstm = nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True, dropout=dropout)
        self.head = nn.Linear(20, 5)

    def forward(self, tokens):
        lengths = (tokens != 0).sum(1).cpu()
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        output, (h, c) = self.lstm(packed)
        unpacked, _ = pad_packed_sequence(output, batch_first=True)
        return self.head(torch.cat([unpacked.mean(1), h[-1], c[-2]], 1))


class GRUTagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.gru = nn.GRU(6, 8, batch_first=True)
        self.head = nn.Linear(8, 4)

    def forward(self, tokens):
        return self.head(self.gru(self.embedding(tokens))[0])


class UNet(nn.Module):
    """Down twice, up twice, with the way across."""

    def __init__(self):
        super().__init__()
        self.down1, self.down2 = self.block(1, 4), self.block(4, 8)
        self.middle = self.block(8, 16)
        self.up2, self.up1 = (
            nn.ConvTranspose2d(16, 8, 2, stride=2),
            nn.Upsample(scale_factor=2, mode="bilinear"),
        )
        self.join2, self.join1 = self.block(16, 8), self.block(12, 4)
        self.out = nn.Conv2d(4, 3, 1)

    def block(self, inputs, outputs):
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1), nn.GroupNorm(2, outputs), nn.LeakyReLU(inplace=True)
        )

    def forward(self, x):
        one = self.down1(x)
        two = self.down2(nn.functional.max_pool2d(one, 2))
        x = self.middle(nn.functional.avg_pool2d(two, 2))
        x = self.join2(torch.cat([self.up2(x), two], 1))
        return self.out(self.join1(torch.cat([self.up1(x), one], 1)))


class Attending(nn.Module):
    """nn.MultiheadAttention with masks of both kinds."""

    def __init__(self, need_weights, **options):
        super().__init__()
        self.need_weights = need_weights
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True, **options)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        padding = torch.zeros(x.shape[:2], dtype=torch.bool)
        padding[0, -2:] = True
        causal = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        out, weights = self.attention(
            x, x, x, key_padding_mask=padding, attn_mask=causal, need_weights=self.need_weights
        )
        return self.head(out.mean(1)) + (0 if weights is None else weights.square().sum())


class EncoderDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        decoder = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True, norm_first=True)
        self.encoder, self.decoder = nn.TransformerEncoder(encoder, 2), nn.TransformerDecoder(decoder, 2)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=x.dtype)
        return self.head(self.decoder(x, self.encoder(x), tgt_mask=mask).mean(1))


class Branching(nn.Module):
    """Plain Python decides, and one layer is called twice."""

    def __init__(self):
        super().__init__()
        self.shared, self.head = nn.Linear(6, 6), nn.Linear(6, 5)

    def forward(self, x):
        for _ in range(2):
            x = torch.relu(self.shared(x)) if x.sum() > -1e9 else x
        return self.head(x)


def floats(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def tokens():
    found = torch.randint(1, 20, (4, 7), generator=torch.Generator().manual_seed(2))
    for row, length in enumerate((7, 3, 5, 1)):
        found[row, length:] = 0
    return found


LABELS = torch.tensor([0, 3, 1, 4])


def zoo(name, spec, **options):
    return models.build(name, spec, CLASSES, options)


NETWORKS = {
    "mlp": lambda: (
        zoo("mlp", InputSpec("features", (6,)), hidden=[8, 7], dropout=0.3),
        floats(4, 6),
        LABELS,
    ),
    "lenet5": lambda: (zoo("lenet5", InputSpec("image", (1, 28, 28))), floats(4, 1, 28, 28), LABELS),
    "resnet18": lambda: (zoo("resnet18", IMAGE), floats(2, 3, 32, 32), LABELS[:2]),
    "vgg11": lambda: (zoo("vgg11", IMAGE), floats(2, 3, 32, 32), LABELS[:2]),
    "vit": lambda: (
        zoo("vit", IMAGE, width=16, layers=2, heads=2, dropout=0.1),
        floats(2, 3, 32, 32),
        LABELS[:2],
    ),
    "packed bidirectional lstm": lambda: (PackedLSTM(0.2), tokens(), LABELS),
    "gru tagger": lambda: (GRUTagger(), tokens(), tokens() % 4),
    "encoder layer": lambda: (
        nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), nn.Flatten(), nn.Linear(48, 5)),
        floats(4, 6, 8),
        LABELS,
    ),
    "encoder and decoder": lambda: (EncoderDecoder(), floats(4, 6, 8), LABELS),
    "attention with weights": lambda: (Attending(True), floats(4, 6, 8), LABELS),
    "attention without weights": lambda: (Attending(False, dropout=0.2), floats(4, 6, 8), LABELS),
    "attention with bias_kv": lambda: (
        Attending(True, add_bias_kv=True, add_zero_attn=True),
        floats(4, 6, 8),
        LABELS,
    ),
    "unet": lambda: (UNet(), floats(2, 1, 16, 16), torch.randint(0, 3, (2, 16, 16))),
    "vae": lambda: (
        models.build("vae", InputSpec("features", (6,)), Task("reconstruction", 6), {}),
        floats(4, 6),
        None,
    ),
    "branching": lambda: (Branching(), floats(4, 6), LABELS),
    "transformer": lambda: (
        zoo("transformer", InputSpec("tokens", (7,), 20), width=16, layers=2),
        tokens(),
        LABELS,
    ),
}
