import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence

# A toy tongue: article adjective* noun verb (adverb) (article adjective* noun); many words serve as two parts of speech.
PARTS = ["ART", "ADJ", "NOUN", "VERB", "ADV"]
WORDS = {
    "ART": ["ka", "ke"],
    "ADJ": ["mol", "tiv", "rus", "pel", "dan", "sor"],
    "NOUN": ["dan", "sor", "fen", "gim", "lut", "bor", "wex"],
    "VERB": ["fen", "gim", "hask", "jorn", "vit"],
    "ADV": ["mol", "vit", "quo", "zil"],
}
IDS = {w: i + 1 for i, w in enumerate(sorted({w for ws in WORDS.values() for w in ws}))}


def pick(options, g):
    return options[torch.randint(len(options), (1,), generator=g).item()]


def sentence(g):
    def phrase():
        n = torch.randint(3, (1,), generator=g).item()
        return ["ART"] + ["ADJ"] * n + ["NOUN"]

    tags = phrase() + ["VERB"]
    if torch.rand(1, generator=g) < 0.5:
        tags.append("ADV")
    if torch.rand(1, generator=g) < 0.7:
        tags += phrase()
    words = [pick(WORDS[t], g) for t in tags]
    return torch.tensor([IDS[w] for w in words]), torch.tensor([PARTS.index(t) for t in tags])


def batches(corpus, size, g):
    order = torch.randperm(len(corpus), generator=g).tolist()
    for i in range(0, len(order), size):
        words, tags = zip(*(corpus[j] for j in order[i : i + size]))
        yield pad_sequence(words, batch_first=True), pad_sequence(tags, batch_first=True, padding_value=-1)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(len(IDS) + 1, 24, padding_idx=0)
        self.lstm = nn.LSTM(24, 24, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(48, len(PARTS))

    def forward(self, words):
        return self.tag(self.lstm(self.emb(words))[0])


def masked_loss(scores, tags):
    logp = scores - scores.logsumexp(-1, keepdim=True)
    keep = tags >= 0
    return -logp[keep].gather(1, tags[keep][:, None]).mean()


g = torch.Generator().manual_seed(7)
torch.manual_seed(7)
train = [sentence(g) for _ in range(1000)]
test = [sentence(g) for _ in range(300)]
tagger = Tagger()
optim = torch.optim.RMSprop(tagger.parameters(), lr=0.005)
for epoch in range(8):
    losses = [0.0, 0]
    for words, tags in batches(train, 32, g):
        loss = masked_loss(tagger(words), tags)
        optim.zero_grad()
        loss.backward()
        optim.step()
        losses[0] += loss.item()
        losses[1] += 1
    good = count = whole = 0
    with torch.no_grad():
        for words, tags in batches(test, 100, g):
            same = (tagger(words).argmax(-1) == tags) | (tags < 0)
            whole += same.all(1).sum().item()
            good += (same & (tags >= 0)).sum().item()
            count += (tags >= 0).sum().item()
    print(f"epoch {epoch}: loss {losses[0] / losses[1]:.3f}  words {good / count:.3f}  whole sentences {whole / len(test):.3f}")
