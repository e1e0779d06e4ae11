"""Whether weights are what their layer's constructor drew: nobody has trained, loaded or set them."""

from __future__ import annotations

import math

from vitreous.record.facts import ParameterFacts

_EVEN = 0.12  # off the spread of an even distribution: four standard errors of 200 weights
_NORMAL = 0.05  # off a standard deviation of 1: what 500 draws have, at most, as a rule
_ENOUGH = 200  # weights


def as_drawn(parameter: ParameterFacts) -> bool:
    """Whether values are spread as no learnt ones are.

    Of a new Linear or Conv layer they fill ±1/√fan-in evenly; of a layer of Keras, some other range; those of a new
    Embedding have a mean of 0 and a standard deviation of 1.
    """
    seen, kind = parameter.first, parameter.kind
    if len(parameter.shape) < 2 or parameter.change:
        return False
    if seen is None or seen.minimum is None or seen.maximum is None or seen.std is None:
        return False
    largest = max(abs(seen.minimum), abs(seen.maximum))
    if kind.startswith("Embedding") and math.prod(parameter.shape) >= _ENOUGH:
        return math.isclose(seen.std, 1, rel_tol=_NORMAL) and abs(seen.mean or 0) <= _NORMAL
    if kind == "ParameterDict" and math.prod(parameter.shape) >= _ENOUGH:
        bound = largest
    elif kind.startswith(("Linear", "Conv")):
        bound = 1 / math.sqrt(math.prod(parameter.shape[1:]))
    else:
        return False
    return largest <= 1.001 * bound and math.isclose(seen.std, bound / math.sqrt(3), rel_tol=_EVEN)
