"""Experiments: the script again with one cause removed, and which of several causes it was.

First every suspect is tried alone. The best of them is believed; the others are then tried again with it already
removed, and only those that still take something away are causes of their own. The rest were the same trouble
seen from another side, and are reported as rejected.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import combinations

from vitreous.doctor import symptoms
from vitreous.doctor.compare import compare
from vitreous.doctor.fault import Edit, Metric, Trial
from vitreous.doctor.job import Job
from vitreous.doctor.patch import applied
from vitreous.doctor.runner import Runner
from vitreous.doctor.suspect import Change, Suspect, is_removable, rank
from vitreous.doctor.verdict import Proof
from vitreous.record.evidence import Evidence

_MOST_TRIALS = 14  # of all suspects together, the most likely first
_TRIAL_SECONDS = 6.0  # of processor time that one run of an experiment may take
_LEAST_SECONDS = 2.0
_SHARE = 0.4  # of the time that is left goes into trying each suspect alone
_AT_ONCE = 2  # as `Runner.run` does
_LEAST_STEPS = 40
_NEAR = 1.6  # a gain below so many times what is needed is measured again with other seeds
_SEEDS = (1000, 2000)
_MOST_PAIRS = 10
_BOTH = 0.5  # of the error must go when two suspects are removed that gain nothing alone
_LIKELY = 0.7  # a suspicion that is worth a try although training is not poor without the first cause
_GOOD = 0.05  # of the error that chance makes
_MOST_HIDDEN = 4
_LEFT = 2.0  # times the time of the first observation must be left for another with experiments behind it
_MOST_AT_LENGTH = 4
_SPENT = 0.6  # of the time that is left, on two cores that nobody else uses

Pair = tuple[tuple[Suspect, Trial], tuple[Suspect, Trial]]


class Laboratory:
    """Runs experiments on one script within a time.

    Args:
        runner: Runs jobs.
        observed: The evidence of the script as written.
        deadline: On `time.monotonic`'s clock.
        steps: How many steps an experiment has at most; None lets the script's speed decide.
    """

    def __init__(self, runner: Runner, observed: Evidence, deadline: float, steps: int | None) -> None:
        self.runner, self.observed, self.deadline = runner, observed, deadline
        self._steps = steps
        self.steps = steps or _affordable(observed, _TRIAL_SECONDS)
        self.seconds = max(2 * _TRIAL_SECONDS, (deadline - time.monotonic()) / 4)
        self.not_checked: list[str] = []
        self._traced = False  # whether some figure is known from recorded steps only
        self._made: dict[str, Evidence] = {}

    def judge(self, suspects: list[Suspect]) -> list[Suspect]:
        """Tries all suspects, alone and together.

        Returns:
            Those that are believed, the root cause first; the others keep `why_not`.
        """
        self._traced = any(s.suspicion.metric == "left" for s in suspects)
        self._alone([s for s in suspects if s.suspicion.trials])
        if symptoms.fit(self.observed).poor and not any(s.proven or s.suspicion.certain for s in suspects):
            self._at_length([s for s in suspects if s.tried])
        believed = sorted((s for s in suspects if s.suspicion.certain), key=rank, reverse=True)
        rivals = sorted((s for s in suspects if s.proven and s not in believed), key=rank, reverse=True)
        removed = [s for s in believed if is_removable(s)]
        if rivals and not removed:
            removed = [rivals.pop(0)]
            believed.append(removed[0])
        masked = [s for s in suspects if s.tried and s.change and s not in believed and s not in rivals]
        if all(s.severity == "note" for s in believed) and symptoms.fit(self.observed).poor:
            pair = self._pair(masked)
            removed, believed = removed + pair, believed + pair
            masked = [s for s in masked if s not in believed]
        believed += self._untangle(removed, rivals, masked)
        for suspect in suspects:
            if suspect not in believed and not suspect.why_not:
                suspect.why_not = _why_not(suspect)
        return sorted(believed, key=rank, reverse=True)

    def judge_hidden(self, removed: list[Suspect], suspects: list[Suspect]) -> list[Suspect]:
        """Tries suspects that came to light once others were removed, on top of that; those that are believed."""
        likely = sorted(suspects, key=lambda s: -s.suspicion.confidence)[:_MOST_HIDDEN]
        return self._untangle(list(removed), [], likely)

    def without(self, removed: list[Suspect]) -> Evidence | None:
        """The script observed in full once more, with causes removed; None where that did not end well in time."""
        left = self.deadline - time.monotonic()
        if left < _LEFT * self.observed.seconds + _LEAST_SECONDS:
            return None
        job = self.runner.job(
            interventions=[s.change for s in removed if s.change is not None], steps=self._steps,
            seconds=max(self.seconds, self.observed.seconds),
        )  # fmt: skip
        return self.runner.run([job], self.deadline)[0]

    def _untangle(
        self, removed: list[Suspect], rivals: list[Suspect], masked: list[Suspect]
    ) -> list[Suspect]:
        """One after the other, what still takes something away with all before it removed."""
        removed, believed = list(removed), []
        while removed:
            # a cause that shows at several places is removed by one change
            changes = [s.change for s in removed]
            rivals, masked = ([s for s in some if s.change not in changes] for some in (rivals, masked))
            best = self._next(removed, rivals, masked) if rivals or masked else None
            if best is None:
                break
            believed.append(best)
            removed.append(best)
        return believed

    def _alone(self, suspects: list[Suspect]) -> None:
        """Every trial of every suspect by itself."""
        ordered = sorted(suspects, key=lambda s: -s.suspicion.confidence)
        planned = [(s, t) for s in ordered for t in s.suspicion.trials]
        for suspect, _ in planned[_MOST_TRIALS:]:
            suspect.why_not = "not tried: others were more likely"
        planned = planned[:_MOST_TRIALS]
        # Many suspects share the time; what is left of it is for those that must be told apart.
        different = len({repr((s.file.fault.id, t)) for s, t in planned})
        each = _SHARE * (self.deadline - time.monotonic()) * _AT_ONCE / max(1, different)
        self.steps = self._steps or _affordable(self.observed, min(_TRIAL_SECONDS, max(_LEAST_SECONDS, each)))
        jobs = [self._job([s.removal(t)], longer=t.longer) for s, t in planned]
        for (suspect, trial), found in zip(planned, self._run(jobs), strict=True):
            self._take(suspect, trial, found, self.observed)
        if any(s.suspicion.certain and is_removable(s) for s in ordered):
            return  # the others are tried once more without it
        for suspect in ordered:
            if suspect.proof is not None and self._near(suspect):
                self._repeat(suspect)

    def _at_length(self, suspects: list[Suspect]) -> None:
        """The likeliest trials once more, as long as the script: some tasks are learned late, and all at once.

        There is no time for other seeds, so what gains no more than another seed could give does not count.
        """
        whole, left = len(self.observed.steps), self.deadline - time.monotonic()
        cost = whole * (self.observed.step_cost or math.inf)
        count = int(min(_MOST_AT_LENGTH, _AT_ONCE * _SPENT * left / cost)) if cost else 0
        if self._steps is not None or self.steps >= whole or not count:
            return
        ordered = sorted(suspects, key=lambda s: -s.suspicion.confidence)
        planned = [(s, t) for s in ordered for t in s.suspicion.trials if t.longer == 1][:count]
        self.steps, self.seconds = whole, left
        jobs = [self._job([s.removal(t)]) for s, t in planned]
        for (suspect, trial), found in zip(planned, self._run(jobs), strict=True):
            if found is not None:
                self._take(suspect, trial, found, self.observed, least=_NEAR * suspect.suspicion.gain)

    def _take(
        self,
        suspect: Suspect,
        trial: Trial,
        found: Evidence | None,
        written: Evidence,
        least: float = -math.inf,
    ) -> None:
        if found is None:
            suspect.why_not = suspect.why_not or "not tried: the experiment did not end in time"
            return
        suspect.tried = True
        proof = compare(written, found, suspect.suspicion.metric, trial.changed, ends=trial.longer != 1)
        if proof is None:
            if found.crash is not None and written.crash is None:
                suspect.why_not = f"the experiment failed: {found.crash.kind}: {found.crash.message[:120]}"
            return
        if trial.guess and proof.gain < suspect.suspicion.gain:
            return  # a wrong guess says nothing of the cause
        suspect.attempts.append(proof)
        if proof.gain > max(least, suspect.proof.gain if suspect.proof is not None else -math.inf):
            suspect.proof = proof
            suspect.trial = trial
            suspect.edits = list(trial.edits)

    def _near(self, suspect: Suspect) -> bool:
        """Whether a gain is so small that another seed could turn it."""
        if suspect.suspicion.certain or suspect.proof is None:
            return False
        needed = suspect.suspicion.gain
        return 0.6 * needed < suspect.proof.gain < _NEAR * needed

    def _repeat(self, suspect: Suspect) -> None:
        """The same comparison with other seeds; the mean gain counts."""
        if suspect.change is None or suspect.proof is None or suspect.trial is None:
            return
        jobs, longer = [], suspect.trial.longer
        for seed in _SEEDS:
            jobs += [self._job([], seed=seed), self._job([suspect.change], seed=seed, longer=longer)]
        found = self._run(jobs)
        gains = [suspect.proof.gain]
        for written, fixed in zip(found[::2], found[1::2], strict=True):
            if written is not None and fixed is not None:
                other = compare(
                    written, fixed, suspect.suspicion.metric, suspect.proof.changed, ends=longer != 1
                )
                if other is not None:
                    gains.append(other.gain)
        suspect.proof.gain, suspect.proof.seeds = sum(gains) / len(gains), len(gains)

    def _next(self, removed: list[Suspect], rivals: list[Suspect], masked: list[Suspect]) -> Suspect | None:
        """The suspect that takes most away when the believed ones are removed; rivals that take nothing are none then.

        Those that gained nothing alone are tried too where training stays poor: another fault may have hidden them.
        """
        base = [s.change for s in removed if s.change is not None]
        first = removed[0].file.fault.id
        control = self._run([self._job(base)])[0]
        if control is None:
            for rival in rivals:
                rival.why_not = "not told apart from the finding above: no time was left"
            return None
        poor, middling = self._left_over(control)
        likely = [s for s in masked if s.proven or s.suspicion.confidence >= _LIKELY]
        hidden = masked if poor else likely if middling else []
        options = [(r, r.trial) for r in rivals] + [(h, t) for h in hidden for t in h.suspicion.trials]
        jobs = [self._job([*base, s.removal(t)], longer=t.longer) for s, t in options[:_MOST_TRIALS] if t]
        best: tuple[Suspect, Trial, Proof] | None = None
        for (suspect, trial), together in zip(options, self._run(jobs), strict=False):
            if together is None or trial is None:
                suspect.why_not = suspect.why_not or "not told apart from the finding above: no time was left"
                continue
            changed = f"{trial.changed}, with {first} removed in both"
            proof = compare(control, together, suspect.suspicion.metric, changed, ends=trial.longer != 1)
            needed = max(suspect.suspicion.gain, 0.0 if poor or suspect in rivals else _BOTH)
            enough = proof is not None and proof.gain >= needed
            if proof is not None and suspect.suspicion.gain <= proof.gain < needed and trial.longer == 1:
                # few answers are wrong any more, and their share is coarse: what is left of the loss tells, too
                by_loss = compare(control, together, "training loss", changed)
                enough = by_loss is not None and by_loss.gain >= needed
            if proof is not None and enough:
                if best is None or proof.gain > best[2].gain:
                    best = (suspect, trial, proof)
            elif suspect in rivals:
                suspect.why_not = f"with {first} removed, changing it brings nothing more"
        masked += [
            r for r in rivals if r.why_not
        ]  # for what is removed next, should it have hidden them, too
        rivals[:] = [r for r in rivals if not r.why_not]
        if best is None:
            return None
        found, trial, proof = best
        if not found.proven:
            found.proof = proof
        found.trial, found.why_not = trial, ""
        return found

    def _pair(self, masked: list[Suspect]) -> list[Suspect]:
        """Two causes neither of which gains anything alone, each hiding the other: the pair that gains most."""
        ordered = sorted(masked, key=lambda s: -s.suspicion.confidence)
        pairs = [
            ((a, t), (b, u))
            for a, b in combinations(ordered, 2)
            if a.file is not b.file
            for t in a.suspicion.trials
            for u in b.suspicion.trials
            if t.longer == 1 and u.longer == 1
        ][:_MOST_PAIRS]
        jobs = [self._job([a.removal(t), b.removal(u)]) for (a, t), (b, u) in pairs]
        best: tuple[Pair, Proof] | None = None
        for pair, found in zip(pairs, self._run(jobs), strict=True):
            (a, t), (b, u) = pair
            if found is None or a.suspicion.metric != b.suspicion.metric:
                continue
            proof = compare(self.observed, found, a.suspicion.metric, f"{t.changed}, and {u.changed}")
            alone = max((s.proof.gain if s.proof else 0.0) for s in (a, b))
            more = 1 - (1 - proof.gain) / max(1 - alone, 1e-6) if proof is not None else 0.0
            if proof is not None and more >= max(_BOTH, a.suspicion.gain, b.suspicion.gain):
                best = (pair, proof) if best is None or proof.gain > best[1].gain else best
        if best is None:
            return []
        pair, proof = best
        for suspect, trial in pair:
            suspect.trial, suspect.proof = trial, replace(proof)
        return [suspect for suspect, _ in pair]

    def _left_over(self, control: Evidence) -> tuple[bool, bool]:
        """Whether training is poor by its end (or has hardly begun), and whether it is at least not good."""
        fit = symptoms.fit(control)
        if len(control.steps) < len(self.observed.steps) and fit.end < 0.5 * fit.start:
            return False, False  # a shorter experiment: what is left would have gone by itself
        return fit.poor, fit.poor or fit.end > _GOOD * fit.chance

    def _job(self, interventions: list[Change], seed: int = 0, longer: float = 1.0) -> Job:
        return self.runner.job(
            interventions=interventions, steps=int(self.steps * longer), seconds=self.seconds, trace=self._traced,
            probes=False, seed_offset=seed,
        )  # fmt: skip

    def _run(self, jobs: list[Job]) -> list[Evidence | None]:
        """The evidence of experiments; one that was made before would give the same, and is not made again."""
        keys = [repr((job.interventions, job.steps, job.seed_offset)) for job in jobs]
        new = {key: job for key, job in zip(keys, jobs, strict=True) if key not in self._made}
        found = zip(new, self.runner.run(list(new.values()), self.deadline), strict=True)
        self._made |= {key: evidence for key, evidence in found if evidence is not None}
        return [self._made.get(key) for key in keys]

    def confirm(self, edits: list[Edit], metric: Metric) -> bool:
        """Whether the source with these edits runs, and trains no worse than as written."""
        path = self.runner.folder / "patched.py"
        source = self.runner.script.read_text(encoding="utf-8")
        path.write_text(applied(source, edits), encoding="utf-8")
        job = self._job([])
        job.source = str(path)
        found = self.runner.run([job], self.deadline)[0]
        if found is None or (found.crash is not None and self.observed.crash is None):
            return False
        proof = compare(self.observed, found, metric, "patched")
        return proof is None or proof.gain > -0.1


def _why_not(suspect: Suspect) -> str:
    if suspect.proof is not None:
        return f"{suspect.proof.changed}: {suspect.proof.metric} changed by {-100 * suspect.proof.gain:+.0f}% only"
    return (
        "not proven: nothing that could be tried would show it"
        if not suspect.suspicion.trials
        else "not tried"
    )


def _affordable(observed: Evidence, seconds: float) -> int:
    """How many steps fit into one experiment of so many seconds, by the speed seen."""
    if observed.step_cost is None or len(observed.steps) < 3:
        return 200
    affordable = int(seconds / max(observed.step_cost, 1e-5))
    return max(_LEAST_STEPS, min(len(observed.steps), affordable))
