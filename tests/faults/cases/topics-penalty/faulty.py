import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.feature_extraction.text import CountVectorizer

random.seed(0)
torch.manual_seed(0)

TOPICS = {
    "sport": "match goal team coach season league striker win cup referee",
    "money": "market bank shares profit loan trade price euro fund tax",
    "space": "orbit rocket moon probe launch planet crew telescope dust star",
    "food": "recipe oven butter salt sauce bake flour taste fresh grill",
    "law": "court judge trial appeal lawyer jury sentence case rule fraud",
}
SHARED = "today after said new first people report year big time last over two long city".split()


def headline(topic):
    own = random.choices(TOPICS[topic].split(), k=random.randint(1, 3))
    other = random.choices(TOPICS[random.choice(list(TOPICS))].split(), k=1)
    words = own + other + random.choices(SHARED, k=random.randint(3, 8))
    random.shuffle(words)
    return " ".join(words)


names = list(TOPICS)
labels = [random.randrange(len(names)) for _ in range(3000)]
texts = [headline(names[k]) for k in labels]
counts = CountVectorizer(binary=True).fit_transform(texts).toarray()
X, Y = torch.tensor(counts, dtype=torch.float32), torch.tensor(labels)


class Topic(nn.Module):
    def __init__(self, n_words, n_topics):
        super().__init__()
        self.hidden = nn.Linear(n_words, 50)
        self.output = nn.Linear(50, n_topics)

    def forward(self, x):
        return self.output(F.relu(self.hidden(x)))


model = Topic(X.shape[1], len(names))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
penalty = 0.01
for epoch in range(1, 13):
    model.train()
    fit_sum = 0.0
    for idx in torch.randperm(2400).split(40):
        fit = F.cross_entropy(model(X[idx]), Y[idx])
        loss = fit + penalty * sum(p.abs().sum() for p in model.parameters())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        fit_sum += fit.item()
    if epoch % 3 == 0:
        model.eval()
        with torch.no_grad():
            acc = (model(X[2400:]).argmax(1) == Y[2400:]).float().mean().item()
        print(f"epoch {epoch:2d}  cross-entropy {fit_sum / 60:.3f}  accuracy {acc:.3f}")
