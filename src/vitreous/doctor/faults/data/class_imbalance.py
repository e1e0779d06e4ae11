"""One class is so frequent that the network answers it always, and the rare ones are never found.

What it sees:
    One class makes up most of the targets, and over the last batches nearly none of the rare ones are recognized. No
    class is weighted in the loss, and the batches are as unbalanced as the data.

Why learning fails:
    Answering the frequent class is right 98 times of 100 and costs little; the few gradients of the rare class drown
    in those of the frequent one. The accuracy looks excellent and says nothing.

Example:
    criterion = nn.BCEWithLogitsLoss()  # two in a hundred are positive; all are predicted negative

Fix:
    Weight the classes by how rare they are (`pos_weight`, `weight=`), or draw them evenly (WeightedRandomSampler);
    and judge by recall or balanced accuracy.

Certainty:
    By experiment: with classes weighted by their rarity, the error as a mean over classes must lose three tenths.
    Suspected where the frequent class has at least 75% and less than a fifth of the rest is recognized; up to a half,
    where the script compares answers, weighting must take away half of that error.

Look-alikes:
    A network that learns nothing answers one class too; weighting does not help it. Rare classes that cannot be told
    from the inputs stay unfound for good: the experiment fails there as well.

References:
    https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html (pos_weight); He and Garcia, Learning
    from imbalanced data (2009)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import symptoms
from vitreous.doctor.change import ChangeLoss
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.events import Listener, LossCall
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Answers, LossSite

FAULT = Fault(
    "data/class-imbalance",
    "warning",
    "data",
    "rare classes are never found beside a frequent one",
    settings=("criterion__weight", "class_weight", "criterion", "loss"),
)

_FREQUENT, _FOUND, _LEAST = 0.75, 0.2, 8
_HALF, _CLEAR = 0.5, 0.5  # found, and what weighting must then take away


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each trained loss whose rare classes are missed."""
    for answers in evidence.answers:
        site = evidence.loss_sites[answers.site]
        weighted = any(site.options.get(name) is not None for name in ("weight", "pos_weight"))
        if not answers.trained or weighted:
            continue
        truth = [sum(row) for row in answers.matrix]
        frequent = max(range(len(truth)), key=truth.__getitem__)
        total, rare = sum(truth), sum(truth) - truth[frequent]
        right = sum(row[i] for i, row in enumerate(answers.matrix) if i != frequent)
        if rare < _LEAST or truth[frequent] < _FREQUENT * total or right >= _HALF * rare:
            continue
        suspicion = _suspicion(site, answers, truth, frequent, right / rare)
        if right >= _FOUND * rare:
            if not evidence.comparisons:
                continue  # scores are ranked, and no answer is ever chosen by them
            suspicion.confidence, suspicion.gain = 0.4, _CLEAR
        yield suspicion


def _suspicion(site: LossSite, answers: Answers, truth: list[int], frequent: int, recall: float) -> Suspicion:
    total = sum(truth)
    said = sum(row[frequent] for row in answers.matrix)
    binary = site.name.startswith("binary")
    fix = (
        f"pass pos_weight={round_to(truth[0] / max(1, truth[1]), 2):g} (negatives over positives) to the loss"
        if site.name.endswith("logits")
        else "pass a weight for each class, inverse to how frequent it is, to the loss"
    )
    return Suspicion(
        site.module_place or site.place,
        0.8,
        [
            Row(
                "share of the most frequent class in the targets",
                round_to(100 * truth[frequent] / total),
                "%",
            ),
            Row("share of the answers that name it", round_to(100 * said / total), "%"),
            Row("share of the others that is recognized", round_to(100 * recall), "%"),
        ],
        f"{fix}, or draw the classes evenly with a WeightedRandomSampler",
        summary=f"{'positives are' if binary and frequent == 0 else 'rare classes are'} "
        f"{100 * (1 - truth[frequent] / total):.2g}% of the targets and are not recognized",
        explains=[symptoms.ONE_CLASS],
        trials=[
            Trial(
                "classes weighted by their rarity",
                {"counts": truth, "file": site.place.file if site.place else "", "line": _line(site)},
            )
        ],
        metric="balanced",
    )


def _line(site: LossSite) -> int | None:
    return site.place.line if site.place else None


def intervene(settings: dict[str, Any]) -> Listener:
    """Weights the classes."""
    import torch

    counts = torch.tensor(settings["counts"], dtype=torch.float64).clamp_min(1)
    weights = counts.sum() / (len(counts) * counts)

    def weigh(event: LossCall) -> None:
        dtype, device = event.input.dtype, event.input.device
        if event.name == "binary_cross_entropy_with_logits":
            event.options["pos_weight"] = (counts[0] / counts[1]).to(device, dtype)
        elif event.name == "binary_cross_entropy":
            event.options["weight"] = weights.to(device, dtype)[(event.target > 0.5).long()]
        elif event.input.shape[1] == len(weights):
            event.options["weight"] = weights.to(device, dtype)

    return ChangeLoss(weigh, settings["file"], settings["line"])
