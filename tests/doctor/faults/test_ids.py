"""Ids of words that mean something else in evaluation, and ids that are only spread in another way."""

from vitreous.doctor.diagnose import suspects

SCRIPT = """\
import random
import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)


def write(n):
    labels = [random.random() < 0.5 for _ in range(n)]
    moods = {True: "great fine warm kind".split(), False: "poor dull cold sad".split()}
    plain = "film room book the a staff of and food price".split()
    lengths = [random.randint(3, 9) for _ in labels]
    return [random.sample(plain, k) + random.sample(moods[y], 2) for y, k in zip(labels, lengths)], labels


def vocabulary(texts):
    found = {"<pad>": 0, "<unk>": 1}
    for text in texts:
        for word in text:
            found.setdefault(word, len(found))
    return found


def batches(texts, labels, known):
    for i in range(0, len(texts), 40):
        rows = [torch.tensor([known[w] for w in text]) for text in texts[i : i + 40]]
        yield nn.utils.rnn.pad_sequence(rows, batch_first=True), torch.tensor(labels[i : i + 40]).float()


train, test = write(600), write(400)
train_words = vocabulary(train[0])
test_words = vocabulary(random.sample(test[0], 400))
model = nn.Sequential(nn.EmbeddingBag(30, 16, padding_idx=0), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
for epoch in range(5):
    for ids, target in batches(*train, train_words):
        loss = nn.functional.binary_cross_entropy_with_logits(model(ids)[:, 0], target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = sum(((model(i)[:, 0] > 0).float() == t).sum().item() for i, t in batches(*test, test_words))
    print(f"epoch {epoch} test accuracy {right / 400:.3f}")
"""


def found(doctor, *changes):
    source = SCRIPT
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    _, evidence = doctor(source, prove=False)
    return [s.suspicion for s in suspects(evidence)[0] if s.file.fault.id == "data/transform-mismatch"]


def test_a_vocabulary_for_each_part(doctor):
    suspicion = found(doctor)[0]
    assert suspicion.certain
    assert SCRIPT.splitlines()[suspicion.place.line - 1].startswith("test_words =")


def test_one_vocabulary(doctor):
    assert found(doctor, ("batches(*test, test_words)", "batches(*test, train_words)")) == []


def test_other_words_are_common_in_evaluation(doctor):
    other = "test = [t * 3 if 'room' in t else t for t in test[0]], test[1]\ntrain_words"
    once = ("batches(*test, test_words)", "batches(*test, train_words)")
    assert found(doctor, once, ("train_words = v", other + " = v")) == []
