"""The same examples are in the training and in the validation part.

What it sees:
    Figures of all rows in what is trained, as a note: a scaler fitted, or a mean subtracted, before the split. And
    samples that are evaluated as held-out data and that are trained too: they have the same fingerprints, value by
    value, or are the same but for one scale and one shift of each column, where each part was normalised by its own
    figures; or two subsets of the same data take the same rows by their numbers, of which one is changed at random.
    The line is that of the split, or that of the order drawn in what makes each part. The whole training set
    measured beside the validation set is something else, and is left out.

Why learning fails:
    Learning does not; the figure does. Examples that were learnt by heart are answered right, so validation looks
    better than the network is, overfitting stays hidden, and new data come as a surprise.

Example:
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
    X_train, X_val, y_train, y_val = train_test_split(X, y, random_state=2)  # the whole table again

Fix:
    Split once, before anything is repeated, balanced or augmented; cut the validation part out of the training part.

Certainty:
    Certain, for inputs of so many values that equal ones are the same example. Named when at least 5% of the samples
    of an evaluation are trained by the network that is evaluated, not by that of another fold, and it is not the
    training set itself (nine tenths of it or more). Data with natural duplicates (few discrete values, short texts,
    more than 1% of one epoch's samples with a twin) are not judged.
    Rows in another scale must agree in every column to a ten-thousandth of its spread, at least ten of them, vary in
    four directions or more, and have no others as near within the training set; only what this very network had been
    trained with counts, since another fold has another scale.
    A scaler's figures are certain by the source; they seldom move a result, and are a note.

Look-alikes:
    Figures of the training set, or of a part of it, under the name of validation are `eval/on-training-data`.

References:
    Kapoor and Narayanan, Leakage and the reproducibility crisis in machine-learning-based science (2023)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import numpy as np

from vitreous.doctor import evaluated, named, prepared, rescaled, source, symptoms
from vitreous.doctor.evaluated import Group
from vitreous.doctor.fault import Fault, Row, Suspicion, round_to
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("data/split-leak", "warning", "data", "the same examples are in training and validation")

_LEAST_SHARE, _LEAST_SAMPLES = 0.05, 5
_LEAST_AGAIN, _OTHERWISE = 20, 0.05  # of what was seen in training, and has another target there
_ITEMS = 0.5  # of early rows with a twin: they are things that samples are made of, as the hotels that pairs compare
_WHOLE, _SEEN = 0.9, 0.98  # of the training set: then it is meant; of a batch: then all of it is
_SPLITS = re.compile(r"train_test_split|random_split|Subset|KFold|ShuffleSplit")
_ORDERS = frozenset({"permutation", "shuffle", "randperm", "sample", "train_test_split", "random_split"})
_REPLACES = re.compile(r"(^|\.)(choice|choices|randint)$")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Evaluations on samples some of which are trained, or by whose figures training data are scaled."""
    yield from _scaled(evidence.script)
    judged = evaluated.continuous(evidence) and evaluated.rows_are_samples(evidence)
    judged = judged and "train.prints" in evidence.arrays and evaluated.twins(evidence) <= _ITEMS
    worst = (_seen_in_both(evidence) or _rescaled(evidence)) if judged else None
    worst = worst or _cut_from_both(evidence)
    if worst is None:
        return
    place = _drawn_twice(evidence.script) or _drawn_for_each(evidence.script) or split_place(evidence.script)
    if place is None:
        return  # nothing is called validation or test here
    where = f" (line {place.line})"
    yield Suspicion(
        place,
        0.95,
        [
            Row("different samples evaluated that are trained too", worst[1], f"of {worst[2]}"),
            Row("which is", round_to(100 * worst[0]), "%"),
        ],
        f"split once, before repeating or balancing anything: validation must be cut out of training data{where}",
        certain=True,
        summary=f"{100 * worst[0]:.0f}% of the evaluated examples are in the training set",
        explains=[symptoms.EVALUATION_WRONG],
        metric="none",
    )


def _seen_in_both(evidence: Evidence) -> tuple[float, int, int] | None:
    """The evaluation with the largest share of samples that are trained, by their values: share, how many, of all."""
    trained = np.unique(evidence.arrays["train.prints"])
    worst: tuple[float, int, int] | None = None
    groups = evaluated.groups(evidence)
    for group in groups:
        prints, shared = group.prints, len(group.known)
        meant = shared >= _WHOLE * len(trained) or _named_training(evidence, group)
        meant = meant or _seen_again(evidence, group)
        meant = meant or (named.is_whole(evidence, group) and _is_no_leak(evidence, group))
        if meant or shared < max(_LEAST_SAMPLES, _LEAST_SHARE * _beside(groups, group)):
            continue
        if worst is None or shared / len(prints) > worst[0]:
            worst = (shared / len(prints), shared, len(prints))
    return worst


def _beside(groups: list[Group], group: Group) -> int:
    """How many different samples the line of an evaluation has in all, without those that are training's as a whole.

    Of what a model writes word by word, the last state may well be a training text; most are none.
    """
    alike = (g for g in groups if (g.stack, g.loader) == (group.stack, group.loader))
    return sum(len(g.prints) for g in alike if g is group or g.seen <= _SEEN)


def _cut_from_both(evidence: Evidence) -> tuple[float, int, int] | None:
    """The same by the rows that two subsets take: what is made of a row at random is never the same twice."""
    numbers = evidence.arrays.get("train.print_loaders", np.zeros(0, int))
    for group in evaluated.groups(evidence) if evidence.probes.get("subsets") else ():
        # of the group's loader; another fold has other loaders and another network
        known = named.learned(evidence, group.batches[0]) & (numbers >= 0)
        trained = set(np.unique(numbers[known]).tolist())
        for found in evidence.probes["subsets"]:
            shared, whole = found["shared"], found["of"]
            if found["loader"] not in trained or found["other"] != group.loader:
                continue
            if _named_training(evidence, group, seen=True) or shared == whole:
                continue
            if shared >= max(_LEAST_SAMPLES, _LEAST_SHARE * whole):
                return shared / whole, shared, whole
    return None


def _rescaled(evidence: Evidence) -> tuple[float, int, int] | None:
    """The samples of an evaluation that are trained ones in another scale: the share, how many, and of how many."""
    if evaluated.twins(evidence) > evaluated.NATURAL:
        return None
    for group in evaluated.groups(evidence):
        names = evaluated.names(evidence, group)
        held_out = any(evaluated.says_held_out(name) for name in names)
        if group.seen >= _LEAST_SHARE or (
            not held_out and any(evaluated.TRAINED.search(name) for name in names)
        ):
            continue
        found, samples = rescaled.shared(evidence, group)
        if found:
            return found / samples, found, samples
    return None


def _scaled(file: str) -> Iterator[Suspicion]:
    found = prepared.fitted_on_all(file)
    if found is None:
        return
    place, split = found
    yield Suspicion(
        place,
        0.9,
        [Row("scaled by figures of all rows before the split of line", split.line)],
        f"split first (line {split.line}); fit on the training rows, transform the others by the same figures",
        certain=True,
        summary="scaled by figures of the test rows too",
        metric="none",
        severity="note",
    )


_TARGETS = {
    "trained": ("train.prints", "train.print_calls", "train.calls", "train.targets"),
    "held out": ("evaluation.prints", "evaluation.print_calls", "judged.calls", "judged.meant"),
}


def _seen_again(evidence: Evidence, group: Group) -> bool:
    """Whether the shared inputs have targets of their own: the same pair met again, as a user and a film, no copy."""
    told = {}
    for part, names in _TARGETS.items():
        prints, calls, rows, targets = (evidence.arrays.get(name) for name in names)
        if prints is None or calls is None or rows is None or targets is None or len(rows) != len(targets):
            return False
        known = np.isin(calls, rows) & np.isin(calls, _of_one_size(calls, rows))
        told[part] = prints[known], targets[np.isin(rows, calls[known])].reshape(int(known.sum()), -1)
    meant = dict(zip(told["trained"][0].tolist(), told["trained"][1][:, 0].tolist(), strict=True))
    own = np.isin(told["held out"][0], group.prints)
    pairs = zip(told["held out"][0][own].tolist(), told["held out"][1][own, 0].tolist(), strict=True)
    other = [meant[one] != target for one, target in pairs if one in meant]
    return len(other) >= _LEAST_AGAIN and sum(other) > _OTHERWISE * len(other)


def _of_one_size(calls: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The calls that have as many entries in both."""
    (one, counts), (other, others) = (np.unique(part, return_counts=True) for part in (calls, rows))
    both = np.intersect1d(one, other)
    same = counts[np.isin(one, both)] == others[np.isin(other, both)]
    return np.asarray(both[same])


def _is_no_leak(evidence: Evidence, group: Group) -> bool:
    """Whether a part of the training set is evaluated as such, before it is trained, or under a wrong name."""
    called = any(evaluated.says_held_out(name) for name in evaluated.names(evidence, group))
    return not called or not named.is_known(evidence, group) or named.misnamed(evidence, group) is not None


def _named_training(evidence: Evidence, group: Group, *, seen: bool = False) -> bool:
    """Whether the script calls these figures those of training, or some of each batch only is measured on purpose."""
    names = evaluated.names(evidence, group)
    if (group.seen <= 0.98 and not seen) or any(evaluated.says_held_out(name) for name in names):
        return False
    lines = [line.text.lower().replace("_", " ") for line in evidence.printed]
    named = any(evaluated.TRAINED.search(name) for name in names)
    return named or not any(evaluated.says_held_out(line) for line in lines)


def split_place(file: str) -> Place | None:
    """The line that parts the data: the last split of a table that was split before, else the first split."""
    calls = [c for c in source.nodes(file, ast.Call) if _SPLITS.search(ast.unparse(c.func))]
    calls.sort(key=lambda call: call.lineno)
    for number, call in enumerate(calls):
        for earlier in calls[:number]:
            both = call.args and earlier.args
            same = both and ast.dump(call.args[0]) == ast.dump(earlier.args[0])
            if same and not _reassigned(file, call.args[0], earlier):
                return Place(file, call.lineno)
    if calls:
        return Place(file, calls[0].lineno)
    for node in sorted(source.nodes(file, ast.Assign), key=lambda node: node.lineno):
        place = Place(file, node.lineno)
        if named.held_out_data(source.targets(place)):
            return place
    return None


def _drawn_twice(file: str) -> Place | None:
    """Where rows are drawn with replacement and then cut into parts: some are in both."""
    for node in source.nodes(file, ast.Assign):
        place = Place(file, node.lineno)
        drawn = [
            c for c in ast.walk(node) if isinstance(c, ast.Call) and _REPLACES.search(ast.unparse(c.func))
        ]
        without = any(
            k.arg == "replace" and not getattr(k.value, "value", True) for c in drawn for k in c.keywords
        )
        if not drawn or without:
            continue
        cut = {
            ast.unparse(part.value)
            for part in source.nodes(file, ast.Subscript)
            if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Slice)
        }
        if cut & set(source.targets(place)):
            return place
    return None


def _drawn_for_each(file: str) -> Place | None:
    """Where an order is drawn in what is called once for the training part and once for the other, which it then cuts.

    One that begins from a seed of its own is the same both times.
    """
    for call in source.nodes(file, ast.Call):
        name, seeded = ast.unparse(call.func), {k.arg for k in call.keywords} & {"random_state", "generator"}
        base, _, drawn = name.rpartition(".")
        place = Place(file, call.lineno)
        around = source.functions(place)
        if drawn not in _ORDERS or seeded or not around or "(" in base:
            continue
        inside = {t for n in ast.walk(around[-1]) if isinstance(n, ast.Assign) for t in _names(n.targets)}
        if base.split(".")[0] in inside - {""}:
            continue
        makers = {around[-1].name} | {
            n.name
            for n in source.nodes(file, ast.ClassDef)
            if isinstance(n, ast.ClassDef) and around[-1] in n.body
        }
        made = [
            source.targets(Place(file, n.lineno))
            for n in source.nodes(file, ast.Assign)
            if isinstance(n, ast.Assign)
            and isinstance(n.value, ast.Call)
            and ast.unparse(n.value.func) in makers
        ]
        both = any(named.held_out_data(t) for t in made) and any(named.trains(n) for t in made for n in t)
        if both and len(made) > 1:
            return place
    return None


def _names(targets: list[ast.expr]) -> set[str]:
    return {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}


def _reassigned(file: str, table: ast.AST, first: ast.AST) -> bool:
    """Whether the table of the second split is what the first one left."""
    wanted = set(re.findall(r"\w+", ast.unparse(table)))
    place = Place(file, first.lineno)  # type: ignore[attr-defined]
    return bool(wanted & set(source.targets(place)))
