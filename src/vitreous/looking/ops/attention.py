"""Scaled dot-product attention: softmax(Q Kᵀ / √d) V: each query takes a mean of the values, weighted by its keys.

One attention weight is q·k/√d through a softmax over all keys; a mask leaves keys out (boolean) or adds to the
scores. Back: dL/dV = Pᵀ δ, dP = δ Vᵀ, dS = P (dP − Σ dP P), dL/dQ = dS K/√d, dL/dK = dSᵀ Q/√d. Source: Vaswani et
al., "Attention is all you need", https://arxiv.org/abs/1706.03762.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, product, unbroadcast


class Attention(Operation):
    """Queries [*, L, E], keys [*, S, E], values [*, S, V] to [*, L, V]. ``mask`` is dropout's, as torch drew it."""

    names = ("scaled_dot_product_attention",)
    title = "attention: a mean of values, weighted by how keys answer a query"
    formula = "y = softmax(Q Kᵀ / √d) V"
    derivative = "dV = Pᵀ δ,  dP = δ Vᵀ,  dS = P (dP − Σ dP P),  dQ = dS K / √d,  dK = dSᵀ Q / √d"
    replays = True

    def forward(
        self, query: Array, key: Array, value: Array, attn_mask: Array | None = None, dropout_p: float = 0.0,
        is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False, mask: Array | None = None,
    ) -> Array:  # fmt: skip
        """Scores, shares, their mean of the values; the shares stay in ``saved["weights"]``."""
        factor = np.asarray(query.shape[-1] ** -0.5 if scale is None else scale, query.dtype)
        k, v = self._repeated(query, key, value, enable_gqa)
        scores = (query * factor) @ k.swapaxes(-1, -2)
        if is_causal:
            scores = np.where(np.tril(np.ones(scores.shape[-2:], bool)), scores, -np.inf).astype(scores.dtype)
        if attn_mask is not None:
            added = (
                np.where(attn_mask, 0, -np.inf).astype(scores.dtype) if attn_mask.dtype == bool else attn_mask
            )
            scores = scores + added
        top = scores.max(-1, keepdims=True)
        e = np.exp(scores - np.where(np.isfinite(top), top, 0))
        total = e.sum(-1, keepdims=True)
        weights = e / np.where(total == 0, 1, total)  # a query that may see nothing takes nothing
        dropped = weights if mask is None else weights * mask
        self.saved = {"scores": scores, "weights": weights, "dropped": dropped, "factor": factor}
        out: Array = dropped @ v
        return out

    def backward(
        self, grad: Array, query: Array, key: Array, value: Array, attn_mask: Array | None = None,
        dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
        mask: Array | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Through the mean, the softmax and the dot products."""
        k, v = self._repeated(query, key, value, enable_gqa)
        weights, factor = self.saved["weights"], self.saved["factor"]
        to_weights = grad @ v.swapaxes(-1, -2)
        if mask is not None:
            to_weights = to_weights * mask
        to_scores = weights * (to_weights - (to_weights * weights).sum(-1, keepdims=True))
        scaled = to_scores * factor
        to_key = scaled.swapaxes(-1, -2) @ query
        to_value = self.saved["dropped"].swapaxes(-1, -2) @ grad
        if enable_gqa and k.shape != key.shape:
            to_key = to_key.reshape(*key.shape[:-2], -1, *key.shape[-2:]).sum(-3)
            to_value = to_value.reshape(*value.shape[:-2], -1, *value.shape[-2:]).sum(-3)
        numbers = attn_mask is not None and attn_mask.dtype != bool
        return {
            "query": unbroadcast(scaled @ k, query.shape),
            "key": unbroadcast(to_key, key.shape),
            "value": unbroadcast(to_value, value.shape),
            "attn_mask": unbroadcast(to_scores, attn_mask.shape)
            if numbers and attn_mask is not None
            else None,
        }

    def open_element(
        self, index: Index, query: Array, key: Array, value: Array, *args: Any, **kwargs: Any
    ) -> Opened:
        """Each place's attention weight times its value."""
        self.forward(query, key, value, *args, **kwargs)
        batch: Any
        *batch, row, column = index
        shape = (*self.saved["dropped"].shape[:-2], *value.shape[-2:])
        if kwargs.get("enable_gqa") and shape[-3] != value.shape[-3]:
            value = np.repeat(value, shape[-3] // value.shape[-3], -3)
        values = np.broadcast_to(value, shape)[(*batch, slice(None), column)]
        weights = self.saved["dropped"][(*batch, row)]
        terms = [
            product(f"weight[{row}, {s}] · V[{s}, {column}]", w, x)
            for s, (w, x) in enumerate(zip(weights, values, strict=True))
        ]
        return Opened("Σ attention weight · value", tuple(terms), float(sum(t.value for t in terms)))

    def open_weight(
        self, index: Index, query: Array, key: Array, value: Array, *args: Any, **kwargs: Any
    ) -> Opened:
        """One attention weight, at [*, query, key]: q·k, over √d, masked, through the softmax."""
        self.forward(query, key, value, *args, **kwargs)
        *batch, row, column = index
        saved = self.saved
        q = np.broadcast_to(query, (*saved["scores"].shape[:-2], *query.shape[-2:]))[(*batch, row)]
        k = self._repeated(query, key, value, bool(kwargs.get("enable_gqa")))[0]
        k = np.broadcast_to(k, (*saved["scores"].shape[:-2], *k.shape[-2:]))[(*batch, column)]
        terms = [product(f"q[{i}] · k[{i}]", a, b) for i, (a, b) in enumerate(zip(q, k, strict=True))]
        dot, score = float(q @ k), float(saved["scores"][index])
        scores = saved["scores"][(*batch, row)]
        total = float(np.exp(scores - scores.max()).sum())
        weight = float(saved["weights"][index])
        terms += [
            Term("q · k", (dot,), dot), Term("score = q · k / √d + mask", (dot, float(saved["factor"])), score),
            Term("Σ exp(score − max)", (total,), total), Term("exp(score − max) / Σ", (weight,), weight),
        ]  # fmt: skip
        return Opened("softmax(q · k / √d)", tuple(terms), weight, "steps")

    def _repeated(self, query: Array, key: Array, value: Array, grouped: bool) -> tuple[Array, Array]:
        """Keys and values, repeated where several heads of queries share one (grouped-query attention)."""
        if not grouped or query.shape[-3] == key.shape[-3]:
            return key, value
        return tuple(np.repeat(a, query.shape[-3] // a.shape[-3], -3) for a in (key, value))  # type: ignore[return-value]
