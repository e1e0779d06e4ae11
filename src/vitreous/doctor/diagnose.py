"""From a script to a verdict: observe it, suspect, experiment, word it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vitreous.doctor import hidden, symptoms, trainers, unfit
from vitreous.doctor.crash import accounts_for, exit_message, explained
from vitreous.doctor.experiments import Laboratory
from vitreous.doctor.fault import Row, Suspicion
from vitreous.doctor.faults import FaultFile, all_faults
from vitreous.doctor.runner import Runner
from vitreous.doctor.suspect import Suspect, rank
from vitreous.doctor.verdict import Finding, Proof, Rejected, Verdict
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_OBSERVED_SHARE = 0.35  # of the time
_SPARE = 3.0  # seconds, for what is under way at the end and for the wording
_SAME = 1e-3  # of the metric: an experiment that changes less shows nothing
_WORSE = 0.2  # a certain fault's fix that makes it so much worse shows what the fault hid
_SUREST = 0.99  # nothing that was learned from examples is surer
_UNPROVEN = 0.9  # without experiments, a suspicion that is not certain must be so likely to be a finding


@dataclass(frozen=True)
class Options:
    """How a script is examined.

    Attributes:
        steps: The most steps of one run; None lets the time decide.
        seconds: For everything together.
        prove: Whether to make experiments.
        patch: Whether mechanical fixes are run, to be shown as a diff.
        network: Whether the script may make connections while it is observed.
    """

    steps: int | None = None
    seconds: float = 60.0
    prove: bool = True
    network: bool = True
    patch: bool = False


def diagnose(
    script: Path | str,
    arguments: Sequence[str] = (),
    options: Options = Options(),
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Verdict, Evidence]:
    """Examines a training script.

    Args:
        script: Its path.
        arguments: Its own command line.
        options: Time and steps.
        say: Hears what is being done, for a progress line.

    Returns:
        The verdict, and the evidence it stands on.

    Raises:
        UsageError: if there is no such script, or it cannot be run at all.
    """
    began = time.monotonic()
    path = Path(script)
    unfit.check(path)
    with Runner(path.resolve(), arguments, Path.cwd()) as runner:
        verdict, evidence = examine(runner, options, began + options.seconds, say)
    verdict.script = str(script)
    verdict.seconds = time.monotonic() - began
    return verdict, evidence


def examine(
    runner: Runner, options: Options, deadline: float, say: Callable[[str], None] = lambda _: None
) -> tuple[Verdict, Evidence]:
    """`diagnose` with a process that runs scripts already there; `deadline` is on `time.monotonic`'s clock."""
    say("observing")
    evidence = observe(runner, options, deadline)
    _ = evidence.arrays  # they lie in the runner's folder, and are read before it goes
    found, not_checked = suspects(evidence)
    believed = [s for s in found if s.suspicion.certain]
    if options.prove:
        say(f"experimenting with {len(found)} suspects" if found else "nothing is suspected")
        laboratory = Laboratory(runner, evidence, deadline - _SPARE, options.steps)
        believed = laboratory.judge(found)
        more, unchecked = hidden.judge(laboratory, found, believed, suspects)
        believed = sorted(believed + more, key=rank, reverse=True)
        found, not_checked = found + more, not_checked + unchecked
        if options.patch:
            _check_edits(laboratory, believed)
    else:
        believed += [s for s in found if not s.suspicion.certain and s.suspicion.confidence >= _UNPROVEN]
        believed.sort(key=rank, reverse=True)
        for suspect in found:
            suspect.why_not = suspect.why_not or "no experiments were made"
    return word(str(runner.script), evidence, found, believed, not_checked), evidence


def _check_edits(laboratory: Laboratory, believed: list[Suspect]) -> None:
    """Mechanical fixes that do not run, or make it worse, are no fixes."""
    for suspect in believed:
        edits = suspect.edits or suspect.suspicion.edits
        # a true figure of evaluation may be the worse one
        of_evaluation = suspect.file.fault.stage == "evaluation"
        if edits and not laboratory.confirm(edits, "fit" if of_evaluation else suspect.suspicion.metric):
            suspect.edits, suspect.suspicion.edits = [], []


def observe(runner: Runner, options: Options, deadline: float = math.inf) -> Evidence:
    """Runs the script as it is; a second time where the first missed what went wrong."""
    seconds = options.seconds * _OBSERVED_SHARE
    job = runner.job(steps=options.steps, seconds=seconds, network=options.network)
    evidence = runner.run([job], deadline)[0]
    if evidence is None:
        raise unfit.died(job, job.seconds)
    nothing = unfit.nothing_seen(evidence, job.seconds)
    if nothing is not None:
        raise nothing
    missed = missed_step(evidence)
    if missed is not None:
        again = runner.job(
            steps=missed + 2, seconds=seconds, trace_at=[max(0, missed - 1), missed, missed + 1]
        )
        second = runner.run([again], deadline)[0]
        if second is not None:
            evidence.traces += [t for t in second.traces if t.step >= missed - 1]
            evidence.traces.sort(key=lambda t: t.step)  # what went wrong first is looked for in their order
            evidence.__dict__.pop("training_traces", None)
            if evidence.crash is not None and second.crash is not None:
                evidence.crash = second.crash
    if evidence.crash is not None and evidence.crash.kind == "SystemExit":
        evidence.crash.message = exit_message(evidence.crash.message, Path(job.folder))
    return evidence


def missed_step(evidence: Evidence) -> int | None:
    """A step at which something went wrong while operations were not recorded."""
    traced = {trace.step for trace in evidence.traces}
    if evidence.crash is not None and evidence.crash.op is None and evidence.crash.step not in traced:
        return evidence.crash.step
    bad = next((s.number for s in evidence.steps if s.loss is not None and not math.isfinite(s.loss)), None)
    return bad if bad is not None and bad not in traced else None


def suspects(evidence: Evidence) -> tuple[list[Suspect], list[str]]:
    """Asks every fault; one that fails on this evidence is noted, and the others go on."""
    found, not_checked = [], list(evidence.not_checked)
    for file in all_faults().values():
        try:
            with np.errstate(all="ignore"):  # numbers that have exploded are what some of them look for
                found += [
                    Suspect(file, _placed(evidence, file, suspicion)) for suspicion in file.suspect(evidence)
                ]
        except Exception as error:  # a detector must never take the diagnosis down
            not_checked.append(f"{file.fault.id}: {type(error).__name__}: {error}")
    if not evidence.steps and not evidence.backwards:
        not_checked.append("no backward pass was seen: faults of training were not checked")
    return found, not_checked


def _placed(evidence: Evidence, file: FaultFile, suspicion: Suspicion) -> Suspicion:
    """The same, at the setting that is wrong, or not made, where its line only runs a training library."""
    place = suspicion.place or evidence.backward_place
    if file.fault.settings and trainers.runs(place):
        at = trainers.setting(place, *file.fault.settings) or trainers.configured(place)
        suspicion.place = at or suspicion.place
    return suspicion


def word(
    script: str,
    evidence: Evidence,
    found: Iterable[Suspect],
    believed: Sequence[Suspect],
    not_checked: list[str],
) -> Verdict:
    """The verdict in words; faults that are another word for what a proven one explains are listed under it."""
    covered = {name for s in believed if not s.file.fault.symptom for name in s.suspicion.explains}
    kept = [s for s in believed if s.file.fault.symptom not in covered or s.file.fault.symptom is None]
    findings = [_finding(s) for s in _once_a_line(kept)]
    seen_symptoms = symptoms.observed(evidence)
    for finding in findings:
        finding.explains = [name for name in finding.explains if name in seen_symptoms]
    for suspect in believed:
        if suspect not in kept and findings:
            findings[0].explains.append(suspect.file.fault.title)
    rejected = [
        Rejected(s.file.fault.id, _summary(s), s.why_not, s.proof) for s in found if s not in believed
    ]
    serious = any(f.severity != "note" for f in findings)
    state = "crashed" if evidence.crash is not None else "faulty" if serious else "healthy"
    fit = symptoms.fit(evidence)
    seen = {
        "steps": len(evidence.steps), "backwards": evidence.backwards, "ended": evidence.ended,
        "seconds": evidence.seconds,
        "start": fit.start, "end": fit.end, "kind": fit.kind, "poor": fit.poor,
        "learned": fit.learned,
        "crash_found": any(accounts_for(s.suspicion, evidence.crash) for s in kept[:1]),
    }  # fmt: skip
    return Verdict(script, state, 0.0, findings, rejected, not_checked, seen, explained(evidence))


def _once_a_line(suspects: Iterable[Suspect]) -> list[Suspect]:
    """The first of each fault at each line: a loop that makes ten optimizers has one fault."""
    found: dict[tuple[str, Place | None], Suspect] = {}
    for suspect in suspects:
        found.setdefault((suspect.file.fault.id, suspect.suspicion.place), suspect)
    return list(found.values())


def _finding(suspect: Suspect) -> Finding:
    fault, suspicion = suspect.file.fault, suspect.suspicion
    place = suspicion.place
    proof, rows = suspect.proof, suspicion.evidence
    worse = _SAME if fault.stage == "evaluation" else _WORSE  # a true figure may well be the worse one
    shown = suspect.proven or (suspicion.certain and proof is not None and not -worse <= proof.gain <= _SAME)
    if proof is not None and suspicion.certain and not shown:
        rows = [*rows, _without_effect(proof)]
    confidence = suspicion.confidence
    if suspect.proven:
        confidence = max(confidence, 1 - (1 - confidence) * 0.3)
    return Finding(
        fault.id, suspect.severity, fault.stage, round(min(confidence, _SUREST), 2), place.file if place else "",
        place.line if place else None, _summary(suspect), rows, suspicion.fix, proof if shown else None,
        list(suspicion.explains), suspicion.certain, suspect.edits or suspicion.edits,
    )  # fmt: skip


def _without_effect(proof: Proof) -> Row:
    """That removing a certain fault alone bettered nothing, which is no proof: others may be in its way."""
    before, after = (values[-1] if values else None for values in (proof.as_written, proof.with_fix))
    said = " → ".join("not a number" if value is None else f"{value:.3g}" for value in (before, after))
    return Row(f"{proof.metric}, {proof.changed} alone", said)


def _summary(suspect: Suspect) -> str:
    return suspect.suspicion.summary or suspect.file.fault.title
