"""How numbers are written for people: 0.9734 as 97.3%, 109386 as 109,386, 75 seconds as 1 min 15 s."""

from __future__ import annotations

import math

from vitreous.report import values

MISSING = "–"

_SHARES = (
    "accuracy",
    "balanced_accuracy",
    "top5_accuracy",
    "top_5_accuracy",
    "exact_match",
    "token_accuracy",
    "zero_fraction",
)
_WHOLE = ("examples", "parameters", "epochs", "best_epoch", "support")
_SMALLER_IS_BETTER = (
    "loss", "rmse", "mae", "mse", "mape", "smape", "perplexity", "bits_per_token", "bits_per_character",
    "expected_calibration_error", "brier", "error",
)  # fmt: skip
_LABELS = {
    "accuracy": "accuracy",
    "rmse": "RMSE",
    "mae": "MAE",
    "mse": "MSE",
    "mape": "MAPE",
    "r2": "R²",
    "f1": "F1",
    "macro_f1": "macro F1",
    "micro_f1": "micro F1",
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "bits_per_token": "bits per token",
    "expected_calibration_error": "calibration error (ECE)",
}


def count(value: object) -> str:
    """A whole number with thousands separated: 109386 → 109,386."""
    exact = values.number(value)
    if exact is None:
        return MISSING
    return f"{int(exact):,}" if exact == int(exact) else plain(exact)


def percent(value: object, digits: int = 1) -> str:
    """A share as a percentage: 0.9734 → 97.3%; only exactly 1 is 100%, only exactly 0 is 0%."""
    share = values.number(value)
    if share is None:
        return MISSING
    for places in range(digits, 6):
        shown = f"{share * 100:.{places}f}"
        if share in (0.0, 1.0) or float(shown) not in (0.0, 100.0):
            break
    return f"{shown}%"


def plain(value: object, significant: int = 4) -> str:
    """Any number: 4 significant digits, 1.2e-5 where it is tiny, thousands separated where it is large."""
    exact = values.number(value)
    if exact is None:
        return MISSING
    if exact == 0:
        return "0"
    size = math.floor(math.log10(abs(exact)))
    if size < -4 or size >= 9:
        mantissa, exponent = f"{exact:.{significant - 2}e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    if exact == int(exact):
        return f"{int(exact):,}"
    shown = f"{exact:,.{max(significant - 1 - size, 0)}f}"
    short = shown.rstrip("0") if "." in shown else shown
    return short if float(short.replace(",", "")) == exact else shown


def seconds(value: object) -> str:
    """A duration: 0.03 → 30 ms, 3.2 → 3.2 s, 75 → 1 min 15 s, 3700 → 1 h 2 min."""
    exact = values.number(value)
    if exact is None or exact < 0:
        return MISSING
    if exact < 0.9995:
        return f"{exact * 1000:.0f} ms"
    if exact < 59.95:
        return f"{exact:.1f} s"
    whole = round(exact)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(exact / 60)
    return f"{minutes // 60:,} h {minutes % 60} min"


def is_share(name: str) -> bool:
    """Whether a metric is written as a percentage."""
    return name.rsplit(".", 1)[-1] in _SHARES


def smaller_is_better(name: str) -> bool:
    """Whether a smaller value of a metric is the better one."""
    return name.rsplit(".", 1)[-1] in _SMALLER_IS_BETTER


def label(name: str) -> str:
    """A metric's name for people: macro_f1 → macro F1."""
    short = values.text(name, 60)
    return _LABELS.get(short, short.replace("_", " "))


def metric(name: str, value: object) -> str:
    """A metric's value as its name asks: a percentage for accuracy, else 4 significant digits."""
    if is_share(name):
        return percent(value)
    return count(value) if name.rsplit(".", 1)[-1] in _WHOLE else plain(value)


def interval(name: str, low: object, high: object) -> str:
    """An interval in the metric's own form: 97.0–97.7%; empty where an end is missing."""
    first, last = metric(name, low), metric(name, high)
    if MISSING in (first, last):
        return ""
    if first.endswith("%"):
        first = first[:-1]
    between = " to " if "-" in first + last else "–"
    return f"{first}{between}{last}"
