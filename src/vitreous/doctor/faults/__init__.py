"""One file a fault: `faults/GROUP/NAME.py` is the fault `GROUP/NAME` (with - for _).

Nothing else has to be edited: faults are found by listing this package, and the page of documentation is
generated from the file's docstring. A file has

A docstring
    whose first line says what is wrong, then the headings *What it sees*, *Why learning fails*,
    *Example*, *Fix*, *Certainty* (each threshold and where it comes from), *Look-alikes*, *References*.

``FAULT = Fault(id, severity, stage, title, …)``
    See `vitreous.doctor.fault.Fault`.

``def suspect(evidence: Evidence) -> Iterable[Suspicion]``
    Pure: it reads the evidence of one observed run and nothing else; torch is not imported, no other fault is known.
    Missing evidence is no suspicion. It is a generator in most files. What to read:

    - `evidence.steps`, `.curve`, `.errors`: loss, error, lr, gradient norm and clearing by step;
    - `evidence.training_traces`: recorded steps as graphs of operations; `Trace.op`, `.origin`, `.behind`,
      `.losses`, `.chain`, `.users`, and for each `Op` its line to blame, module, arguments and statistics. The
      first trace can miss the operations that prepared its batch, so look at all of them;
    - `evidence.loss_sites`, `.sites`, `.models`, `.parameters`, `.optimizers`, `.schedulers`, `.loaders`;
    - `evidence.arrays`: samples of inputs, targets and predictions, in training and in evaluation;
    - `evidence.probes`: what `doctor/probes/NAME.py` asked of the model when the program had ended;
    - `doctor/symptoms.py`: whether training is poor at all, and how (shared; computed once).

``def intervene(settings) -> Listener`` (where there are trials)
    Runs in the child process, once for each trial, with that trial's settings. It returns a listener
    (`vitreous.record.events`) that removes exactly this cause while the script runs again: it may change the
    arguments or the output of an event, or cancel it. It holds its own state; it may import torch, and what it
    does itself is no event. `doctor/change.py` has the usual ones ready.

A suspicion with ``certain=True`` becomes a finding whatever the experiments say; one that is not certain becomes a
finding only if a trial restores learning, and only if it still does so with the findings before it already removed.
So thresholds may be generous where a trial exists, and must be strict where there is none.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from vitreous.doctor.fault import Fault, Intervene, Suspect


@dataclass(frozen=True)
class FaultFile:
    """A fault with its functions, as found in its file."""

    fault: Fault
    suspect: Suspect
    intervene: Intervene | None
    module: ModuleType


@cache
def all_faults() -> dict[str, FaultFile]:
    """Every fault by its id, from the files there are."""
    found = {}
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        if info.ispkg:
            continue
        module = import_module(info.name)
        fault: Fault = module.FAULT
        found[fault.id] = FaultFile(fault, module.suspect, getattr(module, "intervene", None), module)
    return dict(sorted(found.items()))


def load(fault_id: str) -> FaultFile:
    """One fault, without importing the others: for a child process that needs its intervention only."""
    group, _, name = fault_id.partition("/")
    module = import_module(f"{__name__}.{group}.{name.replace('-', '_')}")
    return FaultFile(module.FAULT, module.suspect, getattr(module, "intervene", None), module)
