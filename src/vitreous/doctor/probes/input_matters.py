"""Whether the output changes when the input does."""

from __future__ import annotations

import copy
from typing import Any


def probe(session: Any) -> dict[str, Any]:
    """Gives the trained model a batch, the batch in reverse order, and the batch with noise.

    Returns:
        ``ignored`` (the output of each place stayed the same though its input did not) and ``change``, the largest
        difference; nothing where there is no model with a batch of at least two different rows.
    """
    import torch

    from vitreous.record.measure import tensors

    trained = [site.model for site in session.models.sites if site.trained]
    if not trained or trained[0] not in session.models.last:
        return {}
    module, args, kwargs = session.models.last[trained[0]]
    given = next((t for t in tensors([args]) if t.ndim >= 1 and len(t) >= 2), None)
    if given is None or not bool((given != given.flip(0)).any()):
        return {}
    model = copy.deepcopy(module).eval()
    with torch.no_grad():
        torch.manual_seed(0)
        plain = tensors(model(*args, **kwargs))[0].float()
        swapped = tuple(a.flip(0) if a is given else a for a in args)
        torch.manual_seed(0)
        other = tensors(model(*swapped, **kwargs))[0].float()
    if plain.shape != other.shape or not plain.numel():
        return {}
    change = float((plain - other).abs().max())
    size = float(plain.abs().max())
    return {"ignored": change <= 1e-6 * max(size, 1e-6), "change": change}
