"""Modules that were given an attribute which only their parameters have."""

from __future__ import annotations

from typing import Any


def probe(session: Any) -> list[dict[str, Any]]:
    """Modules with requires_grad among their own attributes: setting it there switches nothing."""
    return [
        {"model": number, "path": path, "wanted": bool(vars(module)["requires_grad"])}
        for number, (model, *_) in session.models.last.items()
        for path, module in model.named_modules()
        if "requires_grad" in vars(module)
    ]
