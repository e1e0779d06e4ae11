"""What the believed faults had hidden: the script observed once more without them, and every fault asked again.

A fault can hide another from being seen at all, and not only from gaining anything: a network that never moves gives
the same figure at every evaluation, and whether that figure is divided by the right number cannot be told from it.
"""

from __future__ import annotations

from collections.abc import Callable

from vitreous.doctor.experiments import Laboratory
from vitreous.doctor.fault import Fault
from vitreous.doctor.suspect import Suspect, is_removable
from vitreous.record.evidence import Evidence

_INNER = ("optimizer", "forward")
_WORSE = 0.2  # of a figure of evaluation
Ask = Callable[[Evidence], tuple[list[Suspect], list[str]]]


def judge(
    laboratory: Laboratory, asked: list[Suspect], believed: list[Suspect], ask: Ask
) -> tuple[list[Suspect], list[str]]:
    """Looks for faults that show only once those that are believed are removed.

    Only where an experiment has proven that removing them restores learning, where an error that is certain was removed
    and something else must be in the way, or where figures of evaluation are worse once they are true: else nothing
    else is to be seen. What is asked stands on a run with our own changes in it, so of it only two kinds are believed:
    what an experiment on top of the others proves, and what is certain of evaluation, where no change of training
    reaches it: a run without the sigmoid before a loss of logits has a metric that takes them for probabilities, and
    that is our doing.

    Args:
        laboratory: Has judged them.
        asked: All suspects of the first observation.
        believed: Those that are believed.
        ask: Asks every fault about evidence.

    Returns:
        Further suspects that are believed, and what could not be checked.
    """
    changed = [s for s in believed if s.change is not None]
    training = [s for s in changed if s.file.fault.stage != "evaluation" and (s.proven or is_removable(s))]
    if not any(s.proven or (s.suspicion.certain and s.severity == "error") for s in training):
        training = []
    removed = training + [s for s in changed if _flatters(s)]
    if not removed:
        return [], []
    names = ", ".join(s.file.fault.id for s in removed)
    evidence = laboratory.without(removed)
    if evidence is None:
        return [], [f"what {names} may hide: no time was left to look at the script without"]
    if evidence.crash is not None:
        return [], []
    known = {s.file.fault.id: s.suspicion.confidence for s in asked}
    known |= {s.file.fault.id: 1.0 for s in believed}
    new = [s for s in ask(evidence)[0] if s.suspicion.confidence > known.get(s.file.fault.id, 0.0)]
    of_evaluation = [s for s in new if s.suspicion.certain and s.file.fault.stage == "evaluation"]
    read = [] if any(_reaches_evaluation(s.file.fault) for s in training) else of_evaluation
    if any(s.trial is not None and s.trial.longer != 1 for s in training):
        read = [s for s in read if s.file.fault.symptom is None]  # what comes of longer training is its own
    tried = [s for s in new if s.suspicion.trials and s not in of_evaluation]
    return read + laboratory.judge_hidden(removed, tried), []


def _flatters(suspect: Suspect) -> bool:
    """Whether figures of evaluation are worse, and true, once the fault is removed: they may show what it hid."""
    of_evaluation = suspect.file.fault.stage == "evaluation" and suspect.suspicion.certain
    return of_evaluation and suspect.proof is not None and suspect.proof.gain < -_WORSE


def _reaches_evaluation(fault: Fault) -> bool:
    """Whether removing a fault may change what outputs or targets mean; how parameters are updated does not."""
    return fault.stage not in _INNER or fault.changes_outputs
