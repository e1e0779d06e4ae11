"""Whether weights are what their layer's constructor drew: nobody has trained, loaded or set them."""

from __future__ import annotations

import math

from vitreous.record.facts import ParameterFacts

_EVEN = 0.12  # off the spread of an even distribution: four standard errors of 200 weights


def as_drawn(parameter: ParameterFacts) -> bool:
    """Whether values fill ±1/√fan-in evenly, as those of a new Linear or Conv layer do, and learnt ones do not."""
    seen = parameter.first
    if len(parameter.shape) < 2 or not parameter.kind.startswith(("Linear", "Conv")) or parameter.change:
        return False
    if seen is None or seen.minimum is None or seen.maximum is None or seen.std is None:
        return False
    bound = 1 / math.sqrt(math.prod(parameter.shape[1:]))
    within = max(abs(seen.minimum), abs(seen.maximum)) <= 1.001 * bound
    return within and math.isclose(seen.std, bound / math.sqrt(3), rel_tol=_EVEN)
