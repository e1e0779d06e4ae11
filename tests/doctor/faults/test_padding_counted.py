"""Padding in the total of an accuracy, told from masks and from losses that count it too."""

import pytest

from vitreous.doctor.diagnose import suspects

SCRIPT = """\
import torch
from torch import nn

torch.manual_seed(0)
words = torch.randint(1, 20, (300, 9))
tags = words % 4
for row, length in enumerate(torch.randint(3, 10, (300,))):
    words[row, length:], tags[row, length:] = 0, -100
model = nn.Sequential(nn.Embedding(20, 8), nn.Linear(8, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(6):
    for rows in torch.arange(200).split(20):
        loss = nn.functional.cross_entropy(model(words[rows]).transpose(1, 2), tags[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    right = count = 0
    with torch.no_grad():
        for rows in torch.arange(200, 300).split(25):
            said = model(words[rows]).argmax(-1)
            right += (said == tags[rows]).sum().item()
            count += tags[rows].numel()
    print(f"epoch {epoch} accuracy {right / count:.4f}")
"""
RIGHT = {
    "only tags in the total": ("tags[rows].numel()", "(tags[rows] != -100).sum().item()"),
    "a mask behind it": ("(said == tags[rows]).sum()", "((said == tags[rows]) & (tags[rows] != -100)).sum()"),
    "a mask": ("said == tags[rows]).sum().item()", "said == tags[rows])[tags[rows] != -100].sum().item()"),
}


def found(doctor, *changes):
    source = SCRIPT
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    _, evidence = doctor(source, prove=False)
    return [s.suspicion for s in suspects(evidence)[0] if s.file.fault.id == "eval/wrong-metric"], evidence


def test_padding_in_the_total(doctor):
    suspicions, evidence = found(doctor)
    assert [SCRIPT.splitlines()[s.place.line - 1].split()[0] for s in suspicions] == ["count"]
    assert evidence.errors[-1] < 0.5  # positions that the loss leaves out are not wrong


def test_some_sentences_are_trained_too(doctor):
    """Half of the batches have twins among the training sentences: they are of the same evaluation still."""
    twins = "optimizer = torch", "words[200:250], tags[200:250] = words[:50], tags[:50]\noptimizer = torch"
    suspicions, _ = found(doctor, twins)
    assert len(suspicions) == 1
    right, _ = found(doctor, twins, RIGHT["only tags in the total"])
    assert right == []


def test_padding_that_counts_as_right(doctor):
    """Where padding has a number of its own, and is filled in among the answers, it makes the share larger."""
    suspicions, _ = found(
        doctor,
        ("= 0, -100", "= 0, 4"),
        ("tags[rows])\n        optimizer", "tags[rows], ignore_index=4)\n        optimizer"),
        (".argmax(-1)\n", ".argmax(-1)\n            said[words[rows] == 0] = 4\n"),
    )
    (suspicion,) = suspicions
    shares = {row.what: row.value for row in suspicion.evidence}
    assert 0 < shares["right of what is not left out"] < shares["right of all that is counted"] < 100


@pytest.mark.parametrize("how", RIGHT)
def test_padding_left_out(doctor, how):
    suspicions, _ = found(doctor, *{RIGHT[how], RIGHT["only tags in the total"]})
    assert suspicions == []


@pytest.mark.parametrize("mask", ["real = tags[rows] >= 0", "real = words[rows] > 0"])
def test_padding_left_out_of_the_right_answers_only(doctor, mask):
    """What a mask takes out before the comparison is counted in the total all the same."""
    named = "(said[real] == target[real]).sum()"
    compared = "(said == tags[rows]).sum()"
    lines = "said = model", f"target = tags[rows]\n            {mask}\n            said = model"
    suspicions, _ = found(doctor, lines, (compared, named))
    assert [SCRIPT.splitlines()[s.place.line - 3].split()[0] for s in suspicions] == ["count"]
    assert found(doctor, lines, (compared, named), RIGHT["only tags in the total"])[0] == []


def test_one_tag_alone_is_no_padding(doctor):
    """Right answers of one tag as a share of all: what a mask leaves out there is learnt as well."""
    lines = "said = model", "one = tags[rows] == 1\n            said = model"
    suspicions, _ = found(
        doctor, lines, ("(said == tags[rows]).sum()", "(said[one] == tags[rows][one]).sum()")
    )
    assert suspicions == []
